"""A request and a response, each whole: so a lock can be held over a full exchange."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote


@dataclass(frozen=True)
class Request:
    """One HTTP request, read to its end."""

    environ: Mapping[str, Any]
    body: bytes = b""
    query: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Parse the query once."""
        pairs = parse_qsl(self.environ.get("QUERY_STRING", ""), keep_blank_values=True)
        object.__setattr__(self, "query", dict(pairs))

    @property
    def method(self) -> str:
        """The HTTP method."""
        return str(self.environ["REQUEST_METHOD"])

    @property
    def path(self) -> str:
        """The path, percent signs decoded."""
        return unquote(str(self.environ.get("RAW_URI", "/")).partition("?")[0])

    def header(self, name: str) -> str:
        """A header's value, empty when it is absent."""
        key = name.upper().replace("-", "_")
        return str(self.environ.get(key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}", ""))

    def with_header(self, name: str, value: str) -> "Request":
        """The same request with one header set."""
        key = f"HTTP_{name.upper().replace('-', '_')}"
        return Request({**self.environ, key: value}, self.body)

    def to_environ(self) -> dict[str, Any]:
        """A fresh WSGI environment whose input is the whole body."""
        return {
            **self.environ,
            "wsgi.input": io.BytesIO(self.body),
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.input_terminated": True,
        }


@dataclass(frozen=True)
class Response:
    """One HTTP response, complete."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """True when the request took effect."""
        return self.status < 400  # noqa: PLR2004 - HTTP: errors start here


Handler = Callable[[Request], Response]


def wsgi_handler(application: Callable[..., Any]) -> Handler:
    """A handler that asks a WSGI application and reads its answer to the end."""

    def handle(request: Request) -> Response:
        started: list[tuple[int, tuple[tuple[str, str], ...]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc: Any = None) -> None:
            started.append((int(status.split(None, 1)[0]), tuple((k, str(v)) for k, v in headers)))

        chunks = application(request.to_environ(), start_response)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        status, headers = started[-1]
        return Response(status, headers, body)

    return handle
