"""The files that are the same for everybody: read once, compressed once, and addressed by their content."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask, Response, abort, request, url_for

from gas_web.asked.marks import Mark, mark

FOLDER = Path(__file__).parents[1] / "static"

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_COMPRESSED = frozenset({".css", ".js", ".svg"})
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class StaticFile:
    """One file as it is sent. `version` changes whenever the content does."""

    content: bytes
    compressed: bytes | None
    content_type: str
    version: str


@cache
def load(folder: Path = FOLDER) -> dict[str, StaticFile]:
    """Every file under the folder, by its path, as it was when it was first asked for."""
    return {
        path.relative_to(folder).as_posix(): _loaded(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def install(app: Flask) -> None:
    """Serve the files at /static/; `asset(name)` in a template is an address that may be kept for ever."""
    files = load()

    @mark(Mark.FOR_EVERYBODY)
    def serve(filename: str) -> Response:
        found = files.get(filename)
        if found is None:
            abort(404)
        return _answer(found)

    def asset(name: str) -> str:
        found = files.get(name)
        # Without its version a file is still right, only asked for again; a missing one is found by the tests.
        return url_for("static", filename=name, v=found.version if found else None)

    app.add_url_rule("/static/<path:filename>", "static", serve)
    app.jinja_env.globals["asset"] = asset


def _loaded(path: Path) -> StaticFile:
    content = path.read_bytes()
    compressed = gzip.compress(content, 9, mtime=0) if path.suffix in _COMPRESSED else None
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    version = hashlib.sha256(content).hexdigest()[:12]
    return StaticFile(content, compressed, _TYPES.get(path.suffix, guessed), version)


def _answer(found: StaticFile) -> Response:
    packed = found.compressed is not None and "gzip" in request.accept_encodings
    content = found.compressed if packed and found.compressed is not None else found.content
    response = Response(content, content_type=found.content_type)
    response.headers["Cache-Control"] = _FOR_EVER if request.args.get("v") == found.version else _ASK_AGAIN
    if found.compressed is not None:
        response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    # Two forms of one content need two tags (RFC 9110, 8.8.3).
    response.set_etag(found.version + ("-gz" if packed else ""))
    response.make_conditional(request)
    return response
