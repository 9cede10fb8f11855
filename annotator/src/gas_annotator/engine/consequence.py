"""Consequences: Sequence Ontology terms, how severe each is, and how bcftools csq spells them."""

import re
from dataclasses import dataclass
from functools import cache

IMPACTS = ("HIGH", "MODERATE", "LOW", "MODIFIER")
"""Impact classes as Ensembl VEP and snpEff define them, most severe first."""

TERMS: dict[str, str] = {
    "transcript_ablation": "HIGH",
    "splice_acceptor_variant": "HIGH",
    "splice_donor_variant": "HIGH",
    "stop_gained": "HIGH",
    "frameshift_variant": "HIGH",
    "stop_lost": "HIGH",
    "start_lost": "HIGH",
    "feature_elongation": "HIGH",
    "inframe_insertion": "MODERATE",
    "inframe_deletion": "MODERATE",
    "missense_variant": "MODERATE",
    "protein_altering_variant": "MODERATE",
    "splice_region_variant": "LOW",
    "incomplete_terminal_codon_variant": "LOW",
    "start_retained_variant": "LOW",
    "stop_retained_variant": "LOW",
    "synonymous_variant": "LOW",
    "coding_sequence_variant": "MODIFIER",
    "5_prime_UTR_variant": "MODIFIER",
    "3_prime_UTR_variant": "MODIFIER",
    "non_coding_transcript_exon_variant": "MODIFIER",
    "intron_variant": "MODIFIER",
    "intergenic_variant": "MODIFIER",
}
"""Every term that is ever written, with its impact, most severe first."""

_RANKS = {term: rank for rank, term in enumerate(TERMS)}

_FROM_CSQ = {
    "3_prime_utr": "3_prime_UTR_variant",
    "5_prime_utr": "5_prime_UTR_variant",
    "coding_sequence": "coding_sequence_variant",
    "feature_elongation": "feature_elongation",
    "frameshift": "frameshift_variant",
    "inframe_altering": "protein_altering_variant",
    "inframe_deletion": "inframe_deletion",
    "inframe_insertion": "inframe_insertion",
    "intergenic": "intergenic_variant",
    "intron": "intron_variant",
    "missense": "missense_variant",
    "non_coding": "non_coding_transcript_exon_variant",
    "splice_acceptor": "splice_acceptor_variant",
    "splice_donor": "splice_donor_variant",
    "splice_region": "splice_region_variant",
    "start_lost": "start_lost",
    "start_retained": "start_retained_variant",
    "stop_gained": "stop_gained",
    "stop_lost": "stop_lost",
    "stop_retained": "stop_retained_variant",
    "synonymous": "synonymous_variant",
}

FIELDS = ("Allele", "Consequence", "Impact", "Symbol", "Gene", "Transcript", "Biotype", "AA", "DNA")
"""Fields of one entry of the INFO tag, in their order."""

_AMINO_ACIDS = re.compile(r"(\d+)([A-Z*]+(?:\.\.\d+)?)(?:>\d+([A-Z*?]+(?:\.\.\d+)?))?")


@dataclass(frozen=True, slots=True)
class Consequence:
    """What one allele does to one transcript, or to no gene at all; the terms stand most severe first."""

    terms: tuple[str, ...]
    symbol: str = ""
    gene: str = ""
    transcript: str = ""
    biotype: str = ""
    amino_acids: str = ""
    dna: str = ""

    @property
    def rank(self) -> int:
        """Lower is more severe."""
        return _RANKS[self.terms[0]]

    @property
    def worst_term(self) -> str:
        """The most severe of the terms."""
        return self.terms[0]

    @property
    def impact(self) -> str:
        """Impact of the most severe term."""
        return TERMS[self.terms[0]]

    def to_entry(self) -> bytes:
        """The entry of the INFO tag after its allele."""
        return (
            f"{'&'.join(self.terms)}|{self.impact}|{self.symbol}|{self.gene}|{self.transcript}|{self.biotype}"
            f"|{self.amino_acids}|{self.dna}"
        ).encode("ascii")


@cache
def terms_from_csq(text: str) -> tuple[str, ...]:
    """Sequence Ontology terms of a csq consequence, most severe first; words that are new to us say only "coding"."""
    names = text.removeprefix("*").split("&")
    return tuple(
        sorted({_FROM_CSQ.get(name, "coding_sequence_variant") for name in names}, key=_RANKS.__getitem__)
    )


def readable_amino_acids(text: str, terms: tuple[str, ...]) -> str:
    """A52T for csq's 52A>52T, M31M for 31M, P2>QT where more than one changes, P2fs for a frame shift, else nothing."""
    match = _AMINO_ACIDS.fullmatch(text)
    if match is None:
        return ""
    position, before, after = match.group(1), match.group(2), match.group(3) or match.group(2)
    if "frameshift_variant" in terms:
        return f"{before[0]}{position}fs"
    if len(before) == 1 and len(after) == 1:
        return f"{before}{position}{after}"
    return f"{before}{position}>{after}"
