"""Reads MANE's table of transcripts, and marks those that a bundle has."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gas_engine.errors import SourceError
from gas_engine.reference.fasta import opened
from gas_engine.reference.transcripts import Left, Transcript

_STATUS = {"MANE Select": "MANE_Select", "MANE Plus Clinical": "MANE_Plus_Clinical"}
_COLUMNS = ("RefSeq_nuc", "Ensembl_nuc", "MANE_status")


@dataclass(frozen=True)
class Marked:
    """What the table says of one transcript: how it is marked, and the other source's transcript that equals it."""

    tag: str
    partner: str


def mane_table(path: Path) -> dict[str, Marked]:
    """MANE's transcripts by their identifiers with versions, Ensembl's and RefSeq's alike.

    Raises:
        SourceError: the file is not MANE's summary.
    """
    found: dict[str, Marked] = {}
    places: list[int] = []
    with opened(path) as file:
        for number, line in enumerate(file, 1):
            columns = line.decode("utf-8", errors="replace").rstrip("\r\n").split("\t")
            if not places:
                if not set(_COLUMNS) <= set(columns):
                    raise SourceError(
                        f"{path}, line {number}: this is not MANE's summary: its first line must name the columns"
                        f" {', '.join(_COLUMNS)}"
                    )
                places = [columns.index(name) for name in _COLUMNS]
                continue
            if len(columns) <= max(places):
                raise SourceError(
                    f"{path}, line {number}: this row has not the columns that the first line names"
                )
            refseq, ensembl, status = (columns[place] for place in places)
            if status in _STATUS and refseq and ensembl:
                found[ensembl] = Marked(_STATUS[status], refseq)
                found[refseq] = Marked(_STATUS[status], ensembl)
    if not found:
        raise SourceError(f"{path}: this table marks no transcript; give MANE's summary")
    return found


def mark(found: Iterable[Transcript], table: dict[str, Marked], left: Left) -> int:
    """Mark transcripts that the table names, and say how many it does. One of another version is another sequence."""
    versions = {name.partition(".")[0]: name for name in table}
    marked = 0
    for one in found:
        plain, dot, _ = one.name.partition(".")
        wanted = versions.get(plain)
        if wanted is None:
            continue
        row = table.get(one.name) if dot else table[wanted]
        if row is None:
            left.add("MANE names another version of it: it is not marked", f"{one.name} (MANE: {wanted})")
            continue
        one.tags |= {row.tag}
        one.partner = row.partner
        marked += 1
    return marked
