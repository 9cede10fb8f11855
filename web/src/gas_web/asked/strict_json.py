"""JSON as RFC 8259 and its readers understand it alike; everything else is refused with a sentence, however it is written."""

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from flask import Flask, Request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest

from gas_web.asked.strict_forms import FormParser

MAX_DEPTH = 32
"""How deep arrays and objects may be in each other. What the API takes is two deep."""

MAX_DIGITS = 40
"""How long a number may be. The largest that the API takes has 16 digits."""


def parsed(text: str | bytes) -> Any:
    """The value that a text stands for.

    Raises:
        ValueError: it is no JSON, or JSON that two readers may understand differently.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            raise ValueError("it is not UTF-8") from error
    try:
        value = json.loads(
            text,
            parse_constant=_no_constant,
            parse_int=_short_int,
            parse_float=_finite_float,
            object_pairs_hook=_once_each,
        )
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    _check(value)
    return value


_TOO_DEEP = f"arrays and objects are more than {MAX_DEPTH} deep"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _short_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _finite_float(digits: str) -> float:
    value = float(digits)
    if len(digits) > MAX_DIGITS or value in {float("inf"), float("-inf")}:
        raise ValueError("a number is too long or too large")
    return value


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has a name twice")
    return found


def _check(value: Any) -> None:
    """Refuse what is too deep, and half characters, without going deep oneself."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return
        level = [inner for outer in level for inner in _inner(outer)]
    raise ValueError(_TOO_DEEP)


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    if isinstance(value, list):
        return value
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError("a text holds half a character (a lone surrogate)") from error
    return ()


class _Provider(DefaultJSONProvider):
    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:
        """The value of a text; errors as in `parsed`."""
        return parsed(s)


class _Request(Request):
    form_data_parser_class = FormParser

    def on_json_loading_failed(self, e: ValueError | None) -> NoReturn:
        """Refuse, and say what is wrong with the text and never what stands there."""
        reason = "it is empty or not JSON" if e is None else _told(e)
        raise BadRequest(f"The request's body cannot be read as JSON: {reason}.")


def _told(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:]}, at line {error.lineno}, column {error.colno}"
    return str(error)


def install(app: Flask) -> None:
    """Read every request's JSON so, and its form as strictly."""
    app.json = _Provider(app)
    app.request_class = _Request
