"""What is counted over one file, as plain values in a fixed order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gas_engine.core import ALLELE_CLASSES, IMPACTS, PLACES, Counts, reasons, remarks, terms

LISTED_PROBLEMS = 20
"""Problems that the log and the page list with their lines; the file of problems has all."""

MOST_GENES = 1000
"""Genes that are counted by name, the most frequent ones; a genome's whole list would outgrow a page."""


def most_frequent(genes: Mapping[str, int]) -> dict[str, int]:
    """Those genes with their counts that are listed, by name."""
    kept = sorted(genes.items(), key=lambda item: (-item[1], item[0]))[:MOST_GENES]
    return dict(sorted(kept))


@dataclass(frozen=True)
class Problem:
    """One row of the file of problems."""

    line: int
    kind: str
    reason: str
    detail: str

    @classmethod
    def from_row(cls, row: str) -> "Problem":
        """A row as the core writes it."""
        line, kind, reason, contig, position, ref, alt, detail = row.split("\t")
        words = f"{contig} {position} {ref} {alt}" + (f": {detail}" if detail else "")
        return cls(int(line), kind, reason, words)


@dataclass
class Findings:
    """All that a run found."""

    counts: Counts = field(default_factory=lambda: Counts({}, {}, {}))
    symbols: dict[int, str] = field(default_factory=dict)
    listed: list[Problem] = field(default_factory=list)
    header_remarks: dict[str, int] = field(default_factory=dict)
    blank_lines: int = 0

    def number(self, name: str) -> int:
        """One of the counts."""
        return self.counts.numbers.get(name, 0)

    def of(self, name: str, keys: tuple[str, ...]) -> dict[str, int]:
        """The counts of a list that are not zero, by name."""
        return {
            key: count
            for key, count in zip(keys, self.counts.lists.get(name, []), strict=False)
            if count and key
        }

    @property
    def places(self) -> dict[str, int]:
        """Counts under the words of the original service."""
        return dict(zip(PLACES, self.counts.lists.get("places", [0] * len(PLACES)), strict=True))

    @cached_property
    def genes(self) -> dict[str, int]:
        """How many alleles touch each gene; the most frequent genes only. Ask for it when all is counted."""
        found: dict[str, int] = {}
        for number, count in self.counts.genes.items():
            found[self.symbols[number]] = found.get(self.symbols[number], 0) + count
        return most_frequent(found)

    @property
    def unannotated(self) -> tuple[tuple[str, int, int], ...]:
        """Why records got no consequence: each reason with its number of records and the first one's line."""
        counts, lines = (self.counts.lists.get(name, []) for name in ("record_reasons", "first_lines"))
        told = zip(reasons(), counts, lines, strict=False)
        return tuple((reason, count, line) for reason, count, line in told if reason and count)

    def to_statistics(self) -> dict[str, Any]:
        """The counts as plain values; zero counts are left out where a list has many."""
        transversions = self.number("transversions")
        ratio = round(self.number("transitions") / transversions, 4) if transversions else None
        impacts = self.counts.lists.get("impacts", [0] * len(IMPACTS))
        return {
            "records": self.number("records"),
            "annotated_records": self.number("annotated_records"),
            "unannotated_records": self.number("records") - self.number("annotated_records"),
            "alleles": self.number("alleles"),
            "annotated_alleles": self.number("annotated_alleles"),
            "consequences": self.of("terms", tuple(terms())),
            "impacts": dict(zip(IMPACTS, impacts, strict=True)),
            "classes": self.of("classes", ALLELE_CLASSES),
            "genes": self.genes,
            "transitions": self.number("transitions"),
            "transversions": transversions,
            "transition_transversion_ratio": ratio,
            "problems": dict(sorted(self.of("record_reasons", reasons()).items())),
            "allele_problems": dict(sorted(self.of("allele_reasons", reasons()).items())),
            "remarks": dict(sorted((self.of("remarks", remarks()) | self.header_remarks).items())),
            "first_problems": [
                {"line": one.line, "kind": one.kind, "problem": one.reason, "detail": one.detail}
                for one in self.listed
            ],
        }
