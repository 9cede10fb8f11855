"""Why records of a file got no consequence: counts by kind, as a job's record keeps them, and the words for each kind.

The list of all of them, line by line, is a file beside the result; this is what fits into a sentence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_PROBLEMS = 16
"""As many kinds as a record keeps: more than an annotator knows, and few enough for one small attribute."""

MOST_TOLD = 3
"""As many kinds as a sentence tells; the page and the log tell all."""


@dataclass(frozen=True)
class Problem:
    """Records that got no consequence for one reason: how many, and the line of the first."""

    kind: str
    records: int
    first_line: int


_WORDS = {
    "reference_mismatch": ("does not match the reference", "do not match the reference"),
    "unknown_contig": (
        "is on a sequence that the reference does not have",
        "are on sequences that the reference does not have",
    ),
    "other_contig": (
        "is on another sequence than the reference's of that name",
        "are on another sequence than the reference's of that name",
    ),
    "position_outside": ("is beyond the end of the reference", "are beyond the end of the reference"),
    "not_bases": ("has a REF that is no sequence of bases", "have a REF that is no sequence of bases"),
    "no_alternative": ("has no alternative allele", "have no alternative allele"),
    "too_many_alternatives": ("has too many alternative alleles", "have too many alternative alleles"),
    "ambiguous_bases": ("has ambiguous bases as alternative", "have ambiguous bases as alternative"),
    "spanning_deletion": (
        "has only an allele that another deletion removes",
        "have only an allele that another deletion removes",
    ),
    "reference_block": ("is a block without variants", "are blocks without variants"),
    "unknown_symbol": (
        "has a symbolic allele of an unknown kind",
        "have a symbolic allele of an unknown kind",
    ),
    "unknown_end": ("has a symbolic allele without an end", "have a symbolic allele without an end"),
    "too_large": ("has consequences that would be too long", "have consequences that would be too long"),
    "not_predicted": (
        "was given no consequence by the command of the reference",
        "were given no consequence by the command of the reference",
    ),
    "no_change": ("has an ALT that is its REF", "have an ALT that is their REF"),
}
"""Each kind in words that follow the number of its records, for one and for several."""

_OF_THE_REFERENCE = frozenset({"reference_mismatch", "unknown_contig", "other_contig", "position_outside"})

_OTHERWISE = ("got no consequence", "got no consequence")


def shortfall(variants: int, annotated: int, problems: Sequence[Problem]) -> str | None:
    """What a sentence says of a file some of whose variants got no consequence; None when all of them did."""
    missing = variants - annotated
    if missing <= 0:
        return None
    ranked = sorted(problems, key=lambda problem: -problem.records)
    told = ranked[:MOST_TOLD]
    parts = [_part(problem) for problem in told]
    rest = missing - sum(problem.records for problem in told)
    if rest > 0:
        parts.append(f"{rest:,} more got no consequence" if told else f"{rest:,} got no consequence")
    return f"{f'{annotated:,}' if annotated else 'None'} of {variants:,} annotated; {'; '.join(parts)}."


def of_another_reference(problems: Sequence[Problem]) -> bool:
    """True when problems look as if their file was made for another reference, or nothing is known of them."""
    return not problems or any(problem.kind in _OF_THE_REFERENCE for problem in problems)


def words(kind: str, records: int) -> str:
    """What is the matter with so many records of a kind, to be read after their number."""
    one, several = _WORDS.get(kind, _OTHERWISE)
    return one if records == 1 else several


def bounded(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The most frequent of them, as many as a record keeps."""
    return tuple(sorted(problems, key=lambda problem: -problem.records)[:MOST_PROBLEMS])


def _part(problem: Problem) -> str:
    line = (
        f"see line {problem.first_line}"
        if problem.records == 1
        else f"the first in line {problem.first_line}"
    )
    return f"{problem.records:,} {words(problem.kind, problem.records)}, {line}"
