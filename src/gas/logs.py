"""Logs: one canonical line per request, message or reconcile; JSON on stdout, plain text on a terminal.

They hold no secrets, and neither addresses nor the names of files in the keys of jobs, whoever wrote the text.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

from gas.domain.withheld import withheld

_HIDDEN = "[hidden]"
_SECRET_NAME = re.compile(
    # The id of a token is half of its hash: it names it and does not open anything.
    r"password|passwd|secret|token(?!_id$)|authorization|cookie|credential|signature|session_id|api_?key|private_?key",
    re.IGNORECASE,
)
# Up to the next question mark, or a text that is full of them would be passed through from each.
_SIGNED_QUERY = re.compile(r"\?[^\s\"'<>?]*(?:X-Amz-|Signature=|AWSAccessKeyId=)[^\s\"'<>]*", re.IGNORECASE)
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+", re.IGNORECASE)
_TALKATIVE = ("authlib", "boto3", "botocore", "globus_sdk", "urllib3", "s3transfer", "asyncio", "kopf")
"""Libraries whose lines hold request headers or PKCE verifiers, or that write one for each event of a watch: they never
speak below WARNING."""


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Send all logs, our own and the libraries', to stdout in one form. Calling it again replaces what was set.

    Raises:
        ValueError: there is no such level.
    """
    target = stream or sys.stdout
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"log level {level!r}: use debug, info, warning or error")
    handler = logging.StreamHandler(target)
    handler.setFormatter(_formatter(plain=target.isatty()))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(number)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def log_line(event: str, *, level: str = "info", **fields: Any) -> None:
    """Write one canonical line: a constant event text, and what it is about as fields."""
    logger = structlog.get_logger("gas")
    getattr(logger, level)(event, **fields)


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: hide what is named like a secret, and inside of texts signatures, tokens, files and addresses."""
    for name, value in event.items():
        event[name] = _HIDDEN if _SECRET_NAME.search(name) else _without_secrets(value)
    return event


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        return withheld(_BEARER.sub(rf"\1 {_HIDDEN}", _SIGNED_QUERY.sub(f"?{_HIDDEN}", value)))
    if isinstance(value, Mapping):
        return {
            name: _HIDDEN if _SECRET_NAME.search(str(name)) else _without_secrets(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without_secrets(inner) for inner in value]
    return value


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(*, plain: bool) -> logging.Formatter:
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if plain
        else structlog.processors.JSONRenderer(default=str)
    )
    # Tracebacks become text, without local variables, before secrets are hidden: an exception may quote a signed link.
    last = [structlog.processors.format_exc_info, hide_secrets, renderer]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_shared(), structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
