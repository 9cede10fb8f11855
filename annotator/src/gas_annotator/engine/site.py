"""Sites: what a record says of its place, checked against the reference. Records that repeat a site share it."""

from dataclasses import dataclass, field

from gas_annotator.engine.csq import Allele
from gas_annotator.engine.effect import Effect
from gas_annotator.engine.header import Header, quoted
from gas_annotator.engine.record import NUCLEOTIDES, Problem, allele_of, parse_position
from gas_annotator.engine.reference import Reference

MAX_ALTERNATIVES = 1000
"""Alternative alleles of one record; real sites have a handful, and each one costs some seventy bytes of output."""


@dataclass(slots=True)
class Site:
    """One place with its alleles; the effects and the text to write are filled in when they are known."""

    line: int
    contig: bytes
    position: int
    before: bytes
    alternatives: list[bytes]
    alleles: list[tuple[bytes, Allele]]
    problem: tuple[Problem, str] | None
    effects: list[Effect] = field(default_factory=list)
    value: bytes = b""
    uses: int = 0

    @property
    def weight(self) -> int:
        """Memory it takes, in units of about one kilobyte."""
        return 1 + len(self.alleles) + (len(self.before) + sum(map(len, self.alternatives))) // 64


class Checker:
    """Checks records against a reference and what their file's header says of it."""

    def __init__(self, reference: Reference, header: Header) -> None:
        self._reference = reference
        self._known = {
            alias
            for alias in reference.aliases
            if header.contig_lengths.get(alias, reference.length) == reference.length
        }

    def site(self, columns: list[bytes], number: int) -> Site:
        """The site of a record, given by its columns.

        Raises:
            InputRefusedError: the columns cannot be those of a record.
        """
        position = parse_position(columns, number)
        contig, before, after = columns[0], columns[3], columns[4]
        problem = self._problem(contig, position, before, after)
        if problem is not None and problem[0] is Problem.TOO_MANY_ALTERNATIVES:
            return Site(number, contig, position, before, [], [], problem)
        alternatives = after.split(b",")
        if problem is not None:
            return Site(number, contig, position, before, alternatives, [], problem)
        pairs = [(one, allele_of(position, before, one)) for one in alternatives]
        alleles = [(one, allele) for one, allele in pairs if allele is not None]
        return Site(number, contig, position, before, alternatives, alleles, None)

    def _problem(
        self, contig: bytes, position: int, before: bytes, after: bytes
    ) -> tuple[Problem, str] | None:
        """Why a record cannot be annotated as a whole, with the words that explain it."""
        reference = self._reference
        if contig not in self._known:
            return self._contig_problem(contig)
        if not 1 <= position <= reference.length:
            return (
                Problem.POSITION_OUTSIDE,
                f"position {position} is not on {reference.name} (1 to {reference.length})",
            )
        bases = before.upper()
        if reference.bases(position, len(bases)) != bases:
            return self._bases_problem(position, bases)
        if not after:
            return Problem.NO_ALTERNATIVE, "the column ALT is empty"
        if after.count(b",") >= MAX_ALTERNATIVES:
            return Problem.TOO_MANY_ALTERNATIVES, f"more than {MAX_ALTERNATIVES} alternative alleles"
        return None

    def _contig_problem(self, contig: bytes) -> tuple[Problem, str]:
        name = self._reference.name
        if contig in self._reference.aliases:
            return Problem.OTHER_CONTIG, (
                f"the header gives {quoted(contig)} another length than {name} has ({self._reference.length}),"
                " so it is another sequence"
            )
        return Problem.UNKNOWN_CONTIG, f"{quoted(contig)} is no contig of {name}"

    def _bases_problem(self, position: int, bases: bytes) -> tuple[Problem, str]:
        if not bases or bases.translate(None, NUCLEOTIDES):
            return Problem.NOT_BASES, f"the column REF is {quoted(bases)}, not bases"
        expected = self._reference.bases(position, len(bases))
        return Problem.REFERENCE_MISMATCH, (
            f"REF is {quoted(bases)}, but {self._reference.name} has {quoted(expected)} at {position}"
        )
