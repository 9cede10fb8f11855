"""The statistics and the first records of a result, as pages show them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gas.domain.errors import FatalError
from gas_web.pages.preview_record import comparable, matches

IMPACTS = ("HIGH", "MODERATE", "LOW", "MODIFIER")
"""How much an allele may change, worst first."""

PROBLEM_WORDS = {
    "reference_mismatch": "REF differs from the reference",
    "unknown_contig": "on a sequence that the reference does not have",
    "other_contig": "on another sequence than the reference's of that name",
    "position_outside": "beyond the end of the reference",
    "not_bases": "REF or ALT is no sequence of bases",
    "no_alternative": "no alternative allele",
    "too_many_alternatives": "too many alternative alleles",
    "ambiguous_bases": "ALT has ambiguous bases",
    "spanning_deletion": "the allele is missing because of another deletion",
    "reference_block": "a block without variants",
    "unknown_symbol": "a symbolic allele of an unknown kind",
    "unknown_end": "a symbolic allele whose end is not given",
    "too_large": "its consequences would be too long",
    "no_change": "ALT is the same as REF",
    "column_count": "another number of columns than the header has",
    "entries_cut": "only the most severe consequences are listed",
    "known_cut": "not all that is known about it is listed",
    "not_predicted": "no consequence could be predicted",
}
"""What the annotator calls a problem, in words that begin after the number of records that have it."""

_MOST_BARS = 10
_MOST_NAMED = 5
_FULL = 100.0


@dataclass(frozen=True)
class Bar:
    """One line of a chart: its width is in percent of the longest."""

    label: str
    count: int
    width: float
    share: float
    """In percent of all."""


@dataclass(frozen=True)
class Segment:
    """One part of a strip, in percent of its length."""

    label: str
    count: int
    start: float
    width: float


@dataclass(frozen=True)
class Statistics:
    """The counts of one result."""

    records: int
    alleles: int
    annotated_records: int
    ratio: float | None
    """Transitions to transversions."""
    consequences: tuple[Bar, ...]
    classes: tuple[Bar, ...]
    genes: tuple[Bar, ...]
    gene_touches: int
    """The counts of all genes together, which the genes' shares are of: an allele that touches two counts for both."""
    more_genes: int
    """How many genes have no bar."""
    named: Mapping[str, int]
    """Alleles of the whole file by gene and by consequence."""
    impacts: tuple[Segment, ...]
    problems: tuple[tuple[str, int], ...]
    first_problems: tuple[Mapping[str, Any], ...]
    known: tuple[Mapping[str, Any], ...]
    """What each source of known variants or regions knew; an own file among them, which is called Own."""

    def of_the_whole_file(self, text: str, impact: str) -> tuple[tuple[str, int], ...]:
        """What was counted in all of the file that is called so, the most frequent first: alleles by their names."""
        sought = comparable(text)
        counted = {one.label.capitalize(): one.count for one in self.impacts if impact == one.label}
        if sought:
            # The counts are by one name each: of two conditions together nothing was counted.
            counted = {} if impact else {n: k for n, k in self.named.items() if sought in comparable(n)}
        return tuple(sorted(counted.items(), key=lambda pair: -pair[1])[:_MOST_NAMED])


@dataclass(frozen=True)
class Preview:
    """The first records of a result: each with its consequences, worst first as the annotator wrote them."""

    total_records: int
    records: tuple[Mapping[str, Any], ...]
    kept: int = 0
    """How many of them stay when the result is archived."""
    tag: str = ""
    """The INFO tag of the result that holds the consequences."""
    fields: tuple[str, ...] = ()
    """The names of a consequence's values, in their order."""

    @property
    def whole(self) -> bool:
        """True when these are all records of the file."""
        return len(self.records) >= self.total_records

    def found(self, text: str, impact: str) -> tuple[Mapping[str, Any], ...]:
        """The records that a search for that text, that impact or both finds."""
        return tuple(record for record in self.records if matches(record, comparable(text), impact))


def read_statistics(content: bytes) -> Statistics:
    """The counts of a statistics file.

    Raises:
        FatalError: it is none.
    """
    told = _object(content)
    genes = dict(sorted(told.get("genes", {}).items(), key=lambda item: -item[1]))
    return Statistics(
        records=int(told.get("records", 0)),
        alleles=int(told.get("alleles", 0)),
        annotated_records=int(told.get("annotated_records", 0)),
        ratio=told.get("transition_transversion_ratio"),
        consequences=bars(_worded(told.get("consequences", {}))),
        classes=bars(_worded(told.get("classes", {}))),
        genes=bars(genes),
        gene_touches=sum(genes.values()),
        more_genes=max(0, len(genes) - _MOST_BARS),
        named=genes | _worded(told.get("consequences", {})),
        impacts=segments({name: told.get("impacts", {}).get(name, 0) for name in IMPACTS}),
        problems=tuple(
            (PROBLEM_WORDS.get(name, name.replace("_", " ")), number)
            for name, number in (told.get("problems", {}) | told.get("remarks", {})).items()
        ),
        first_problems=tuple(told.get("first_problems", [])),
        known=tuple(told.get("known", [])),
    )


def read_preview(content: bytes) -> Preview:
    """The records of a preview file.

    Raises:
        FatalError: it is none.
    """
    told = _object(content)
    records = tuple(told.get("records", []))
    return Preview(
        total_records=int(told.get("total_records", 0)),
        records=records,
        kept=len(records),
        tag=str(told.get("tag", "")),
        fields=tuple(str(name).lower() for name in told.get("fields", [])),
    )


def bars(counts: Mapping[str, int]) -> tuple[Bar, ...]:
    """The largest counts as bars, the largest first."""
    total, longest = sum(counts.values()), max(counts.values(), default=0)
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    return tuple(
        Bar(name, number, _percent(number, longest), _percent(number, total))
        for name, number in ranked[:_MOST_BARS]
        if number
    )


def segments(counts: Mapping[str, int]) -> tuple[Segment, ...]:
    """The counts end to end, in their order; together they fill the strip."""
    total, start, made = sum(counts.values()), 0.0, list[Segment]()
    for name, number in counts.items():
        width = _percent(number, total)
        made.append(Segment(name, number, start, width))
        start = round(start + width, 3)
    return tuple(made)


def _percent(part: int, whole: int) -> float:
    return round(_FULL * part / whole, 3) if whole else 0.0


def _worded(counts: Mapping[str, int]) -> dict[str, int]:
    return {name.replace("_", " "): number for name, number in counts.items()}


def _object(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except ValueError as error:
        raise FatalError("A file that an annotator wrote beside a result is no JSON.") from error
    if not isinstance(told, dict):
        raise FatalError("A file that an annotator wrote beside a result is no JSON object.")
    return told
