"""python -m dev.look: pictures of every page in build/screens, and axe.json beside them."""

import argparse
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from dev import ROOT
from dev.ending import end
from dev.look.cast import OPERATOR, put_on_stage
from dev.look.looks import Sites, looks
from dev.look.slow_store import SlowStore
from gas.adapters.memory.bulletins import InMemoryBulletinBoard
from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.links import InMemoryLinks
from gas.bootstrap import Ports, memory_ports
from gas.config import Environment, Settings, WebSettings
from gas.domain.access_token import Scope
from gas.domain.bulletin import Bulletin
from gas.domain.errors import TooManyRequestsError, TransientError
from gas.domain.plan import Profile
from gas.domain.session import Identity, Newcomer, handle_of
from gas.logs import configure_logging
from gas.services.issue_token import issue_token
from gas.services.sign_in import new_secret, open_session
from gas_web.app import create_app
from gas_web.services import WebServices
from kube.ports import free_ports

OUTPUT = ROOT / "build" / "screens"
EYE = ROOT / "web" / "screens" / "look.mjs"
SECONDS = 1500
BANNER = Bulletin("Results will be slower than usual until Friday: the archive is being moved.", paused=True)


class _Quiet(WSGIRequestHandler):  # type: ignore[misc]  # werkzeug's server is untyped here
    """Writes no line per request: the faults are what matters."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name that werkzeug gives it
        """Say nothing."""


def main() -> int:
    """Look at all pages; 1 when one of them has a fault."""
    parser = argparse.ArgumentParser(prog="dev.look", description="Look at every page with Chromium.")
    parser.add_argument("--only", default="", help="pages whose name begins so")
    only = parser.parse_args().only
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print(
            "There is no Chromium on the path: install it (Debian: apt-get install chromium).",
            file=sys.stderr,
        )
        return 2
    if not only:
        shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    # The pages of errors are looked at as well, and each would log its error.
    configure_logging("error" if only else "critical")
    with _stage() as (sites, store, cookie):
        plan: dict[str, Any] = {
            "browser": browser,
            "store": store,
            "cookie": cookie,
            "output": str(OUTPUT),
            "looks": [asdict(look) for look in looks(sites) if look.name.startswith(only)],
        }
        return subprocess.run(
            ["node", EYE], input=json.dumps(plan), text=True, cwd=ROOT, timeout=SECONDS, check=False
        ).returncode


@contextmanager
def _stage() -> Iterator[tuple[Sites, str, str]]:
    """The pages twice, as usual and under a bulletin, and a store that takes its time."""
    now = datetime.now(UTC)
    ports = memory_ports(FakeClock(now))
    usual, told, store = (f"http://127.0.0.1:{port}" for port in free_ports(3))
    assert isinstance(ports.links, InMemoryLinks)
    ports.links.base_url = store
    services, app = _site(ports, usual, store)
    under_bulletin = replace(ports, bulletins=InMemoryBulletinBoard())
    under_bulletin.bulletins.write(BANNER)
    _, app_told = _site(under_bulletin, told, store)
    _add_failures(app)
    jobs = put_on_stage(ports, now)
    fay = ports.users.get("f" * 26)
    assert fay is not None
    for name, scopes, days, made in (
        ("laptop", frozenset({Scope.READ}), 7, now - timedelta(days=9)),
        ("cluster", frozenset(Scope), 90, now),
    ):
        issue_token(ports.tokens, fay, name, hallmark=services.hallmark, scopes=scopes, days=days, now=made)
    cookies = {login: _session(services, login, now) for login in jobs}
    sites = Sites(usual, told, cookies, jobs, (services.cookies.login, _newcomer(services, now)))
    with (
        _served(usual, app),
        _served(told, app_told),
        _served(store, SlowStore((usual, told))),
    ):
        yield sites, store, services.cookies.session


def _site(ports: Ports, origin: str, store: str) -> tuple[WebServices, Any]:
    web = WebSettings.model_validate(
        {
            "public_url": origin,
            "operators": (OPERATOR,),
            "object_store_origins": (store,),
            "requests_per_minute": 100_000,
            "client_id": "screens",
            "client_secret": "screens",
        }
    )
    settings = Settings(env=Environment.LOCAL, web=web)
    services = WebServices.from_ports(ports, settings)
    return services, create_app(settings, services)


@contextmanager
def _served(origin: str, app: Any) -> Iterator[None]:
    port = int(origin.rsplit(":", 1)[1])
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()


def _add_failures(app: Any) -> None:
    """Addresses that fail, for the errors that no page brings about at will."""
    errors = {
        429: TooManyRequestsError("Too many requests came from you in a short time.", timedelta(seconds=40)),
        500: RuntimeError("for the picture"),
        503: TransientError("for the picture"),
    }

    def fail(status: int) -> str:
        raise errors[status]

    app.add_url_rule("/fail/<int:status>", "fail", fail)


def _newcomer(services: WebServices, now: datetime) -> str:
    """Somebody who came with another identity of Fay's, and has to choose."""
    secret = new_secret()
    identity = Identity(services.issuer.registration.issuer_url, "another")
    profile = Profile("Fay Free", "fay.free@clinic.example", "Clinic of Examples")
    services.sessions.keep_newcomer(
        Newcomer(handle_of(secret), identity, profile, ("f" * 26,), "/annotate", now + services.login_life)
    )
    return secret


def _session(services: WebServices, login: str, now: datetime) -> str:
    user = services.users.get(login[0] * 26)
    assert user is not None
    secret = new_secret()
    open_session(services.sessions, user, services.session_rules, now, secret=secret)
    return secret


if __name__ == "__main__":
    end(main)
