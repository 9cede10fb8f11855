"""A real browser sends a file to the local AWS: by the form that was signed for it, under the rule that gas-setup made."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.serving import make_server

from dev.run.cloud.client import LocalCloud
from gas.bootstrap import Ports, aws_ports
from gas.config import Settings
from gas.domain.plan import Plan, PlanStanding, User
from gas.services.sign_in import new_secret, new_user_id, open_session
from gas_setup import main as setup
from gas_web.app import create_app
from gas_web.services import WebServices
from kube.ports import free_ports
from tests.support.chromium import Quiet, find_browser, play


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """The local AWS."""
    find_browser()
    started = LocalCloud.start(tmp_path_factory.mktemp("cloud"))
    yield started
    started.stop()


@dataclass(frozen=True)
class Cloudy:
    """A web part over the local AWS."""

    ports: Ports
    services: WebServices
    origin: str

    def play(self, story: str, user: User) -> dict[str, Any]:
        """Let a browser in which the user is signed in play a story."""
        secret = new_secret()
        open_session(
            self.services.sessions, user, self.services.session_rules, self.ports.clock.now(), secret=secret
        )
        cookie = {"name": self.services.cookies.session, "value": secret}
        return play(story, self.origin, cookie, refused=[])


@pytest.fixture
def serve(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Cloudy]]:
    """Makes an instance whose buckets know an origin (empty: the right one), and serves its web part."""
    servers = []

    def start(instance: str, known_origin: str) -> Cloudy:
        (port,) = free_ports(1)
        origin = f"http://127.0.0.1:{port}"
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "GAS_ENV": "local",
            "GAS_INSTANCE": instance,
            "GAS_AWS__ENDPOINT_URL": cloud.endpoint,
            "GAS_WEB__PUBLIC_URL": known_origin or origin,
        }.items():
            monkeypatch.setenv(name, value)
        assert setup.main([]) == 0
        monkeypatch.setenv("GAS_WEB__PUBLIC_URL", origin)
        settings = Settings()
        ports = aws_ports(settings)
        services = WebServices.from_ports(ports, settings)
        app = create_app(settings, services)
        servers.append(make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return Cloudy(ports, services, origin)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def _user(site: Cloudy) -> User:
    user = User(new_user_id(), "ada@example.org", "Ada", PlanStanding(Plan.FREE, site.ports.clock.now()))
    assert site.ports.users.create(user)
    return user


def test_a_page_of_ours_uploads(serve: Callable[[str, str], Cloudy]) -> None:
    """The browser asks the bucket first, may, sends the file, and the job's record has the ETag that came of it."""
    site = serve("ours", "")
    user = _user(site)

    seen = site.play("upload", user)

    (job,) = site.ports.jobs.jobs_of_user(user.user_id).jobs
    found = site.ports.objects.head(job.input.bucket, job.input.key)
    assert seen["faults"] == []
    assert seen["notice"].startswith("Your job is received.")
    assert found is not None
    assert job.submitted_etag == found.etag


def test_a_page_of_another_origin_does_not(serve: Callable[[str, str], Cloudy]) -> None:
    """A bucket that knows another origin refuses the preflight: nothing is stored, and the page says what happened."""
    site = serve("theirs", "https://elsewhere.example")
    user = _user(site)

    seen = site.play("shutOut", user)

    assert "The connection broke while the file was sent" in seen["problem"]
    assert site.ports.jobs.jobs_of_user(user.user_id).jobs == ()
    assert any("CORS" in fault for fault in seen["faults"])
