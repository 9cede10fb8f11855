"""What an allele does to one transcript: terms of the Sequence Ontology and HGVS, from one edited sequence."""

from dataclasses import dataclass
from itertools import pairwise

from dev.measure.oracle.opinion import hgvs
from dev.measure.oracle.opinion.codes import to_first_stop, translate
from dev.measure.oracle.opinion.edits import Edit, places
from dev.measure.oracle.opinion.oriented import Oriented, with_poly_a

START_CODONS = {1: {"ATG"}, 2: {"ATG", "ATA", "ATT", "ATC", "GTG"}}
"""What begins a protein: NCBI's list for vertebrate mitochondria; in the standard code ATG alone, as other annotators have it."""

FLANK = 5000
"""How far up- and downstream of a transcript an allele is told of."""


SHORTEST_INTRON = 13
"""A shorter gap between exons corrects a frame; Ensembl VEP sees no splice sites there."""

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
_FROM_ACCEPTOR_REACH = _FROM_ACCEPTOR["splice_polypyrimidine_tract_variant"]
_INSTEAD_OF_REGION = frozenset(_FROM_DONOR) - {"splice_region_variant"} | {"splice_acceptor_variant"}
"""Where one of these is named, the splice region is not: Ensembl VEP names the narrower term alone."""


@dataclass(frozen=True)
class Verdict:
    """Terms and descriptions; None for what the oracle does not decide."""

    terms: frozenset[str] | None
    dna: str | None = None
    protein: str | None = None


def verdict(oriented: Oriented, allele: Edit, *, as_written: bool = False) -> Verdict | None:
    """What a minimal edit of the forward strand does to a transcript; None where the oracle does not decide.

    It decides every allele that lies within one exon, within one intron or outside the transcript, wherever it is placed,
    and what runs over an end of a transcript of one exon. `as_written` judges it where the file happens to place it.
    """
    if oriented.recoded:
        return None
    turned = oriented.turn(allele)
    both = (turned, turned) if as_written else places(oriented.bases, turned)
    edit = both[1]  # The 3' rule, so that the way in which a file writes a change cannot matter.
    description = hgvs.dna(oriented, edit)
    inside = oriented.inside(edit)
    if inside is not None and oriented.coding is None:
        return Verdict(
            _with(frozenset({"non_coding_transcript_exon_variant"}), splice_terms(oriented, edit)),
            description,
        )
    if inside is not None:
        found = _exonic(oriented, inside, both[0])
        return Verdict(_with(found.terms, splice_terms(oriented, edit)), description, found.protein)
    if (outside := _outside(oriented, edit)) is not None:
        return Verdict(outside)
    if (intron := _one_intron(oriented, edit)) is not None:
        return Verdict(_intronic(oriented, edit, intron), description)
    return _over_the_end(oriented, both) if len(oriented.exons) == 1 else None


def _with(terms: frozenset[str] | None, others: frozenset[str] | None) -> frozenset[str] | None:
    return None if terms is None or others is None else terms | others


def _outside(oriented: Oriented, edit: Edit) -> frozenset[str] | None:
    """Near the transcript or nowhere near it; an insertion counts from the base before or behind it, as Ensembl VEP has it."""
    start, end = oriented.exons[0][0], oriented.exons[-1][1]
    if edit.end > start and edit.start < end:
        return None
    upstream, downstream = start - edit.end + 1, edit.start - end + 1
    if oriented.circular:
        upstream, downstream = upstream % len(oriented.bases), downstream % len(oriented.bases)
    near = [(upstream, "upstream_gene_variant"), (downstream, "downstream_gene_variant")]
    distance, term = min(one for one in near if one[0] > 0)
    return frozenset({term} if distance <= FLANK else ())


def _one_intron(oriented: Oriented, edit: Edit) -> tuple[int, int] | None:
    introns = ((before, after) for (_, before), (after, _) in pairwise(oriented.exons))
    return next((one for one in introns if one[0] <= edit.start and edit.end <= one[1]), None)


