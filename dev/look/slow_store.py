"""An object store that takes only the beginning of an upload: so its progress can be looked at."""

import time
from typing import Any

from werkzeug.wrappers import Request, Response

FIRST_BYTES = 2 * 1024 * 1024
SECONDS = 20
"""Longer than it takes to look."""


class SlowStore:
    """Answers to pages of these origins."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins = origins

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Take a part, and wait."""
        request = Request(environ)
        request.stream.read(FIRST_BYTES)
        time.sleep(SECONDS if request.method == "POST" else 0)
        origin = request.headers.get("Origin", "")
        response = Response(status=204)
        if origin in self._origins:
            response.headers["Access-Control-Allow-Origin"] = origin
        return response(environ, start_response)
