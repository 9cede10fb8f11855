"""What is counted of a command's entries, in the words of our own engine's counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any

from gas_engine.core import IMPACTS, PLACES, terms
from gas_engine.statistics import Findings, most_frequent

_OTHER_WORDS = {
    "Annotation": "Consequence",
    "Annotation_Impact": "IMPACT",
    "Gene_Name": "SYMBOL",
    "Gene_ID": "Gene",
    "Feature_Type": "Feature_type",
    "Feature_ID": "Feature",
    "Transcript_BioType": "BIOTYPE",
    "HGVS.c": "HGVSc",
    "HGVS.p": "HGVSp",
    "cDNA.pos / cDNA.length": "cDNA_position",
    "CDS.pos / CDS.length": "CDS_position",
    "AA.pos / AA.length": "Protein_position",
}
"""VEP's names for the fields of snpEff's ANN: the pages and the table know these."""

_FAR = frozenset(
    {
        "intergenic_region",
        "intergenic_variant",
        "upstream_gene_variant",
        "downstream_gene_variant",
        "intragenic_variant",
    }
)
_TABLE_FIELDS = (
    *(
        "Consequence",
        "IMPACT",
        "SYMBOL",
        "Gene",
        "Feature",
        "BIOTYPE",
        "EXON",
        "INTRON",
        "HGVSg",
        "HGVSc",
        "HGVSp",
    ),
    *("CDS_position", "Protein_position", "Amino_acids", "Codons"),
)
"""What the columns of the table behind FILTER are taken from."""

_KEPT = 10_000
"""Combinations of terms that are remembered; a genome has some hundreds."""

Entry = Mapping[str, str]


def in_known_words(fields: Sequence[str]) -> tuple[str, ...]:
    """The names of an entry's values, by VEP's where they mean the same."""
    return tuple(_OTHER_WORDS.get(name, name) for name in fields)


_COUNTED = ("Allele", "ALLELE_NUM", "Consequence", "IMPACT", "SYMBOL", "BIOTYPE")
_WHOLE = ""
"""Under this name an entry is kept as it came."""


def entries(value: bytes, fields: Sequence[str]) -> list[Entry]:
    """The entries of a tag, each by the names of those values that are counted, and whole for the table.

    A record may have a hundred of them, so nothing is taken apart that nobody looks at.
    """
    places = [(name, fields.index(name)) for name in _COUNTED if name in fields]
    found = list[Entry]()
    for entry in value.decode("utf-8", errors="replace").split(","):
        values = entry.split("|")
        known = {name: values[place] for name, place in places if place < len(values)}
        known[_WHOLE] = entry
        found.append(known)
    return found


def by_allele(found: Sequence[Entry], ref: str, alternatives: Sequence[str]) -> list[tuple[str, list[Entry]]]:
    """The alternatives of a record with their entries, the worst first; those without an entry are left out."""
    if len(alternatives) == 1:  # Whatever its allele is called there: programs differ over symbolic ones.
        return [(alternatives[0], sorted(found, key=_severity))] if found else []
    groups = []
    for number, names in enumerate(zip(alternatives, _as_shown(ref, alternatives), strict=True), 1):
        own = [one for one in found if _is_of(one, number, names)]
        if own:
            groups.append((names[0], sorted(own, key=_severity)))
    return groups


def _as_shown(ref: str, alternatives: Sequence[str]) -> list[str]:
    """The alternatives as VEP shows them: without the base that all share, where one has another length than REF."""
    plain = [alt for alt in alternatives if alt.isalpha()]
    shared = plain and all(alt[0].upper() == ref[:1].upper() for alt in plain)
    if not shared or all(len(alt) == len(ref) for alt in plain):
        return list(alternatives)
    return [(alt[1:] or "-") if alt.isalpha() else alt for alt in alternatives]


def _is_of(entry: Entry, number: int, names: Sequence[str]) -> bool:
    if entry.get("ALLELE_NUM", "").isdigit():
        return entry["ALLELE_NUM"] == str(number)
    return entry.get("Allele", "") in names


def _severity(entry: Entry) -> int:
    return _rank(_worst(entry.get("Consequence", "")))


@lru_cache(_KEPT)
def _worst(consequence: str) -> str:
    """The most severe of the terms of an entry."""
    return min(consequence.split("&"), key=_rank)


@lru_cache(_KEPT)
def _is_far(consequence: str) -> bool:
    """Whether an entry is of something that the allele does not touch."""
    return not _FAR.isdisjoint(consequence.split("&"))


def _rank(term: str) -> int:
    """The place of a term among all, the most severe first. What we do not know stands before what says nothing."""
    return _ranks().get(term, _UNKNOWN)


@cache
def _ranks() -> dict[str, int]:
    known = {term: number for number, term in enumerate(terms())}
    return known | {"intergenic_region": _UNKNOWN + 1, "intergenic_variant": _UNKNOWN + 1}


_UNKNOWN = 1000


@dataclass
class Heard:
    """Sums over all entries that a command wrote."""

    records: int = 0
    alleles: int = 0
    consequences: dict[str, int] = field(default_factory=dict)
    impacts: dict[str, int] = field(default_factory=dict)
    genes: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    without: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Reasons for which records of a command have no tag: how many, and the first one's line."""

    def take(self, groups: Sequence[tuple[str, list[Entry]]]) -> None:
        """Count the alleles of a record."""
        self.records += 1
        self.alleles += len(groups)
        for _, own in groups:
            _add(self.consequences, _worst(own[0].get("Consequence", "")) or "sequence_variant")
            found = {one.get("IMPACT", "") for one in own}
            _add(self.impacts, next((impact for impact in IMPACTS if impact in found), IMPACTS[-1]))
            near = [one for one in own if not _is_far(one.get("Consequence", ""))]
            for symbol in {one.get("SYMBOL", "") for one in near} - {""}:
                _add(self.genes, symbol)
            for place in [place for one in near for place in _places(one)] or ["interGenic"]:
                _add(self.places, place)

    def leave(self, reason: str, line: int) -> None:
        """Count a record without a tag."""
        count, first = self.without.get(reason, (0, line))
        self.without[reason] = count + 1, first