def _intronic(oriented: Oriented, edit: Edit, intron: tuple[int, int]) -> frozenset[str] | None:
    """Essential splice sites are named instead of the intron, where nothing else of it is touched."""
    low, high = intron
    splice = splice_terms(oriented, edit)
    if splice is None:
        return None
    essential = {*range(low, low + 2), *range(high - 2, high)} if high - low >= SHORTEST_INTRON else set()
    if edit.start < edit.end and essential.issuperset(range(edit.start, edit.end)):
        return splice
    extra = {"intron_variant"} | ({"non_coding_transcript_variant"} if oriented.coding is None else set())
    return splice | extra


def splice_terms(oriented: Oriented, edit: Edit) -> frozenset[str] | None:
    """Splice terms of the bases that are replaced; None for an insertion near a splice site, which is not decided."""
    terms: set[str] = set()
    for (_, donor), (acceptor, _) in pairwise(oriented.exons):
        if acceptor - donor < SHORTEST_INTRON:
            continue
        reach = max(_FROM_ACCEPTOR_REACH) + 1
        if edit.start == edit.end and min(abs(edit.start - donor), abs(edit.start - acceptor)) <= reach:
            return None
        if edit.end > donor - len(_LAST_OF_EXON) and edit.start < acceptor + len(_LAST_OF_EXON):
            for place in range(edit.start, edit.end):
                terms |= _of_base(place - donor + 1, acceptor - place)
    if "splice_donor_5th_base_variant" in terms:
        terms.discard("splice_donor_region_variant")
    if terms & _INSTEAD_OF_REGION:
        terms.discard("splice_region_variant")
    return frozenset(terms)


def _of_base(behind: int, ahead: int) -> set[str]:
    """Terms of a base, counted from 1 behind the donor's exon and ahead of the acceptor's; 0 and less lie in the exons."""
    if behind < 1 or ahead < 1:
        return {"splice_region_variant"} if behind in _LAST_OF_EXON or ahead in _LAST_OF_EXON else set()
    return {
        term
        for table, distance in ((_FROM_DONOR, behind), (_FROM_ACCEPTOR, ahead))
        for term, where in table.items()
        if distance in where
    }


def _over_the_end(oriented: Oriented, both: tuple[Edit, Edit]) -> Verdict:
    """Of an edit that takes one end of a transcript or all of it: what becomes of the rest is not known."""
    left, edit = both
    ((start, end),) = oriented.exons
    if edit.start <= start and end <= edit.end and edit.growth < 0:
        return Verdict(frozenset({"transcript_ablation"}))
    if oriented.coding is None:
        return Verdict(frozenset({"non_coding_transcript_exon_variant"}))
    first, last = (start + place for place in oriented.coding)
    utr = _utr_terms(Edit(max(edit.start, start), min(edit.end, end), ""), first, last)
    if edit.end > first and edit.start < first + 3:
        if left.pure and left.end <= first:
            return Verdict(frozenset({"start_retained_variant"}) | utr, protein="p.Met1=")
        return Verdict(frozenset({"start_lost"}) | utr, protein="p.Met1?")
    if edit.end > last > edit.start:
        return Verdict(frozenset({"stop_lost"}) | utr, protein="p.?")
    return Verdict(utr)


def _exonic(oriented: Oriented, edit: Edit, left: Edit) -> Verdict:
    """Of an edit of the spliced sequence of a coding transcript; `left` is its leftmost place on the contig."""
    assert oriented.coding is not None
    first, last = oriented.coding
    if edit.end <= first:
        return Verdict(frozenset({"5_prime_UTR_variant"}))
    if edit.start >= last:
        return Verdict(frozenset({"3_prime_UTR_variant"}))
    after = oriented.spliced[: edit.start] + edit.new + oriented.spliced[edit.end :]
    terms = _utr_terms(edit, first, last)
    if edit.start < first + 3:
        if edit.pure and left.end <= oriented.place(first):
            # The same sequence comes of a change before the start codon, which then is whole.
            return Verdict(terms | {"start_retained_variant"}, protein="p.Met1=")
        if edit.start < first or after[first : first + 3] not in START_CODONS[oriented.code]:
            return Verdict(terms | {"start_lost"}, protein="p.Met1?")
        terms |= {"start_retained_variant"}
        if edit.growth == 0 and edit.end <= first + 3:
            return Verdict(terms, protein="p.Met1=")
    return _compared(oriented, edit, after, terms)


