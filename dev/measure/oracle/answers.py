"""What anybody says about one allele and one transcript."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """Terms and descriptions without the accession; None where nothing is said."""

    terms: frozenset[str] | None = None
    dna: str | None = None
    protein: str | None = None


Answers = Mapping[tuple[int, str], Answer]
"""By the allele's number and the transcript's name."""


def bare(description: str) -> str | None:
    """A description without its accession and without brackets of prediction; None where it is empty."""
    text = description.rpartition(":")[2].replace("(", "").replace(")", "").replace("%3D", "=")
    return text or None
