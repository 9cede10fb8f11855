"""python -m dev.screens: pictures of every page in build/screens, and axe.json beside them."""

import argparse
import json
import shutil
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from dev.kube.ports import free_ports
from dev.screens.cast import HOSTILE, OPERATOR, put_on_stage
from gas.adapters.memory.clock import FakeClock
from gas.bootstrap import Ports, memory_ports
from gas.config import Environment, Settings, WebSettings
from gas.domain.access_token import Scope
from gas.domain.job import Job
from gas.domain.plan import Profile
from gas.domain.session import Identity, Newcomer, handle_of
from gas.logs import configure_logging
from gas.services.issue_token import issue_token
from gas.services.sign_in import new_secret, open_session
from gas_web.app import create_app
from gas_web.services import WebServices

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "build" / "screens"
EYE = ROOT / "web" / "screens" / "look.mjs"
STORE = "https://objects.example"
"""Where the forms and links of the ports in memory lead: the one other origin that a page may talk to."""

SECONDS = 540


@dataclass(frozen=True)
class Look:
    """One page to look at, and whose session to look with."""

    name: str
    path: str
    cookie: str | None
    cookie_name: str | None = None
    """Another cookie than a session's."""


class _Quiet(WSGIRequestHandler):  # type: ignore[misc]  # werkzeug's server is untyped here
    """Writes no line per request: the faults are what matters."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name that werkzeug gives it
        """Say nothing."""


def main() -> int:
    """Look at all pages; 1 when one of them has a fault."""
    parser = argparse.ArgumentParser(prog="dev.screens", description="Look at every page with Chromium.")
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
    configure_logging("warning")
    clock, port = FakeClock(datetime.now(UTC)), free_ports(1)[0]
    ports = memory_ports(clock)
    origin = f"http://127.0.0.1:{port}"
    settings = Settings(env=Environment.LOCAL, web=_web(origin))
    services = WebServices.from_ports(ports, settings)
    looks = [look for look in _looks(ports, services, clock) if look.name.startswith(only)]
    server = make_server(
        "127.0.0.1", port, create_app(settings, services), threaded=True, request_handler=_Quiet
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    plan: dict[str, Any] = {
        "browser": browser,
        "origin": origin,
        "store": STORE,
        "cookie": services.cookies.session,
        "output": str(OUTPUT),
        "looks": [asdict(look) for look in looks],
    }
    try:
        return subprocess.run(
            ["node", EYE], input=json.dumps(plan), text=True, cwd=ROOT, timeout=SECONDS, check=False
        ).returncode
    finally:
        server.shutdown()


def _web(origin: str) -> WebSettings:
    return WebSettings.model_validate(
        {
            "public_url": origin,
            "operators": (OPERATOR,),
            "object_store_origins": (STORE,),
            "requests_per_minute": 100_000,
            "client_id": "screens",
            "client_secret": "screens",
        }
    )


def _looks(ports: Ports, services: WebServices, clock: FakeClock) -> list[Look]:
    now = clock.now()
    stage = put_on_stage(ports, now)
    cookies = {login: _session(services, login, now) for login in ("free", "premium", OPERATOR)}
    issue_token(ports.tokens, "f" * 26, "nightly pipeline", scopes=frozenset(Scope), days=90, now=now)

    def free(name: str, path: str) -> Look:
        return Look(name, path, cookies["free"])

    def premium(name: str, path: str) -> Look:
        return Look(name, path, cookies["premium"])

    mine = {name: f"/annotations/{job.job_id}" for name, job in stage["free"].items()}
    theirs = {name: f"/annotations/{job.job_id}" for name, job in stage["premium"].items()}
    done, hostile = mine["mitochondria_completed"], mine[HOSTILE.split(".")[0]]
    return [
        Look("home", "/", None),
        free("home-signed-in", "/"),
        Look("login", "/login", None),
        Look("login-account", "/login/account", _newcomer(services, now), services.cookies.login),
        free("profile", "/profile"),
        free("subscribe-free", "/subscribe"),
        premium("subscribe-premium", "/subscribe"),
        free("annotate-free", "/annotate"),
        premium("annotate-premium", "/annotate"),
        free("annotate-plain", "/annotate/form?name=sample.vcf"),
        free("annotate-refused", "/annotate/form?name=sample.bam"),
        free("annotate-uploaded", f"/annotate/uploaded?key={_key(stage['free']['pending'])}"),
        free("jobs", "/annotations"),
        free("jobs-none", "/annotations?name=nothing"),
        Look("jobs-empty", "/annotations", cookies[OPERATOR]),
        free("job-received", f"{mine['pending']}/received"),
        *(free(f"job-{name}", path) for name, path in mine.items() if path != hostile),
        free("job-hostile", hostile),
        *(
            premium(f"premium-{name}", theirs[name])
            for name in ("archived", "restored", "mitochondria_completed")
        ),
        free("job-delete", f"{done}/delete"),
        free("preview", f"{done}/preview"),
        free("preview-archived", f"{mine['archived']}/preview?q=nd4"),
        free("log", f"{done}/log"),
        free("result-in-archive", f"{mine['archived']}/result"),
        Look("operations", "/operations", cookies[OPERATOR]),
        free("error-404", "/annotations/nothing"),
        free("error-405", f"{done}/cancel"),
    ]


def _key(job: Job) -> str:
    return job.input.key


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
    sys.exit(main())
