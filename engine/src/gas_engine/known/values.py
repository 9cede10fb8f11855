"""How a field's values are stored: as whole numbers, of which 0 is none. native/known_values.c makes text of them again."""

import re
from math import isfinite
from typing import Protocol

LONGEST_VALUE = 1000
"""Bytes of one value. Longer ones are left out: thousands of records would each be as long."""

MOST_TEXTS = 4_000_000
"""Different texts of one field, all of which are in memory while a bundle is built."""

MOST_TEXT_BYTES = 1 << 31
"""All texts of one field."""

_KIND_TEXT, _KIND_NUMBER, _KIND_INTEGER, _KIND_IDENTIFIER = range(4)
_DIGITS = 6
_EXPONENT_ZERO, _EXPONENTS = 64, 128
_MOST_INTEGER = 1 << 60
_MOST_MANTISSA = 10**_DIGITS - 1
_PLAIN_NUMBER = re.compile(rb"([0-9]{1,9})(?:\.([0-9]{0,9}))?(?:[eE]([-+]?[0-9]{1,3}))?")
"""Numbers as sources write them: most have six digits already, and need no rounding."""
_CACHED = 1 << 18
_UNSAFE = re.compile(rb"[,;=\s\x00-\x1f\x7f]")
_ESCAPES = {b",": b"&", b";": b"%3B", b"=": b"%3D"}
_IDENTIFIER = re.compile(rb"([A-Za-z_]{0,12})([1-9][0-9]{0,9}|0)")
_BETWEEN_IDENTIFIERS = re.compile(rb"[|;,&]")
_NONE = frozenset({b"", b"."})


class UnfitValueError(ValueError):
    """A value that cannot be stored; the message says why."""


class Column(Protocol):
    """One field's values on their way into a file."""

    kind: int

    def encode(self, text: bytes) -> int:
        """The number that stands for a value.

        Raises:
            UnfitValueError: it cannot be stored.
        """
        ...

    def texts(self) -> list[bytes]:
        """The texts that the numbers point to."""
        ...


def _too_long() -> UnfitValueError:
    return UnfitValueError(f"longer than {LONGEST_VALUE:,} bytes")


def safe(text: bytes) -> bytes:
    """A value that breaks neither INFO nor a table: commas become &, and what else parts values is escaped.

    Raises:
        UnfitValueError: it is too long.
    """
    # Here, and wherever a value is encoded, before it is read: one of a whole record comes once for each of its alleles.
    if len(text) > LONGEST_VALUE:
        raise _too_long()
    if _UNSAFE.search(text):
        text = _UNSAFE.sub(lambda found: _ESCAPES.get(found[0], b"_"), text)
    if not text.isascii():
        text = text.decode("utf-8", errors="replace").encode()
    if len(text) > LONGEST_VALUE:
        raise _too_long()
    return text


class _Texts:
    """Different texts, numbered as they come."""

    def __init__(self) -> None:
        self.content: list[bytes] = []
        self._left = MOST_TEXT_BYTES
        self._numbers: dict[bytes, int] = {}

    def number(self, text: bytes) -> int:
        """The number of a text."""
        found = self._numbers.get(text)
        if found is None:
            self._left -= len(text)
            if len(self.content) >= MOST_TEXTS or self._left < 0:
                raise UnfitValueError(f"more than {MOST_TEXTS:,} different texts, or two gigabytes of them")
            found = self._numbers[text] = len(self.content)
            self.content.append(text)
        return found


class TextColumn:
    """Any texts, each stored once; of lists of numbers each one is divided if the source gives percent."""

    kind = _KIND_TEXT

    def __init__(self, divisor: float = 1.0) -> None:
        self._divisor = divisor
        self._texts = _Texts()

    def encode(self, text: bytes) -> int:
        """One more than the text's number."""
        if text in _NONE:
            return 0
        if self._divisor != 1:
            text = b",".join([self._divided(one) for one in text.split(b",")])
        return self._texts.number(safe(text)) + 1

    def _divided(self, text: bytes) -> bytes:
        """A number as a column of numbers would tell it."""
        if text in _NONE:
            return b"."
        try:
            number = float(text) / self._divisor
        except ValueError as error:
            raise UnfitValueError("no number") from error
        if not isfinite(number):
            raise UnfitValueError("no number")
        return f"{number:.{_DIGITS}g}".encode()

    def texts(self) -> list[bytes]:
        """All of them."""
        return self._texts.content


