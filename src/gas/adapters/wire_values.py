"""How single values are written, and how a shape of columns turns a frozen dataclass into attributes and back."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, TypeVar

from gas.domain.errors import FatalError
from gas.domain.traces import known_traceparent

SCHEMA = 1
"""The version of every record and message. It grows only when an old reader would misread a new record."""

Item = dict[str, Any]
T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_epoch(time: datetime) -> Decimal:
    """Seconds since 1970, exact to the microsecond."""
    return _to_number(time - _EPOCH)


def from_epoch(number: Decimal) -> datetime:
    """The aware UTC time of seconds since 1970."""
    return _EPOCH + _from_number(number)


def due_shard(key: str, shards: int) -> str:
    """The partition of the index of due times that a record belongs to: a stable hash over so many shards."""
    return str(zlib.crc32(key.encode()) % shards)


@dataclass(frozen=True)
class Codec:
    """How one value is written and read."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


@dataclass(frozen=True)
class Column:
    """An attribute and how its value is written."""

    attribute: str
    codec: Codec


@dataclass(frozen=True)
class Shape(Generic[T]):
    """The attributes of a dataclass: a column per field, and parts whose own columns stand beside them.

    What is None has no attribute. On reading, unknown attributes are ignored and a missing one takes the field's
    default, so that a record of an older GAS stays readable.
    """

    made: type[T]
    columns: Mapping[str, Column]
    parts: Mapping[str, "Shape[Any]"] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    """Fields that have a default and must not take it on reading."""

    def write(self, value: T) -> Item:
        """The attributes of a value."""
        item: Item = {}
        for name, column in self.columns.items():
            content = getattr(value, name)
            written = None if content is None else column.codec.write(content)
            if written is not None:
                item[column.attribute] = written
        for name, part in self.parts.items():
            if (content := getattr(value, name)) is not None:
                item |= part.write(content)
        return item

    def read(self, item: Mapping[str, Any]) -> T:
        """The value that these attributes describe.

        Raises:
            FatalError: an attribute is missing or cannot be read.
        """
        fields: dict[str, Any] = {}
        for name, column in self.columns.items():
            if item.get(column.attribute) is not None:
                fields[name] = self._read_one(column, item[column.attribute])
        for name, part in self.parts.items():
            if part.present_in(item):
                fields[name] = part.read(item)
        lacking = sorted(self.columns[name].attribute for name in self.needed if name not in fields)
        if lacking:
            raise FatalError(f"{self.made.__name__}: the attributes {lacking} are missing")
        try:
            return self.made(**fields)
        except TypeError as error:
            missing = sorted(c.attribute for n, c in self.columns.items() if n not in fields)
            raise FatalError(f"{self.made.__name__}: one of the attributes {missing} is missing") from error

    def present_in(self, item: Mapping[str, Any]) -> bool:
        """True when at least one of these attributes is there."""
        return any(item.get(column.attribute) is not None for column in self.columns.values())

    def _read_one(self, column: Column, written: Any) -> Any:
        try:
            return column.codec.read(written)
        except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
            raise FatalError(
                f"{self.made.__name__}: the attribute {column.attribute} cannot be read: {error}"
            ) from error


def one_of(enum: type[Enum]) -> Codec:
    """An enum, written as its value."""
    return Codec(lambda member: member.value, enum)


def mapped(shape: Shape[Any]) -> Codec:
    """A dataclass, written as a map of its own: for what has one writer."""
    return Codec(shape.write, shape.read)


def listed(codec: Codec) -> Codec:
    """A tuple, written as a list."""
    return Codec(
        lambda values: [codec.write(value) for value in values],
        lambda written: tuple(codec.read(value) for value in written),
    )


def columns(codec: Codec, *names: str) -> dict[str, Column]:
    """Columns whose attributes are named as their fields."""
    return {name: Column(name, codec) for name in names}


def _text(written: Any) -> str:
    if not isinstance(written, str):
        raise TypeError(f"{written!r} is no text")
    return written


def _flag(written: Any) -> bool:
    if not isinstance(written, bool):
        raise TypeError(f"{written!r} is neither true nor false")
    return written


def _integer(written: Any) -> int:
    if isinstance(written, bool) or written != int(written):
        raise ValueError(f"{written!r} is no whole number")
    return int(written)


def _to_number(span: timedelta) -> Decimal:
    """Decimal seconds, written in one way only: emulators compare numbers by their text."""
    micros = span // _MICROSECOND
    whole, rest = divmod(micros, 1_000_000)
    return Decimal(whole) if rest == 0 else Decimal(f"{Decimal(micros).scaleb(-6):f}".rstrip("0"))


def _from_number(number: Any) -> timedelta:
    return timedelta(microseconds=_integer(Decimal(number).scaleb(6)))


TEXT = Codec(_text, _text)
FLAG = Codec(_flag, _flag)
INTEGER = Codec(_integer, _integer)
TIME = Codec(to_epoch, from_epoch)
SECONDS = Codec(_to_number, _from_number)
TRACEPARENT = Codec(known_traceparent, known_traceparent)
"""What is none is as good as absent: no record is unreadable for its trace."""
TEXT_SET = Codec(lambda texts: set(texts) or None, frozenset)
"""DynamoDB knows no empty set: one that is empty has no attribute."""
