"""Whether a source is of the assembly that it is placed on: judged by the bases that it takes for the reference's."""

from dataclasses import dataclass

from gas_engine.errors import SourceError
from gas_engine.known.lookup import CONTRADICTS
from gas_engine.known.request import SourceRequest

FEWEST_JUDGED = 4
"""Alleles that must have been looked at before most of them can speak against a source."""

_JUDGED = 1000
"""Alleles after which a source is judged before the rest of it is read."""


@dataclass
class Assembly:
    """What a source's alleles say of its assembly."""

    request: SourceRequest
    reference: str
    fitting: int = 0
    contradicting: int = 0
    first: int = 0
    """The line of the first that contradicts."""

    def note(self, fault: str, line: int) -> None:
        """Take in why an allele has no place.

        Raises:
            SourceError: it is plain by now that the source is of another assembly.
        """
        if fault != CONTRADICTS:
            return
        self.contradicting += 1
        self.first = self.first or line
        if self.contradicting + self.fitting == _JUDGED:
            self.judge(_JUDGED)

    def judge(self, least: int) -> None:
        """Refuse a source most of whose alleles contradict the sequence: what fits does so by chance.

        Raises:
            SourceError: it is of another assembly.
        """
        checked = self.contradicting + self.fitting
        if checked < least or 2 * self.contradicting <= checked:
            return
        own = "bring one for this assembly, or choose the reference that it was made on"
        raise SourceError(
            f"{self.request.shown or self.request.name}: REF of {self.contradicting:,} of {checked:,} alleles contradicts the"
            f" sequence of {self.reference}, first in line {self.first}, so the file is of another assembly;"
            f" {own if self.request.own else 'give the one for this assembly'}"
        )
