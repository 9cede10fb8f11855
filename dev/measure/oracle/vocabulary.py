"""What two programs say in different words, brought into the words that both have. Nothing here judges an allele."""

import re
from dataclasses import replace

from dev.measure.oracle.answers import Answer

RULES = (
    "`conservative_inframe_…` and `disruptive_inframe_…` are `inframe_…`: their parents in the Sequence Ontology",
    "`inframe_…` beside `missense_variant` is `protein_altering_variant`, Ensembl's word for residues that others replace in another number",
    "`missense_variant` and `synonymous_variant` beside `frameshift_variant`, `stop_gained` or `stop_lost` go: they say of one codon what these say of the protein",
    "`splice_donor_region_variant` and `splice_donor_5th_base_variant` are `splice_region_variant`, `splice_polypyrimidine_tract_variant` goes: snpEff has no narrower words",
    "`intron_variant` beside a splice site, and `non_coding_transcript_variant` beside it, go: parents of what stands there already",
    "`splice_region_variant` in a splice site goes, and so does `inframe_…` beside `stop_gained`, `stop_lost` or `start_lost`",
    "HGVS: `*` is `Ter`; `Leu5Leu` is `Leu5=`; `fs` without its length, where one of both leaves it out; deleted and duplicated bases are not repeated",
    "HGVS: `p.AlaVal5ValArg`, the form before 2016, is `p.Ala5_Val6delinsValArg`; `p.?`, `p.=`, `p.83` and `p.Lys4delins???` say nothing of a residue",
)
"""For people; the functions below do the same."""

_NARROWER = {
    "splice_donor_region_variant": "splice_region_variant",
    "splice_donor_5th_base_variant": "splice_region_variant",
}
_OF_THE_PROTEIN = {"frameshift_variant", "stop_gained", "stop_lost", "start_lost"}
_SPLICE_SITES = {"splice_donor_variant", "splice_acceptor_variant"}
_INFRAME = {"inframe_insertion", "inframe_deletion"}
_NEAR = {"upstream_gene_variant", "downstream_gene_variant"}


def shared(answer: Answer) -> Answer:
    """An answer in shared words; of a transcript that is only near, its terms alone."""
    if answer.terms is not None and answer.terms <= _NEAR:
        return Answer(answer.terms)
    return Answer(
        answer.terms and shared_terms(answer.terms),
        answer.dna and shared_dna(answer.dna),
        answer.protein and shared_protein(answer.protein),
    )


def shared_terms(terms: frozenset[str]) -> frozenset[str] | None:
    """Terms in the words that snpEff and we have in common."""
    found = {re.sub(r"^(conservative|disruptive)_", "", term) for term in terms}
    found = {_NARROWER.get(term, term) for term in found}
    found -= {"splice_polypyrimidine_tract_variant", "non_coding_transcript_variant"}
    if found & _INFRAME and "missense_variant" in found and not found & _OF_THE_PROTEIN:
        found = found - _INFRAME - {"missense_variant"} | {"protein_altering_variant"}
    if found & _OF_THE_PROTEIN:
        found -= {"missense_variant", "synonymous_variant", "protein_altering_variant", *_INFRAME}
    if found & _SPLICE_SITES:
        found -= {"intron_variant", "splice_region_variant"}
    return frozenset(found) or None


def shared_dna(description: str) -> str:
    """A description of DNA without the bases that it need not repeat."""
    text = re.sub(r"del[ACGTN]+ins", "delins", description)
    return re.sub(r"(del|dup)[ACGTN]+$", r"\1", text)


def shared_protein(description: str) -> str | None:
    """A description of a protein in today's form."""
    text = description.replace("*", "Ter")
    if text in ("p.?", "p.=") or "???" in text or re.fullmatch(r"p\.\d+", text):
        return None
    if same := re.fullmatch(r"p\.([A-Z][a-z]{2})(\d+)\1", text):
        return f"p.{same[1]}{same[2]}="
    if old := re.fullmatch(r"p\.((?:[A-Z][a-z]{2}){2,})(\d+)((?:[A-Z][a-z]{2})+)", text):
        return _spelt(_letters(old[1]), int(old[2]), _letters(old[3]))
    return text


def _letters(names: str) -> list[str]:
    return re.findall("[A-Z][a-z]{2}", names)


def _spelt(before: list[str], number: int, after: list[str]) -> str:
    """Residues replaced by others, without what they share at their ends."""
    while before and after and before[0] == after[0]:
        before, after, number = before[1:], after[1:], number + 1
    while len(before) > 1 and after and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    if not before:
        return "p.="
    if after[:1] == ["Ter"]:
        return f"p.{before[0]}{number}Ter"
    span = f"{before[0]}{number}" + (f"_{before[-1]}{number + len(before) - 1}" if len(before) > 1 else "")
    if len(before) == len(after) == 1:
        return f"p.{span}{after[0]}"
    return f"p.{span}delins{''.join(after)}" if after else f"p.{span}del"


def short_frameshifts(ours: Answer, theirs: Answer) -> tuple[Answer, Answer]:
    """Both in HGVS's short form `p.Arg97fs`, where one of them has it."""
    forms = [answer.protein or "" for answer in (ours, theirs)]
    if not any(form.endswith("fs") for form in forms):
        return ours, theirs
    return _short(ours), _short(theirs)


def _short(answer: Answer) -> Answer:
    return replace(
        answer, protein=answer.protein and re.sub(r"(\d+)(?:[A-Z][a-z]{2})?fs.*", r"\1fs", answer.protein)
    )
