"""What a bucket lets pages of other origins do: the preflight, and the headers of every answer, by the bucket's own rules.

moto answers as if every rule were one, and lets its own server allow everything. Here the first rule that fits counts,
and where none fits the browser is told nothing, as by S3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from dev.run.cloud.errors import aws_error
from dev.run.cloud.exchange import Handler, Request, Response
from dev.run.cloud.objects import backend
from dev.run.cloud.operations import Operation

_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
_NOT_ALLOWED = "CORSResponse: This CORS request is not allowed: no rule of the bucket covers its origin, method and headers."
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CorsRule:
    """One rule of a bucket. A `*` in an origin or a header stands for anything."""

    origins: Sequence[str]
    methods: Sequence[str]
    headers: Sequence[str] = ()
    exposed: Sequence[str] = ()
    max_age_seconds: str = ""

    @classmethod
    def from_moto(cls, rule: Any) -> Self:
        """A rule as moto keeps it."""
        return cls(
            rule.allowed_origins,
            rule.allowed_methods,
            rule.allowed_headers or (),
            rule.exposed_headers or (),
            str(rule.max_age_seconds or ""),
        )

    def fits(self, origin: str, method: str, headers: Iterable[str] = ()) -> bool:
        """True when pages of the origin may send such a request."""
        allowed = [pattern.lower() for pattern in self.headers]
        return (
            any(_like(origin, pattern) for pattern in self.origins)
            and method in self.methods
            and all(any(_like(name.lower(), pattern) for pattern in allowed) for name in headers)
        )

    def answer_to(self, origin: str) -> Headers:
        """The headers that tell a browser what the rule allows to that origin."""
        anybody = "*" in self.origins
        told = {
            "Access-Control-Allow-Origin": "*" if anybody else origin,
            "Access-Control-Allow-Methods": ", ".join(self.methods),
            "Access-Control-Expose-Headers": ", ".join(self.exposed),
            "Access-Control-Max-Age": self.max_age_seconds,
            "Access-Control-Allow-Credentials": "" if anybody else "true",
            "Vary": _VARY,
        }
        return tuple((name, value) for name, value in told.items() if value)


def apply_cors(request: Request, operation: Operation, inner: Handler) -> Response:
    """Answer a preflight; let every other request pass, and tell the browser whether its page may read the answer."""
    if operation.service != "s3":
        return inner(request)
    rules, origin = _rules_of(operation.bucket), request.header("Origin")
    if request.method == "OPTIONS":
        return _preflight(request, rules, origin)
    answer = inner(request)
    own = tuple(pair for pair in answer.headers if not pair[0].lower().startswith("access-control-"))
    rule = _first(rules, origin, request.method)
    return Response(answer.status, (*own, *(rule.answer_to(origin) if rule else ())), answer.body)


def _preflight(request: Request, rules: list[CorsRule], origin: str) -> Response:
    method = request.header("Access-Control-Request-Method")
    if not origin or not method:
        return aws_error("s3", "BadRequest", "Insufficient information. Origin request header needed.")
    if not rules:
        return aws_error("s3", "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.")
    wanted = [name.strip() for name in request.header("Access-Control-Request-Headers").split(",")]
    wanted = [name for name in wanted if name]
    rule = _first(rules, origin, method, wanted)
    if rule is None:
        return aws_error("s3", "AccessForbidden", _NOT_ALLOWED)
    allowed = (("Access-Control-Allow-Headers", ", ".join(wanted)),) if wanted else ()
    return Response(200, (*rule.answer_to(origin), *allowed))


def _first(rules: list[CorsRule], origin: str, method: str, headers: Iterable[str] = ()) -> CorsRule | None:
    return next((rule for rule in rules if origin and rule.fits(origin, method, headers)), None)


def _rules_of(bucket: str) -> list[CorsRule]:
    found = backend().buckets.get(bucket)
    return [CorsRule.from_moto(rule) for rule in found.cors] if found is not None else []


def _like(text: str, pattern: str) -> bool:
    before, star, after = pattern.partition("*")
    if not star:
        return text == pattern
    return len(text) >= len(before + after) and text.startswith(before) and text.endswith(after)