def _add(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1


def _places(entry: Entry) -> Iterator[str]:
    """Under which words of the original service's log an entry is counted."""
    found, coding = entry.get("Consequence", ""), entry.get("BIOTYPE", "") in {"protein_coding", "Coding"}
    if "5_prime_UTR" in found or "3_prime_UTR" in found:
        yield "'5 UTR" if "5_prime_UTR" in found else "'3 UTR"
        yield "Exonic"
    elif found.split("&")[-1].endswith("intron_variant"):
        yield "Intronic" if coding else "Non_coding_intronic"
    elif coding:
        yield from ("CDS", "Exonic")
    else:
        yield "Non_coding_exonic"


def table_row(columns: Sequence[str], alt: str, worst: Entry, fields: Sequence[str]) -> str:
    """The row of an allele in the table: the site, then its worst entry."""
    chrom, position, identifier, ref, _, _, filtered = columns
    values = dict(zip(fields, worst[_WHOLE].split("|"), strict=False))
    told = (values.get(name, "") for name in _TABLE_FIELDS)
    return "\t".join((chrom, position, identifier, ref, alt, filtered, *told)) + "\n"


@dataclass
class ForeignFindings(Findings):
    """All that was found in a file that a command annotated: the core's counts of its records, and the command's entries."""

    heard: Heard = field(default_factory=Heard)

    def number(self, name: str) -> int:
        """One of the counts."""
        own = {"annotated_records": self.heard.records, "annotated_alleles": self.heard.alleles}
        return own[name] if name in own else super().number(name)

    @property
    def places(self) -> dict[str, int]:
        """Counts under the words of the original service."""
        return {place: self.heard.places.get(place, 0) for place in PLACES}

    @cached_property
    def genes(self) -> dict[str, int]:
        """How many alleles touch each gene; the most frequent genes only."""
        return most_frequent(self.heard.genes)

    @property
    def unannotated(self) -> tuple[tuple[str, int, int], ...]:
        """Why records got no consequence: each reason with its number of records and the first one's line."""
        told = {reason: (count, line) for reason, count, line in super().unannotated}
        for reason, (count, line) in self.heard.without.items():
            others, first = told.get(reason, (0, line))
            told[reason] = others + count, min(first, line)
        return tuple((reason, count, line) for reason, (count, line) in told.items())

    def to_statistics(self) -> dict[str, Any]:
        """The counts as plain values."""
        ranked = sorted(self.heard.consequences.items(), key=lambda item: (_rank(item[0]), item[0]))
        problems = {reason: count for reason, count, _ in self.unannotated}
        return super().to_statistics() | {
            "consequences": dict(ranked),
            "impacts": {impact: self.heard.impacts.get(impact, 0) for impact in IMPACTS},
            "problems": dict(sorted(problems.items())),
        }
