"""The sources of one run: under which keys they are written, what the header says of them, and what they knew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gas_engine.bundle import Known
from gas_engine.core import Worker
from gas_engine.header import free_tag, kept_note
from gas_engine.known import lookup
from gas_engine.known.source import KnownField, KnownSource


@dataclass(frozen=True)
class KnownCount:
    """How much of a file one source knew."""

    source: KnownSource
    alleles: int
    records: int


@dataclass(frozen=True)
class RunSources:
    """Sources in their order, and the INFO key of each of their fields: its usual one unless the file has that."""

    known: tuple[Known, ...] = ()
    keys: tuple[str, ...] = ()

    @classmethod
    def of(cls, known: Sequence[Known], used: Iterable[str]) -> "RunSources":
        """Find a key for every field that the file does not use."""
        taken, keys = set(used), []
        for field in _fields(known):
            key = free_tag(field.key, taken)
            taken.add(key)
            keys.append(key)
        return cls(tuple(known), tuple(keys))

    @property
    def sources(self) -> tuple[KnownSource, ...]:
        """What is known of each."""
        return tuple(one.source for one in self.known)

    @property
    def columns(self) -> list[str]:
        """The table's columns, one for each field."""
        return [field.column for field in _fields(self.known)]

    @property
    def words(self) -> str:
        """All sources with their releases, for one line."""
        return ", ".join(source.words for source in self.sources)

    def give(self, worker: Worker) -> None:
        """Let a worker look them up."""
        if self.known:
            fills = [field.fills_id for field in _fields(self.known)]
            lookup.give(worker, [one.file for one in self.known], self.keys, fills)

    def counted(self, workers: Iterable[Worker]) -> tuple[KnownCount, ...]:
        """What each source knew, over all workers."""
        if not self.known:
            return ()
        sums = [(0, 0)] * len(self.known)
        for worker in workers:
            own = lookup.counts(worker, len(self.known))
            sums = [(a + c, b + d) for (a, b), (c, d) in zip(sums, own, strict=True)]
        return tuple(KnownCount(source, *pair) for source, pair in zip(self.sources, sums, strict=True))

    def declarations(self, *, old_style: bool) -> list[bytes]:
        """The lines of the header that declare the keys, each with its source's release."""
        keys = iter(self.keys)
        return [
            _declaration(next(keys), field, source, old_style=old_style)
            for source in self.sources
            for field in source.fields
        ]

    def notes(self) -> list[str]:
        """What the log says of keys that the file had already."""
        return [
            kept_note(field.key, key)
            for field, key in zip(_fields(self.known), self.keys, strict=True)
            if field.key != key
        ]

    def to_preview(self) -> list[dict[str, str]]:
        """The keys as pages need them."""
        keys = iter(self.keys)
        return [
            {
                "key": next(keys),
                "column": field.column,
                "role": field.role.value,
                "type": field.type,
                "source": source.name,
                "release": source.release,
            }
            for source in self.sources
            for field in source.fields
        ]


def _fields(known: Iterable[Known]) -> list[KnownField]:
    return [field for one in known for field in one.source.fields]


def _declaration(key: str, field: KnownField, source: KnownSource, *, old_style: bool) -> bytes:
    description = _quoted(f"{field.description or field.field} ({source.words})")
    if old_style:
        return f'##INFO={key},-1,{field.type},"{description}"'.encode()
    return (
        f'##INFO=<ID={key},Number=A,Type={field.type},Description="{description}",Source="{_quoted(source.name)}",'
        f'Version="{_quoted(source.release)}">'
    ).encode()


def _quoted(text: str) -> str:
    """A text that cannot end its quotes or its line."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return printable.replace("\\", "\\\\").replace('"', "'")