class NumberColumn:
    """Numbers of six significant digits, divided if the source gives percent."""

    kind = _KIND_NUMBER

    def __init__(self, divisor: float = 1.0) -> None:
        self._divisor = divisor
        self._cache: dict[bytes, int] = {}

    def encode(self, text: bytes) -> int:
        """Digits, exponent and sign in one number."""
        found = self._cache.get(text)
        if found is None:
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            found = self._cache[text] = 0 if text in _NONE else self._encode(text)
        return found

    def _encode(self, text: bytes) -> int:
        if len(text) > LONGEST_VALUE:
            raise _too_long()
        found = _PLAIN_NUMBER.fullmatch(text) if self._divisor == 1 else None
        if found is not None:
            whole, fraction, power = found.groups(b"")
            mantissa, exponent = int(whole + fraction), int(power or 0) - len(fraction)
            negative = False
        if found is None or mantissa > _MOST_MANTISSA:
            mantissa, exponent, negative = self._rounded(text)
        while mantissa and mantissa % 10 == 0:
            mantissa, exponent = mantissa // 10, exponent + 1
        exponent = exponent + _EXPONENT_ZERO if mantissa else _EXPONENT_ZERO
        if not 0 <= exponent < _EXPONENTS:
            raise UnfitValueError("a number too large or too close to 0")
        return 1 + (mantissa << 8 | exponent << 1 | (mantissa > 0 and negative))

    def _rounded(self, text: bytes) -> tuple[int, int, bool]:
        """Six digits of any number, the exponent of the last one, and whether it is negative."""
        try:
            shown = f"{float(text) / self._divisor:.{_DIGITS - 1}e}"
            digits, _, power = shown.partition("e")
            return (
                int(digits.lstrip("-").replace(".", "")),
                int(power) - _DIGITS + 1,
                digits.startswith("-"),
            )
        except ValueError as error:
            raise UnfitValueError("no number") from error

    def texts(self) -> list[bytes]:
        """None: numbers speak for themselves."""
        return []


class IntegerColumn:
    """Whole numbers."""

    kind = _KIND_INTEGER

    def encode(self, text: bytes) -> int:
        """The number and its sign."""
        if text in _NONE:
            return 0
        if len(text) > LONGEST_VALUE:
            raise _too_long()
        try:
            number = int(text)
        except ValueError as error:
            raise UnfitValueError("no whole number") from error
        if abs(number) >= _MOST_INTEGER:
            raise UnfitValueError("a number too large")
        return 1 + (abs(number) << 1 | (number < 0))

    def texts(self) -> list[bytes]:
        """None."""
        return []


class IdentifierColumn:
    """Identifiers, most of which are a number behind the same letters, such as rs699."""

    kind = _KIND_IDENTIFIER

    def __init__(self, added: bytes = b"") -> None:
        self._added = added
        self._prefix: bytes | None = added or None
        self._texts = _Texts()
        self._texts.content.append(b"")  # The first text is the letters, once they are known.

    def encode(self, text: bytes) -> int:
        """The number, or where the letters are others, that of a text."""
        if text in _NONE:
            return 0
        if len(text) > LONGEST_VALUE:
            raise _too_long()
        if self._added:
            text = b"&".join(
                self._added + one if one.isdigit() else one for one in _BETWEEN_IDENTIFIERS.split(text)
            )
        found = _IDENTIFIER.fullmatch(text)
        if found is not None and self._prefix is None:
            self._prefix = found[1]
        if found is not None and found[1] == self._prefix:
            return 1 + (int(found[2]) << 1)
        return 1 + (self._texts.number(safe(_BETWEEN_IDENTIFIERS.sub(b"&", text))) << 1 | 1)

    def texts(self) -> list[bytes]:
        """The letters, and all that have others."""
        return [self._prefix or b"", *self._texts.content[1:]]