def _utr_terms(edit: Edit, first: int, last: int) -> frozenset[str]:
    terms = set()
    if edit.start < first:
        terms.add("5_prime_UTR_variant")
    if edit.end > last:
        terms.add("3_prime_UTR_variant")
    return frozenset(terms)


def _compared(oriented: Oriented, edit: Edit, after: str, found: frozenset[str]) -> Verdict:
    """Of an edit that leaves a start codon: both proteins are translated and compared."""
    assert oriented.coding is not None
    first, last = oriented.coding
    before = _initiated(oriented, oriented.protein)
    ended = before.endswith("*")
    edited = after[first:]
    if oriented.polyadenylated:
        edited = with_poly_a(edited, polyadenylated=True)
        if edit.end > last - (last - first) % 3:
            found |= {"incomplete_terminal_codon_variant"}
    full = translate(edited if ended else edited[: last - first + edit.growth], oriented.code)
    protein = to_first_stop(_initiated(oriented, full))
    touched = _touched(edit, first, len(before))
    stop_touched = ended and edit.end > first + 3 * (len(before) - 1)
    if protein == before:
        retained = (
            stop_touched or edit.growth
        )  # Of another length, and yet the same: it ends with another stop.
        term = "stop_retained_variant" if retained else "synonymous_variant"
        text = hgvs.unchanged(before, (len(before) - 1, len(before)) if retained else touched)
        return Verdict(found | {term}, protein=text)
    place = next(
        (index for index, (old, new) in enumerate(zip(before, protein, strict=False)) if old != new),
        min(len(before), len(protein)),
    )
    ends = protein.endswith("*")
    written = ends and len(protein) <= touched[1] + edit.growth // 3
    if edit.growth % 3:
        if ended and place == len(before) - 1:
            found |= {"stop_lost"}
        elif written or (stop_touched and protein[place:] == "*"):
            found |= {"stop_gained"}
        elif stop_touched:
            found |= {"stop_lost"}
        return Verdict(found | {"frameshift_variant"}, protein=hgvs.new_frame(before, protein, place))
    if stop_touched:
        own = ends and 3 * (len(protein) - 1) <= edit.start - first + len(edit.new)
        return _at_the_stop(before, protein, edit, found, own=own)
    if written:
        return Verdict(found | {"stop_gained"}, protein=hgvs.new_stop(before, protein, place, touched[1]))
    term = _in_frame_term(before, protein, edit)
    return Verdict(found | {term}, protein=hgvs.in_frame(before, protein))


def _at_the_stop(before: str, protein: str, edit: Edit, found: frozenset[str], *, own: bool) -> Verdict:
    """Of whole codons, the stop among them; `own` is whether the edit brings a stop or joins one."""
    place = hgvs.changed(before, protein)[0]
    moved = protein.endswith("*") and len(protein) - len(before) == edit.growth // 3
    if not moved and (not own or place == len(before) - 1):
        return Verdict(found | {"stop_lost"}, protein=hgvs.new_frame(before, protein, place))
    found |= {_in_frame_term(before, protein, edit)}
    # An insertion between the last residue and a stop that only moves leaves the stop as it was.
    if not (moved and edit.growth > 0 and place == len(before) - 1):
        found |= {"stop_retained_variant"}
    return Verdict(found, protein=hgvs.in_frame(before, protein))


def _initiated(oriented: Oriented, protein: str) -> str:
    """A protein with the methionine that every start codon brings, whatever it means elsewhere."""
    return "M" + protein[1:] if oriented.coding and not oriented.transcript.phase else protein


def _in_frame_term(before: str, after: str, edit: Edit) -> str:
    """Whether residues come, go or change; what only inserts or deletes bases does so as well, as Ensembl VEP has it."""
    if edit.pure:
        return "inframe_insertion" if edit.growth > 0 else "inframe_deletion"
    lost, gained = hgvs.changed(before, after)[1:]
    if len(lost) == len(gained):
        return "missense_variant"
    if lost and gained:
        return "protein_altering_variant"
    return "inframe_insertion" if gained else "inframe_deletion"


def _touched(edit: Edit, first: int, residues: int) -> tuple[int, int]:
    start, end = edit.start - first, edit.end - first
    if start == end:
        return (start // 3, start // 3) if start % 3 == 0 else (start // 3, start // 3 + 1)
    return start // 3, min((end - 1) // 3 + 1, residues)
