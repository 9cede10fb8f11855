"""What an allele does to one transcript: terms of the Sequence Ontology and HGVS, from one edited sequence."""

from dataclasses import dataclass
from itertools import pairwise

from dev.oracle.opinion import hgvs
from dev.oracle.opinion.codes import to_first_stop, translate
from dev.oracle.opinion.edits import Edit, places
from dev.oracle.opinion.oriented import Oriented, with_poly_a

START_CODONS = {1: {"ATG"}, 2: {"ATG", "ATA", "ATT", "ATC", "GTG"}}
"""What begins a protein: NCBI's list for vertebrate mitochondria; in the standard code ATG alone, as other annotators have it."""

FLANK = 5000
"""How far up- and downstream of a transcript an allele is told of."""


_FIFTH_BASE = (5,)
_LAST_OF_EXON = (-2, -1, 0)
_FROM_DONOR = {
    "splice_donor_variant": (1, 2),
    "splice_donor_5th_base_variant": _FIFTH_BASE,
    "splice_donor_region_variant": (3, 4, 5, 6),
    "splice_region_variant": (7, 8),
}
"""Bases of an intron that a term names, counted from 1 behind the exon before; from Ensembl's list of terms."""
_FROM_ACCEPTOR = {
    "splice_acceptor_variant": (1, 2),
    "splice_polypyrimidine_tract_variant": range(3, 18),
    "splice_region_variant": range(3, 9),
}
"""The same, counted from 1 ahead of the exon behind."""


@dataclass(frozen=True)
class Verdict:
    """Terms and descriptions; None for a description that the oracle does not decide."""

    terms: frozenset[str]
    dna: str | None = None
    protein: str | None = None


def verdict(oriented: Oriented, allele: Edit) -> Verdict | None:
    """What a minimal edit of the forward strand does to a transcript; None where the oracle does not decide.

    It decides every allele that lies within one exon, within one intron or outside the transcript, wherever it is placed.
    """
    both = places(oriented.bases, oriented.turn(allele))
    edit = both[1]  # The 3' rule, so that the way in which a file writes a change cannot matter.
    description = hgvs.dna(oriented, edit)
    inside = oriented.inside(edit)
    if inside is not None and oriented.coding is None:
        return Verdict(
            frozenset({"non_coding_transcript_exon_variant"}) | _splice(oriented, both), description
        )
    if inside is not None:
        found = _exonic(oriented, inside)
        return found and Verdict(found.terms | _splice(oriented, both), description, found.protein)
    if (outside := _outside(oriented, edit)) is not None:
        return Verdict(outside)
    if _in_one_intron(oriented, edit):
        terms = {"intron_variant"} | ({"non_coding_transcript_variant"} if oriented.coding is None else set())
        splice = _splice(oriented, both)
        essential = splice & {"splice_donor_variant", "splice_acceptor_variant"}
        return Verdict(frozenset(essential or terms | splice), description)
    return None


def _outside(oriented: Oriented, edit: Edit) -> frozenset[str] | None:
    start, end = oriented.exons[0][0], oriented.exons[-1][1]
    if edit.end <= start:
        return frozenset({"upstream_gene_variant"} if start - max(edit.end - 1, edit.start) <= FLANK else ())
    if edit.start >= end:
        return frozenset({"downstream_gene_variant"} if edit.start - end + 1 <= FLANK else ())
    return None


def _in_one_intron(oriented: Oriented, edit: Edit) -> bool:
    introns = pairwise(oriented.exons)
    return any(before <= edit.start and edit.end <= after for (_, before), (after, _) in introns)


def _splice(oriented: Oriented, both: tuple[Edit, Edit]) -> frozenset[str]:
    """Splice terms of single bases; longer alleles are not decided here and get none."""
    edit = both[0]
    if edit.end - edit.start != 1 or len(edit.new) != 1:
        return frozenset()
    terms = set()
    for (_, donor), (acceptor, _) in pairwise(oriented.exons):
        behind, ahead = edit.start - donor + 1, acceptor - edit.start
        if behind >= 1 and ahead >= 1:
            terms |= {term for term, where in _FROM_DONOR.items() if behind in where}
            terms |= {term for term, where in _FROM_ACCEPTOR.items() if ahead in where}
            if behind in _FIFTH_BASE:
                terms.discard("splice_donor_region_variant")
        elif behind in _LAST_OF_EXON or ahead in _LAST_OF_EXON:
            terms.add("splice_region_variant")
    return frozenset(terms)


