"""What a transcript is made of, and whether its parts can be read one behind the other, along one strand of one contig."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from gas_engine.reference.gff3 import Feature

_EXON_KINDS = frozenset({"exon", "pseudogenic_exon", "noncoding_exon"})
_UTR_KINDS = frozenset({"five_prime_UTR", "three_prime_UTR", "UTR"})
_RECODED_KIND = "stop_codon_redefined_as_selenocysteine"
PART_KINDS = _EXON_KINDS | _UTR_KINDS | {"CDS", "stop_codon", "start_codon", "intron", _RECODED_KIND}
"""Features that hang at a transcript and are none."""

Interval = tuple[int, int]

STRANDS = frozenset({"+", "-"})


@dataclass
class Parts:
    """What a transcript is made of, in its file's order. Of exons only the places are kept: a genome has millions of them."""

    exons: list[Interval] = field(default_factory=list)
    utrs: list[Interval] = field(default_factory=list)
    cds: list[Feature] = field(default_factory=list)
    recoded: list[Interval] = field(default_factory=list)
    sides: tuple[tuple[str, str], ...] = ()
    """Contigs with their strands that exons and untranslated regions lie on, each once."""

    def add(self, row: Feature) -> None:
        """Take one in."""
        if row.kind in _EXON_KINDS:
            self.exons.append((row.start, row.end))
            self._note_side(row)
        elif row.kind in _UTR_KINDS:
            self.utrs.append((row.start, row.end))
            self._note_side(row)
        elif row.kind == "CDS":
            alike = self.cds and self.cds[-1].attributes == row.attributes
            self.cds.append(replace(row, attributes=self.cds[-1].attributes) if alike else row)
        elif row.kind == _RECODED_KIND:
            self.recoded.append((row.start, row.end))

    def _note_side(self, row: Feature) -> None:
        side = (row.contig, row.strand)
        if side not in self.sides:
            self.sides += (side,)


class UnreadableError(ValueError):
    """Parts that cannot be read one behind the other along one strand; the message says why."""


def strand_of(described: Sequence[Feature], parts: Parts, coding: Sequence[Feature]) -> str:
    """The strand along which a transcript is read: `+` or `-`.

    `described` are the rows of the transcript itself, which may be several; `coding` are those of its protein. A row that
    gives no strand is read on that of the others.

    Raises:
        UnreadableError: it is spliced of what does not lie so.
    """
    sides = {*parts.sides, *((row.contig, row.strand) for row in (*described, *coding))}
    strands = {strand for _, strand in sides} & STRANDS
    if len({contig for contig, _ in sides}) > 1:
        raise UnreadableError("its parts lie on several contigs")
    if not strands:
        raise UnreadableError("its strand is not given")
    if len(strands) > 1:
        raise UnreadableError("its parts lie on both strands")
    [strand] = strands
    if not _follow(described, parts, coding, strand):
        raise UnreadableError("its parts do not follow each other along their strand")
    return strand


def _follow(described: Sequence[Feature], parts: Parts, coding: Sequence[Feature], strand: str) -> bool:
    """Whether parts are read in the order in which they lie.

    That is their order unless the file says otherwise: by `part`, or where it tells of trans-splicing, by the order of its rows.
    """
    if not (_numbered_in_order(described, strand) and _numbered_in_order(coding, strand)):
        return False
    if not any(_trans_spliced(row) for row in (*described, *coding)):
        return True
    as_read = [] if all(map(_number, coding)) else [(row.start, row.end) for row in coding]
    return all(one == _along(one, strand) for one in (parts.exons, as_read))


def order_is_sure(described: Sequence[Feature], coding: Sequence[Feature], strand: str) -> bool:
    """Whether sorting the rows of a file by their places would not have changed what it says of the order of coding parts.

    Trans-splicing without `part` is told by the order of rows alone, and tools leave rows of the plus strand as if it were no other.
    """
    told = any(_trans_spliced(row) for row in (*described, *coding))
    return not told or strand == "-" or len(coding) < 2 or all(map(_number, coding))  # noqa: PLR2004 - one has no order


def _numbered_in_order(rows: Sequence[Feature], strand: str) -> bool:
    """Whether rows that have the numbers of parts lie in the order of these."""
    if not rows or not all(map(_number, rows)):
        return True
    numbers = {(row.start, row.end): _number(row) for row in rows}
    ordered = [numbers[place] for place in _along(numbers, strand)]
    return ordered == sorted(ordered)


def _along(places: Iterable[Interval], strand: str) -> list[Interval]:
    """Intervals in the order in which a strand is read."""
    return sorted(places, reverse=strand == "-")


def _number(row: Feature) -> int:
    """What `part` says, as 2 or 2/3; 0 where it says nothing."""
    number = row.attributes.get("part", "").partition("/")[0]
    return int(number) if number.isdecimal() else 0


def _trans_spliced(row: Feature) -> bool:
    """As INSDC's qualifier is told by NCBI, and by those who copy it as it is."""
    return "trans-splicing" in row.attributes.get("exception", "") or "trans_splicing" in row.attributes


def merged(intervals: list[Interval], *, touching: bool = False) -> list[Interval]:
    """Overlapping intervals joined, in their order; touching ones too if asked."""
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if joined and (start < joined[-1][1] or (touching and start == joined[-1][1])):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def inside(parts: list[Interval], exons: list[Interval]) -> bool:
    """Whether each of the parts lies in one of the exons."""
    return all(any(start <= one and other <= end for start, end in exons) for one, other in parts)
