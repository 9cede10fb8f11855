"""A real browser on the pages in this process, and an object store for it to talk to."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from gas.domain.plan import User
from kube.ports import free_ports
from tests.support.kube import skip_or_fail
from tests.support.pages import PageSite, make_page_site

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300
PIECE_BYTES, PIECE_SECONDS = 400, 0.1


class Quiet(WSGIRequestHandler):  # type: ignore[misc]  # werkzeug's server is untyped here
    """Writes no line per request."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name that werkzeug gives it
        """Say nothing."""


@dataclass(frozen=True)
class Served:
    """A site that a browser can reach."""

    site: PageSite
    origin: str

    def play(self, story: str, user: User | None, **more: Any) -> dict[str, Any]:
        """Let a browser in which the user, if any, is signed in play one of the stories of web/screens/stories.mjs."""
        name, secret = self.site.services.cookies.session, "" if user is None else self.site.session(user)
        return play(story, self.origin, {"name": name, "value": secret} if user else None, **more)


def find_browser() -> str:
    """The browser's path; the test is skipped, or fails where browsers are required, when something is missing."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        skip_or_fail("browser", "there is no Chromium on the path")
    if not (ROOT / "web" / "node_modules" / "playwright-core").is_dir():
        skip_or_fail("browser", "npm's packages are not installed: make assets")
    return browser


def play(
    story: str, origin: str, cookie: dict[str, str] | None, *, seconds: float = SECONDS, **more: Any
) -> dict[str, Any]:
    """What a browser with that cookie, or none, saw when it played one of the stories of web/screens/stories.mjs."""
    plan = {"browser": find_browser(), "origin": origin, "cookie": cookie, "story": story, **more}
    done = run_screens("stories", plan, seconds)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def run_screens(program: str, plan: dict[str, Any], seconds: float) -> subprocess.CompletedProcess[str]:
    """Run one of the programs of web/screens with a plan, to its end."""
    return subprocess.run(
        ["node", ROOT / "web" / "screens" / f"{program}.mjs"],
        input=json.dumps(plan),
        text=True,
        capture_output=True,
        timeout=seconds,
        check=False,
    )


@contextmanager
def serving(port: int, app: Any) -> Iterator[None]:
    """Serve an application at a port, quietly."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def served() -> Iterator[Served]:
    """Serve a new site and its object store, each at an origin of its own."""
    find_browser()
    web_port, store_port = free_ports(2)
    origin, store = f"http://127.0.0.1:{web_port}", f"http://127.0.0.1:{store_port}"
    site = make_page_site(origin, store)
    with serving(web_port, site.app), serving(store_port, _Store(site, origin)):
        yield Served(site, origin)


@dataclass(frozen=True)
class InPieces:
    """Sends pages as a slow line does: piece by piece, and not compressed, or nothing could be shown before the end."""

    app: Any

    def __call__(self, environ: Any, start_response: Any) -> Iterator[bytes]:
        """Answer one request; static files come at once."""
        page = not environ["PATH_INFO"].startswith("/static/")
        if page:
            environ["HTTP_ACCEPT_ENCODING"] = "identity"

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            start_response(status, [header for header in headers if header[0] != "Content-Length"])

        content = b"".join(self.app(environ, start))
        step = PIECE_BYTES if page else len(content)
        for begin in range(0, len(content), max(step, 1)):
            yield content[begin : begin + step]
            time.sleep(PIECE_SECONDS if page else 0)


@dataclass(frozen=True)
class _Store:
    """What S3 does with a form: takes it, and answers or sends the browser back."""

    site: PageSite
    origin: str

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer one request."""
        request = Request(environ)
        try:
            # Whole before it is taken apart: an upload may be stopped in the middle.
            request.get_data(parse_form_data=False)
        except ClientDisconnected:
            return Response(status=400)(environ, start_response)
        response = self._taken(request) if request.method == "POST" else Response(status=200)
        response.headers["Access-Control-Allow-Origin"] = self.origin
        return response(environ, start_response)

    def _taken(self, request: Request) -> Response:
        fields = {name: value for name, value in request.form.items() if name != "file"}
        with closing(request.files["file"]) as sent:
            content = sent.read()
        status = self.site.links.receive(request.base_url, fields, content)
        response = Response(status=status)
        if "success_action_redirect" in fields:
            back = urlencode({"bucket": request.path.strip("/"), "key": fields["key"], "etag": '"e"'})
            response.headers["Location"] = f"{fields['success_action_redirect']}?{back}"
        return response
