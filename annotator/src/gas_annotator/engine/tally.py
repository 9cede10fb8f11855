"""Counts over one file: alleles by class, consequence and gene, records by problem."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from gas_annotator.engine.consequence import IMPACTS, TERMS, Consequence
from gas_annotator.engine.effect import Effect
from gas_annotator.engine.record import (
    ANNOTATED_ALL_THE_SAME,
    AlleleClass,
    Problem,
    allele_class,
    transition,
)

LISTED_PROBLEMS = 20
"""Problems that are listed with their lines; all are counted."""

_LOCATIONS = {
    "intergenic_variant": "interGenic",
    "5_prime_UTR_variant": "'5 UTR",
    "3_prime_UTR_variant": "'3 UTR",
}


@dataclass(frozen=True)
class ListedProblem:
    """One problem as it is shown to the owner of the file."""

    line: int
    problem: Problem
    detail: str


@dataclass
class Tally:
    """Counters that grow block by block."""

    records: int = 0
    annotated_records: int = 0
    annotated_alleles: int = 0
    blank_lines: int = 0
    windows_ends: bool = False
    classes: Counter[AlleleClass] = field(default_factory=Counter)
    transitions: int = 0
    transversions: int = 0
    consequences: Counter[str] = field(default_factory=Counter)
    impacts: Counter[str] = field(default_factory=Counter)
    genes: Counter[str] = field(default_factory=Counter)
    locations: Counter[str] = field(default_factory=Counter)
    problems: Counter[Problem] = field(default_factory=Counter)
    first_lines: dict[Problem, int] = field(default_factory=dict)
    listed: list[ListedProblem] = field(default_factory=list)

    def add_problem(self, line: int, problem: Problem, detail: str, count: int = 1) -> None:
        """Count a problem, and list it with its first line if it is among the first."""
        self.problems[problem] += count
        self.first_lines[problem] = min(line, self.first_lines.get(problem, line))
        if len(self.listed) < LISTED_PROBLEMS:
            self.listed.append(ListedProblem(line, problem, detail))

    def add_change(self, before: bytes, after: bytes, count: int) -> None:
        """Count an alternative allele by its class."""
        kind = allele_class(before, after)
        self.classes[kind] += count
        if kind is AlleleClass.SNV:
            if transition(before, after):
                self.transitions += count
            else:
                self.transversions += count

    def add_effect(self, effect: Effect, count: int) -> None:
        """Count an annotated allele by what it does."""
        self.annotated_alleles += count
        self.consequences[effect.worst.worst_term] += count
        self.impacts[effect.worst.impact] += count
        for consequence in effect.consequences:
            if consequence.symbol:
                self.genes[consequence.symbol] += count
            self._locate(consequence, count)

    def _locate(self, consequence: Consequence, count: int) -> None:
        """Count one consequence under the words of the original's log; a gene with two isoforms counts twice."""
        term = consequence.worst_term
        coding = consequence.biotype == "protein_coding"
        if term in _LOCATIONS:
            place = _LOCATIONS[term]
        elif term == "intron_variant":
            place = "Intronic" if coding else "Non_coding_intronic"
        else:
            place = "CDS" if coding else "Non_coding_exonic"
        self.locations[place] += count
        if place in {"CDS", "'5 UTR", "'3 UTR"}:
            self.locations["Exonic"] += count

    def unannotated(self) -> tuple[tuple[str, int, int], ...]:
        """Why records got no consequence: each kind with its number of records and the first one's line."""
        kinds = (kind for kind in Problem if self.problems[kind] and kind not in ANNOTATED_ALL_THE_SAME)
        return tuple((kind.value, self.problems[kind], self.first_lines[kind]) for kind in kinds)

    def to_statistics(self) -> dict[str, Any]:
        """The counts as plain values, in a fixed order; zero counts are left out."""
        ratio = round(self.transitions / self.transversions, 4) if self.transversions else None
        return {
            "records": self.records,
            "annotated_records": self.annotated_records,
            "alleles": sum(self.classes.values()),
            "annotated_alleles": self.annotated_alleles,
            "consequences": {term: self.consequences[term] for term in TERMS if self.consequences[term]},
            "impacts": {impact: self.impacts[impact] for impact in IMPACTS},
            "classes": {kind.value: self.classes[kind] for kind in AlleleClass if self.classes[kind]},
            "genes": dict(sorted(self.genes.items())),
            "transitions": self.transitions,
            "transversions": self.transversions,
            "transition_transversion_ratio": ratio,
            "problems": {
                problem.value: self.problems[problem] for problem in Problem if self.problems[problem]
            },
            "first_problems": [
                {"line": listed.line, "problem": listed.problem.value, "detail": listed.detail}
                for listed in self.listed
            ],
        }
