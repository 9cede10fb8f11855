"""One transcript in its own direction: coordinates, the spliced sequence and its reading frame."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from dev.measure.oracle.opinion.codes import translate
from dev.measure.oracle.opinion.edits import Edit
from dev.measure.oracle.opinion.genes import Transcript, reverse_complement


@dataclass(frozen=True)
class Strands:
    """Both strands of a contig, each read in its own direction."""

    forward: str
    backward: str

    @classmethod
    def of(cls, sequence: str) -> "Strands":
        """Of the forward strand's bases."""
        return cls(sequence, reverse_complement(sequence))


@dataclass(frozen=True)
class Oriented:
    """A transcript on the strand that it is read from; every coordinate counts along that strand, from 0."""

    transcript: Transcript
    bases: str
    code: int
    circular: bool = False

    @classmethod
    def of(cls, transcript: Transcript, strands: Strands, code: int, *, circular: bool = False) -> "Oriented":
        """A transcript of a contig."""
        bases = strands.forward if transcript.strand > 0 else strands.backward
        return cls(transcript, bases, code, circular)

    def _turned(self, intervals: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
        if self.transcript.strand > 0:
            return list(intervals)
        length = len(self.bases)
        return [(length - end, length - start) for start, end in reversed(intervals)]

    @cached_property
    def exons(self) -> list[tuple[int, int]]:
        """Exons from 5' to 3'."""
        return self._turned(self.transcript.exons)

    @cached_property
    def spliced(self) -> str:
        """The transcript's bases."""
        return "".join(self.bases[start:end] for start, end in self.exons)

    @cached_property
    def _exon_offsets(self) -> list[int]:
        offsets, total = [], 0
        for start, end in self.exons:
            offsets.append(total)
            total += end - start
        return offsets

    @cached_property
    def coding(self) -> tuple[int, int] | None:
        """First coding base and the one behind the last, counted in the spliced sequence."""
        if not self.transcript.coding:
            return None
        intervals = self._turned(self.transcript.coding)
        first, last = self.index(intervals[0][0]), self.index(intervals[-1][1] - 1)
        assert first is not None
        assert last is not None
        return first, last + 1

    def exon_of(self, place: int) -> int | None:
        """Number of the exon that holds a base, from 0."""
        number = bisect_right(self._starts, place) - 1
        return number if number >= 0 and place < self.exons[number][1] else None

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self.exons]

    def index(self, place: int) -> int | None:
        """A base's index in the spliced sequence; None outside the exons."""
        number = self.exon_of(place)
        return None if number is None else self._exon_offsets[number] + place - self.exons[number][0]

    def place(self, index: int) -> int:
        """Where a base of the spliced sequence lies on the strand."""
        number = bisect_right(self._exon_offsets, index) - 1
        return self.exons[number][0] + index - self._exon_offsets[number]

    def turn(self, edit: Edit) -> Edit:
        """An edit of the forward strand, on this strand."""
        if self.transcript.strand > 0:
            return edit
        length = len(self.bases)
        return Edit(length - edit.end, length - edit.start, reverse_complement(edit.new))

    def inside(self, edit: Edit) -> Edit | None:
        """The edit of the spliced sequence; None where it is not within one exon."""
        if edit.start == edit.end:
            before = self.exon_of(edit.start - 1) if edit.start else None
            if before is None or before != self.exon_of(edit.start):
                return None
        elif self.exon_of(edit.start) is None or self.exon_of(edit.start) != self.exon_of(edit.end - 1):
            return None
        place = self.index(edit.start)
        assert place is not None
        return Edit(place, place + edit.end - edit.start, edit.new)

    @cached_property
    def protein(self) -> str:
        """All that the coding bases translate to; what poly-A completes is completed."""
        assert self.coding is not None
        first, last = self.coding
        bases = self.spliced[first:last]
        return translate(with_poly_a(bases, self.polyadenylated), self.code)

    @cached_property
    def recodings(self) -> dict[int, str]:
        """Codons that mean something else than the code says, by their number from 0."""
        found = {}
        for place, letter in self.transcript.recodings:
            index = self.index(place if self.transcript.strand > 0 else len(self.bases) - 1 - place)
            assert index is not None
            assert self.coding is not None
            found[(index - self.coding[0]) // 3] = letter
        return found

    @cached_property
    def recoded(self) -> bool:
        """Whether its bases are read in another way than three by three from the first to the only stop."""
        if self.coding is None:
            return False
        spliced_out = self.coding[1] - self.coding[0] != sum(b - a for a, b in self.transcript.coding)
        return bool(self.transcript.recodings) or spliced_out or "*" in self.protein[:-1]

    @cached_property
    def polyadenylated(self) -> bool:
        """Whether the last codon lacks bases, which poly-A adds, and ends the transcript."""
        assert self.coding is not None
        first, last = self.coding
        return (last - first) % 3 != 0 and last == len(self.spliced)


def with_poly_a(bases: str, polyadenylated: bool) -> str:  # noqa: FBT001 - one of two things a sequence may be
    """The bases, and a tail of A long enough to end any codon."""
    return bases + "A" * ((3 - len(bases) % 3) % 3) if polyadenylated else bases
