"""Effects of alleles: csq's predictions, corrected and completed from the bundle's own genes."""

from collections.abc import Collection
from dataclasses import dataclass

from gas_annotator.engine.consequence import Consequence, readable_amino_acids, terms_from_csq
from gas_annotator.engine.csq import Allele, Prediction, Predictor
from gas_annotator.engine.genetic_code import INITIATORS, reverse_complement, translate
from gas_annotator.engine.reference import Gene, Reference

LONGEST_PREDICTED = 5001
"""Bases on both sides of an allele given to csq: the common mitochondrial deletion of 4,977 bases fits."""

_START_CODON_LENGTH = 3


@dataclass(frozen=True, slots=True)
class Effect:
    """Everything known about one allele: its consequences, most severe first, and its entries, ready to write."""

    consequences: tuple[Consequence, ...]
    entries: tuple[bytes, ...]
    failed: bool = False

    @property
    def worst(self) -> Consequence:
        """The most severe consequence."""
        return self.consequences[0]


def changed_interval(allele: Allele) -> tuple[int, int]:
    """First and last changed base, without what both sides share; of an insertion the bases behind and before it."""
    position, before, after = allele
    if len(before) == 1 and len(after) == 1:
        return position, position
    shortest = min(len(before), len(after))
    head = 0
    while head < shortest and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < shortest - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return position + head, position + len(before) - 1 - tail


class Effects:
    """Works out the effects of alleles, batch by batch."""

    def __init__(self, reference: Reference, predictor: Predictor) -> None:
        self._reference = reference
        self._predictor = predictor

    def of(self, alleles: Collection[Allele]) -> dict[Allele, Effect]:
        """The effect of each allele."""
        asked = {allele for allele in alleles if self._predictable(allele)}
        predictions = self._predictor.predict(asked) if asked else {}
        return {
            allele: self._effect(
                allele, predictions.get(allele, []), failed=allele in asked and allele not in predictions
            )
            for allele in alleles
        }

    def _predictable(self, allele: Allele) -> bool:
        """Whether csq can take the allele: not across the origin, not at an unknown base, not huge."""
        last = allele.position + len(allele.before) - 1
        size = len(allele.before) + len(allele.after)
        return last <= self._reference.length and size <= LONGEST_PREDICTED and b"N" not in allele.before

    def _effect(self, allele: Allele, predictions: list[Prediction], *, failed: bool) -> Effect:
        """One allele's consequences for each gene it touches, or intergenic."""
        by_symbol = {prediction.symbol: prediction for prediction in predictions}
        first, last = changed_interval(allele)
        found = [
            self._consequence(allele, gene, by_symbol.get(gene.symbol), (first, last))
            for gene in self._touched(first, last)
        ]
        ordered = tuple(sorted(found, key=lambda one: one.rank)) or (Consequence(("intergenic_variant",)),)
        return Effect(ordered, tuple(one.to_entry() for one in ordered), failed=failed)

    def _touched(self, first: int, last: int) -> list[Gene]:
        """Genes that share a changed base, or have an insertion inside; across the origin of a circular contig too."""
        if last < first:
            return [
                gene
                for gene in self._reference.overlapping(last, first)
                if gene.start <= last and first <= gene.end
            ]
        length = self._reference.length
        genes = self._reference.overlapping(first, min(last, length))
        if last > length:
            genes += [gene for gene in self._reference.overlapping(1, last - length) if gene not in genes]
        return genes

    def _consequence(
        self, allele: Allele, gene: Gene, prediction: Prediction | None, changed: tuple[int, int]
    ) -> Consequence:
        """The consequence for one gene: csq's word where it can be trusted, the bundle's intervals elsewhere."""
        terms, amino_acids, dna = self._terms(allele, gene, prediction, changed)
        return Consequence(
            terms, gene.symbol, gene.identifier, gene.transcript, gene.biotype, amino_acids, dna
        )

    def _terms(
        self, allele: Allele, gene: Gene, prediction: Prediction | None, changed: tuple[int, int]
    ) -> tuple[tuple[str, ...], str, str]:
        """Terms, amino acids and DNA change; each return is one known gap of csq."""
        first, last = changed
        if first <= gene.start and gene.end <= last and len(allele.before) > len(allele.after):
            return ("transcript_ablation",), "", ""
        if not gene.coding:
            return ("non_coding_transcript_exon_variant",), "", ""
        partial = gene.partial_codon
        if partial is not None and partial[0] <= min(first, last) and max(first, last) <= partial[1]:
            return ("incomplete_terminal_codon_variant", "coding_sequence_variant"), "", ""
        if prediction is None or prediction.consequence == "intron":
            return ("coding_sequence_variant",), "", ""
        start = self._start_codon_change(allele, gene)
        if start is not None:
            term, amino_acids = start
            return (term,), amino_acids, prediction.dna
        terms = terms_from_csq(prediction.consequence)
        return terms, readable_amino_acids(prediction.amino_acids, terms), _short(prediction.dna)

    def _start_codon_change(self, allele: Allele, gene: Gene) -> tuple[str, str] | None:
        """Verdict on a single-base change of a start codon: csq does not know that mitochondria have five of them."""
        codon = gene.first_codon
        if codon is None or len(allele.before) != 1 or len(allele.after) != 1:
            return None
        if not codon[0] <= allele.position <= codon[1]:
            return None
        bases = bytearray(self._reference.bases(codon[0], _START_CODON_LENGTH))
        bases[allele.position - codon[0]] = allele.after[0]
        changed = bytes(bases) if gene.strand == "+" else reverse_complement(bytes(bases))
        code = self._reference.genetic_code
        if changed.decode("ascii") in INITIATORS[code]:
            return "start_retained_variant", "M1M"
        return "start_lost", f"M1{translate(changed, code)}"


def _short(dna: str) -> str:
    """The DNA change, unless it is so long that it only repeats the columns REF and ALT."""
    longest = 100
    return dna if len(dna) <= longest else ""