def _exonic(oriented: Oriented, edit: Edit) -> Verdict | None:
    """Of an edit of the spliced sequence of a coding transcript."""
    assert oriented.coding is not None
    first, last = oriented.coding
    left, right = places(oriented.spliced, edit)
    if left.end <= first:
        return Verdict(frozenset({"5_prime_UTR_variant"}))
    if right.start >= last:
        return Verdict(frozenset({"3_prime_UTR_variant"}))
    after = oriented.spliced[: edit.start] + edit.new + oriented.spliced[edit.end :]
    utr = _utr_terms(edit, first, last)
    if right.start < first + 3:
        codon = after[first : first + 3]
        survives = edit.growth == 0 and edit.start >= first and codon in START_CODONS[oriented.code]
        if not survives:
            return Verdict(frozenset({"start_lost"}) | utr, protein="p.Met1?")
        if right.end <= first + 3:
            return Verdict(frozenset({"start_retained_variant"}) | utr, protein="p.Met1=")
        return None
    return _compared(oriented, right, after, utr)


def _utr_terms(edit: Edit, first: int, last: int) -> frozenset[str]:
    terms = set()
    if edit.start < first:
        terms.add("5_prime_UTR_variant")
    if edit.end > last:
        terms.add("3_prime_UTR_variant")
    return frozenset(terms)


def _compared(oriented: Oriented, edit: Edit, after: str, utr: frozenset[str]) -> Verdict:
    """Of an edit behind the start codon: both proteins are translated and compared."""
    assert oriented.coding is not None
    first, last = oriented.coding
    before = oriented.protein
    ended = before.endswith("*")
    edited = after[first:]
    if oriented.polyadenylated:
        edited = with_poly_a(edited, polyadenylated=True)
    full = translate(edited if ended else edited[: last - first + edit.growth], oriented.code)
    protein = to_first_stop(full)
    touched = _touched(edit, first, len(before))
    shifted = edit.growth % 3 != 0
    new_end = touched[1] + edit.growth // 3
    written = protein.endswith("*") and len(protein) <= new_end and "*" not in before[touched[0] : touched[1]]
    gained = written and not shifted
    text = hgvs.protein(before, protein, touched, growth=edit.growth, gained=gained)
    at_stop = ended and edit.end > first + 3 * (len(before) - 1)
    if protein == before:
        return Verdict(
            frozenset({"stop_retained_variant" if at_stop else "synonymous_variant"}) | utr, protein=text
        )
    place = next(
        (index for index, (old, new) in enumerate(zip(before, protein, strict=False)) if old != new),
        min(len(before), len(protein)),
    )
    terms = set(utr)
    if shifted:
        terms.add("frameshift_variant")
    lost = at_stop and not (
        protein.endswith("*") and len(protein) - len(before) == edit.growth // 3 and not shifted
    )
    if lost:
        terms.add("stop_lost")
        if oriented.polyadenylated:
            terms.add("incomplete_terminal_codon_variant")
    if written:
        terms.add("stop_gained")
    if not shifted:
        terms |= _in_frame_terms(before, protein, edit, terms)
    # What replaces a stop codon and residues before it has no form of its own in the nomenclature.
    undecided = lost and place < len(before) and before[place] != "*"
    return Verdict(frozenset(terms), protein=None if undecided else text)


def _in_frame_terms(before: str, after: str, edit: Edit, found: set[str]) -> set[str]:
    """Whether residues come, go or change; what only inserts or deletes bases does so as well, as Ensembl VEP has it."""
    growth = edit.growth
    if found & {"stop_lost", "stop_gained"}:
        return set()
    if growth == 0:
        return {"missense_variant"}
    longer, shorter = (after, before) if growth > 0 else (before, after)
    kept = next(
        (index for index, pair in enumerate(zip(longer, shorter, strict=False)) if pair[0] != pair[1]),
        len(shorter),
    )
    if edit.pure or longer[kept + abs(growth) // 3 :] == shorter[kept:]:
        return {"inframe_insertion" if growth > 0 else "inframe_deletion"}
    return {"protein_altering_variant"}


def _touched(edit: Edit, first: int, residues: int) -> tuple[int, int]:
    start, end = edit.start - first, edit.end - first
    if start == end:
        return (start // 3, start // 3) if start % 3 == 0 else (start // 3, start // 3 + 1)
    return start // 3, min((end - 1) // 3 + 1, residues)
