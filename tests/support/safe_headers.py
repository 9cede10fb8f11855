"""What every answer has to carry, whatever it is."""

from typing import Any, Protocol

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
RULES = {
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
}
YEAR_SECONDS = 31_536_000


class Answered(Protocol):
    """An answer, by whatever library."""

    @property
    def headers(self) -> Any:
        """Its headers, by names in any case."""
        ...


def missing_headers(answer: Answered) -> set[str]:
    """What an answer lacks; empty when it is as it should be."""
    policy = set(answer.headers.get("Content-Security-Policy", "").split("; "))
    wrong = {name for name, value in FIXED.items() if answer.headers.get(name) != value}
    seconds = (
        answer.headers.get("Strict-Transport-Security", "max-age=0").split(";")[0].removeprefix("max-age=")
    )
    return wrong | (RULES - policy) | ({"hsts"} if int(seconds) < YEAR_SECONDS else set())
