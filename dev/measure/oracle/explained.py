"""Classes of differences that are understood. Each is a predicate that every member meets, and has a source."""

import re
from collections.abc import Iterator
from itertools import pairwise

from dev.measure.oracle.answers import Answer
from dev.measure.oracle.compare import Explained, Pair
from dev.measure.oracle.opinion.codes import translate
from dev.measure.oracle.opinion.denoted import canonical, denoted, denoted_protein
from dev.measure.oracle.opinion.edits import Edit, minimal, places
from dev.measure.oracle.opinion.verdict import START_CODONS, Verdict, verdict
from dev.measure.oracle.vocabulary import shared, short_frameshifts

_HGVS = "https://hgvs-nomenclature.org/stable/recommendations"
_NEAR = frozenset({"upstream_gene_variant", "downstream_gene_variant"})
_NEAR_SPLICE = 17
"""The farthest base from an exon that any splice term is about."""
_LAST_OF_EXON = 3
"""Bases at an exon's border with an intron that are a splice region."""
_IN_FRAME = frozenset(
    {
        "inframe_insertion",
        "inframe_deletion",
        "protein_altering_variant",
        "missense_variant",
        "synonymous_variant",
    }
)


# ---- DNA ------------------------------------------------------------------------------------------------------------------


def _edit(pair: Pair) -> Edit | None:
    """The allele on the transcript's strand."""
    edit = minimal(pair.allele.start, pair.allele.ref, pair.allele.alt)
    return edit and pair.oriented.turn(edit)


def _same_change(pair: Pair, name: str) -> bool:
    """Whether both descriptions of DNA denote the file's allele."""
    if name != "dna" or pair.theirs.dna is None or pair.ours.dna is None:
        return False
    edit = _edit(pair)
    meant = edit and canonical(pair.oriented, edit)
    return meant is not None and meant == denoted(pair.oriented, pair.ours.dna) == denoted(
        pair.oriented, pair.theirs.dna
    )


def _another_change(pair: Pair, name: str) -> bool:
    """Whether ours denotes the file's allele, and theirs, read back, something else."""
    edit = _edit(pair)
    meant = edit and canonical(pair.oriented, edit)
    if name != "dna" or meant is None or pair.ours.dna is None or pair.theirs.dna is None:
        return False
    return denoted(pair.oriented, pair.ours.dna) == meant != denoted(pair.oriented, pair.theirs.dna)


def _coding_start(pair: Pair) -> int | None:
    """Where the first coding base lies on the strand."""
    return pair.oriented.place(pair.oriented.coding[0]) if pair.oriented.coding else None


def _coding_end(pair: Pair) -> int | None:
    """Where on the strand the stop codon ends."""
    return pair.oriented.place(pair.oriented.coding[1] - 1) + 1 if pair.oriented.coding else None


def _kinds(pair: Pair) -> tuple[str, str]:
    found = [re.search("delins|del|dup|inv|ins|>", text or "") for text in (pair.ours.dna, pair.theirs.dna)]
    return (found[0][0] if found[0] else "", found[1][0] if found[1] else "")


def _placed_elsewhere(pair: Pair, name: str) -> bool:
    return _same_change(pair, name) and len(set(_kinds(pair))) == 1


def _duplication(pair: Pair, name: str) -> bool:
    return _same_change(pair, name) and _kinds(pair) == ("dup", "ins")


def _inversion(pair: Pair, name: str) -> bool:
    return _same_change(pair, name) and _kinds(pair)[0] == "inv"


def _leaves(pair: Pair, edit: Edit) -> bool:
    low, high = pair.oriented.exons[0][0], pair.oriented.exons[-1][1]
    insertion = edit.start == edit.end
    return edit.start - insertion < low or edit.end + insertion > high


def _leaves_the_transcript(pair: Pair, _name: str) -> bool:
    """Whether the change reaches over an end of the transcript, as it is written or in the first or last of its places."""
    edit, allele = _edit(pair), pair.allele
    if edit is None:
        return False
    written = pair.oriented.turn(Edit(allele.start, allele.start + len(allele.ref), allele.alt))
    return any(_leaves(pair, one) for one in (written, *places(pair.oriented.bases, edit)))


# ---- proteins -------------------------------------------------------------------------------------------------------------


def _same_protein(pair: Pair, name: str) -> bool:
    """Whether both descriptions, read back, denote one protein."""
    if name != "protein" or pair.oriented.coding is None or not pair.ours.protein or not pair.theirs.protein:
        return False
    before = pair.oriented.protein
    meant = denoted_protein(before, pair.ours.protein)
    return meant is not None and meant == denoted_protein(before, pair.theirs.protein)


def _stop_in_a_new_frame(pair: Pair, name: str) -> bool:
    """`p.Leu12TrpfsTer2` here, `p.Leu12_Leu13delinsTrpTer` there: the same first residue, as many up to the stop."""
    ours = re.fullmatch(r"p\.([A-Z][a-z]{2}\d+)([A-Z][a-z]{2})fsTer(\d+)", pair.ours.protein or "")
    theirs = re.fullmatch(
        r"p\.([A-Z][a-z]{2}\d+)(?:_\w+?)?delins((?:[A-Z][a-z]{2})*)Ter", pair.theirs.protein or ""
    )
    return bool(
        name == "protein"
        and ours
        and theirs
        and ours[1] == theirs[1]
        and theirs[2].startswith(ours[2])
        and len(theirs[2]) // 3 + 1 == int(ours[3])
    )


def _takes_the_stop(pair: Pair, name: str) -> bool:
    """`p.Phe23SerfsTer?` here, `p.Phe23_Ter27delinsSerVal…` or, in the older form, `p.PheTer23SerVal…` there."""
    ours = re.fullmatch(
        r"p\.([A-Z][a-z]{2})(\d+)([A-Z][a-z]{2})?fs(?:Ter(?:\d+|\?))?", pair.ours.protein or ""
    )
    told = pair.theirs.protein or ""
    theirs = re.match(r"p\.([A-Z][a-z]{2})(\d+)_Ter\d+(?:delins|del|ext)?([A-Z][a-z]{2})?", told)
    older = re.match(r"p\.([A-Z][a-z]{2})(?:[A-Z][a-z]{2})*Ter(\d+)([A-Z][a-z]{2})", told)
    return bool(
        name == "protein" and ours and any(one and ours.groups() == one.groups() for one in (theirs, older))
    )


def _stop_goes(pair: Pair, name: str) -> bool:
    """Whole codons are deleted, the stop the last of them: what is read on is told here; `p.Arg806_Ter807del` there does not say it."""
    edit, ours = _edit(pair), re.match(r"p\.([A-Z][a-z]{2}\d+)", pair.ours.protein or "")
    theirs = re.fullmatch(r"p\.([A-Z][a-z]{2}\d+)(?:_Ter(\d+))?del", pair.theirs.protein or "")
    if name != "protein" or not ours or not theirs or edit is None or pair.oriented.coding is None:
        return False
    last = theirs[2] or theirs[1].removeprefix("Ter")
    return (
        edit.pure
        and edit.growth % 3 == 0
        and last == str(len(pair.oriented.protein))
        and ours[1] == theirs[1]
        and all("stop_lost" in (side.terms or ()) for side in (pair.ours, pair.theirs))
        and _translated(pair) == pair.ours.protein
    )


def _frame_stays(pair: Pair, name: str) -> bool:
    """A frame shift there, though the coding bases that go and those that come differ by whole codons."""
    edit = _edit(pair)
    inside, coding = edit and pair.oriented.inside(edit), pair.oriented.coding
    if name == "dna" or edit is None or inside is None or coding is None or edit.growth % 3:
        return False
    if not coding[0] <= inside.start <= inside.end <= coding[1]:
        return False
    if pair.ours.protein is None or _translated(pair) != pair.ours.protein:
        return False
    if name == "protein":
        return _number(pair.theirs.protein, "fs") is not None and "fs" not in pair.ours.protein
    ours, theirs = pair.ours.terms or frozenset(), pair.theirs.terms or frozenset()
    same_splicing = ours - _CODING == theirs - _CODING or _joins(pair, name)
    return "frameshift_variant" in theirs - ours and same_splicing


def _translated(pair: Pair) -> str | None:
    """What the edited gene, translated apart from both, is called."""
    edit = minimal(pair.allele.start, pair.allele.ref, pair.allele.alt)
    found = edit and verdict(pair.oriented, edit)
    return found.protein if found else None


def _start_is_lost(pair: Pair, name: str) -> bool:
    """Where the start is lost, what is read then is not known: nothing else is said here."""
    if "start_lost" not in (pair.ours.terms or ()):
        return False
    if name == "protein":
        return pair.ours.protein == "p.Met1?"
    return name == "terms" and "start_lost" in (pair.theirs.terms or ())


def _number(description: str | None, form: str) -> int | None:
    found = re.fullmatch(rf"p\.[A-Z][a-z]{{2}}(\d+){form}", description or "")
    return int(found[1]) if found else None


def _first_new_residue(pair: Pair, name: str) -> bool:
    """A frame shift is named by the first new residue, and by a stop if that is one; there, by a codon that it touches."""
    edit, ours = _edit(pair), _number(pair.ours.protein, "(?:fs|Ter)")
    theirs = _number(pair.theirs.protein, "fs")
    if (
        name != "protein"
        or edit is None
        or not edit.growth % 3
        or None in (ours, theirs)
        or not pair.oriented.coding
    ):
        return False
    index = pair.oriented.index(max(places(pair.oriented.bases, edit)[0].start - 1, 0))
    lowest = 1 if index is None else (index - pair.oriented.coding[0]) // 3 + 1
    return lowest <= (theirs or 0) <= (ours or 0)


def _stop_is_the_first_new_residue(pair: Pair, name: str) -> bool:
    frame = frozenset({"frameshift_variant"})
    return (
        name == "terms"
        and ((pair.theirs.terms or frozenset()) ^ (pair.ours.terms or frozenset())) - _SPLICE
        == {"stop_gained"}
        and frame <= (pair.ours.terms or frozenset())
        and _number(pair.ours.protein, "Ter") is not None
    )


def _somewhere_in_a_block(pair: Pair, name: str) -> bool:
    """`p.Lys27_Arg34delinsIleTer` here, `p.Lys27Ter` there, for bases that others replace."""
    ours = re.match(r"p\.[A-Z][a-z]{2}(\d+)(?:_\w+?)?delins\w*Ter$", pair.ours.protein or "")
    edit, theirs = _edit(pair), _number(pair.theirs.protein, "Ter")
    return bool(
        name == "protein" and ours and edit and edit.growth == 0 and theirs and theirs <= int(ours[1])
    )


# ---- terms ----------------------------------------------------------------------------------------------------------------


def _as_written(pair: Pair, name: str) -> bool:
    """Whether they say what is true where the file places the change, which can be placed elsewhere too."""
    edit = minimal(pair.allele.start, pair.allele.ref, pair.allele.alt)
    if edit is None or len(set(places(pair.oriented.bases, pair.oriented.turn(edit)))) == 1:
        return False
    found = verdict(pair.oriented, edit, as_written=True)
    if found is None:
        return False
    told, theirs = short_frameshifts(shared(_answer(found)), pair.theirs)
    return getattr(told, name) is not None and getattr(told, name) == getattr(theirs, name)


def _answer(found: Verdict) -> Answer:
    return Answer(found.terms, found.dna, found.protein)


def _no_junction(pair: Pair, name: str) -> bool:
    """They name a splice region, and no junction of exons is near."""
    edit = _edit(pair)
    if name != "terms" or edit is None or pair.theirs.terms is None or pair.ours.terms is None:
        return False
    near = any(low <= edit.end and edit.start <= high for low, high in _splice_sites(pair))
    return pair.theirs.terms - {"splice_region_variant"} == pair.ours.terms and not near


def _splice_sites(pair: Pair) -> Iterator[tuple[int, int]]:
    """What splice terms can be about: an exon's last bases and an intron's first, an intron's last and an exon's first."""
    for (_, donor), (acceptor, _) in pairwise(pair.oriented.exons):
        yield donor - _LAST_OF_EXON, donor + _NEAR_SPLICE
        yield acceptor - _NEAR_SPLICE, acceptor + _LAST_OF_EXON


def _in_frame(pair: Pair, name: str) -> bool:
    """Both have words for a change within the frame that brings no stop."""
    ours, theirs = pair.ours.terms or frozenset(), pair.theirs.terms or frozenset()
    return (
        name == "terms"
        and ours - _IN_FRAME == theirs - _IN_FRAME
        and bool(ours & _IN_FRAME)
        and bool(theirs & _IN_FRAME)
    )


def _before_the_stop(pair: Pair, name: str) -> bool:
    """`p.Leu255_Ter256insLeuLeu` or `p.Leu255dup` here, `p.Ter256LeuextTer2` there."""
    theirs = re.match(r"p\.Ter(\d+)\w+extTer", pair.theirs.protein or "")
    ours = re.match(r"p\.(?:\w+_)?[A-Z][a-z]{2}(\d+)(?:ins|dup)", pair.ours.protein or "")
    return bool(
        name == "protein" and ours and theirs and int(ours[1]) in (int(theirs[1]), int(theirs[1]) - 1)
    )


def _length_of_an_extension(pair: Pair, name: str) -> bool:
    """`p.Ter491GluextTer8` here, `p.Ter491GluextTer?`, `p.Ter491delinsGlu…` or `p.Ter491fs` there."""
    ours = re.fullmatch(r"p\.(Ter\d+)([A-Z][a-z]{2})extTer(?:\d+|\?)", pair.ours.protein or "")
    theirs = re.match(r"p\.(Ter\d+)(?:fs$|(?:delins)?([A-Z][a-z]{2}))", pair.theirs.protein or "")
    if name == "protein" and pair.ours.protein is None and theirs:
        return "stop_lost" in (pair.ours.terms or ())  # p.?: the message ends before anything follows.
    return bool(
        name == "protein" and ours and theirs and ours[1] == theirs[1] and theirs[2] in (None, ours[2])
    )


def _extends(pair: Pair, name: str) -> bool:
    """A frame shift whose first new residue replaces the stop loses the stop."""
    more = (pair.ours.terms or frozenset()) - (pair.theirs.terms or frozenset())
    return name == "terms" and more == {"stop_lost"} and str(pair.ours.protein).startswith("p.Ter")


def _stop_in_a_part(pair: Pair, name: str) -> bool:
    """They find a stop where a part of the change is made: the bases that are replaced, or those that come or go."""
    ours, theirs = pair.ours.terms or frozenset(), pair.theirs.terms or frozenset()
    if name != "terms" or "stop_gained" not in theirs or not theirs - {"stop_gained"} <= ours:
        return False
    start, ref, alt = pair.allele.start, pair.allele.ref, pair.allele.alt
    sizes = range(min(len(ref), len(alt)) + 1)
    ends = len(ref) + start
    parts = [(start, ref[:size], alt[:size]) for size in sizes]
    parts += [(start + size, ref[size:], alt[size:]) for size in sizes]
    parts += [(ends - size, ref[len(ref) - size :], alt[len(alt) - size :]) for size in sizes]
    parts += [(start, ref[: len(ref) - size], alt[: len(alt) - size]) for size in sizes]
    for part in filter(None, (minimal(*one) for one in parts)):
        found = verdict(pair.oriented, part)
        if found and "stop_gained" in (found.terms or ()):
            return True
        if found and re.fullmatch(r"p\.[A-Z][a-z]{2}\d+Ter", found.protein or ""):
            return True
        if _stop_beside_new_bases(pair, pair.oriented.turn(part)):
            return True
    return False


def _stop_beside_new_bases(pair: Pair, edit: Edit) -> bool:
    for one in places(pair.oriented.bases, edit):
        inside = pair.oriented.inside(one)
        if inside is None or pair.oriented.coding is None:
            continue
        first = pair.oriented.coding[0]
        after = pair.oriented.spliced[: inside.start] + inside.new + pair.oriented.spliced[inside.end :]
        begin = (inside.start - first) // 3
        end = (inside.start - first + len(inside.new)) // 3
        if "*" in translate(after[first + 3 * begin : first + 3 * end + 3], pair.oriented.code):
            return True
    return False


def _joins(pair: Pair, name: str) -> bool:
    """An edit that joins exon and intron, or can be placed so: what is read then is not known, and is not said here."""
    edit, ours, theirs = _edit(pair), pair.ours.terms or frozenset(), pair.theirs.terms or frozenset()
    if edit is None:
        return False
    low, high = places(pair.oriented.bases, edit)
    if not any(low.start <= place <= high.end for place in _junctions(pair)):
        return False
    if name == "protein":
        return pair.ours.protein in (None, "p.Met1?")
    return name == "terms" and ours - _CODING - _SPLICE == theirs - _CODING - _SPLICE


def _exon_goes(pair: Pair, name: str) -> bool:
    """The change takes a whole exon, and both agree on all but what that means for the coding bases."""
    edit, ours, theirs = _edit(pair), pair.ours.terms or frozenset(), pair.theirs.terms or frozenset()
    if name != "terms" or edit is None or "exon_loss_variant" not in theirs:
        return False
    whole = any(edit.start <= start and end <= edit.end for start, end in pair.oriented.exons)
    return whole and ours - _CODING == theirs - _CODING - {"exon_loss_variant"}


def _junctions(pair: Pair) -> list[int]:
    """Borders of exons with introns."""
    return [place for (_, low), (high, _) in pairwise(pair.oriented.exons) for place in (low, high)]


_CODING = _IN_FRAME | {
    "coding_sequence_variant",
    "stop_retained_variant",
    "frameshift_variant",
    "stop_gained",
    "stop_lost",
    "start_lost",
    "5_prime_UTR_variant",
    "3_prime_UTR_variant",
    "non_coding_transcript_exon_variant",
}
_SPLICE = frozenset(
    {"splice_region_variant", "splice_donor_variant", "splice_acceptor_variant", "intron_variant"}
)


def _near_a_junction(pair: Pair, name: str) -> bool:
    """Both agree on all but splice terms, and a junction of exons is near."""
    edit, ours, theirs = _edit(pair), pair.ours.terms or frozenset(), pair.theirs.terms or frozenset()
    if name != "terms" or edit is None or ours - _SPLICE != theirs - _SPLICE:
        return False
    low, high = places(pair.oriented.bases, edit)
    return any(low.start - _REGION <= place <= high.end + _REGION for place in _junctions(pair))


_REGION = 8
"""Bases of an intron that are a splice region."""


def _stop_stays(pair: Pair, name: str) -> bool:
    """The protein ends with the same residue as before."""
    return "stop_retained_variant" in (pair.ours.terms or ()) and (
        name == "terms" or (name == "protein" and _number(pair.ours.protein, "=") is not None)
    )


def _start_stays(pair: Pair, name: str) -> bool:
    """The same sequence comes of a change before the start codon, or the start codon becomes another one."""
    edit, first = _edit(pair), _coding_start(pair)
    if edit is None or first is None or "start_retained_variant" not in (pair.ours.terms or ()):
        return False
    return name in ("terms", "protein") and edit.pure and places(pair.oriented.bases, edit)[0].end <= first


def _over_the_start(pair: Pair, name: str) -> bool:
    """A change that reaches from before the start codon into it, or does so with bases that REF and ALT share."""
    edit, allele, first = _edit(pair), pair.allele, _coding_start(pair)
    if name != "terms" or edit is None or first is None:
        return False
    written = pair.oriented.turn(Edit(allele.start, allele.start + len(allele.ref), allele.alt))
    if written.start < first + 3 < written.end and edit.start >= first + 3:
        return "start_lost" in (pair.theirs.terms or ())
    return edit.start < first < edit.end and "start_lost" in (pair.ours.terms or ())


def _before_the_start(pair: Pair, name: str) -> bool:
    """An insertion that, as far 3' as it goes, lies right before the start codon: the edited message has it whole, behind the new bases."""
    edit, first = _edit(pair), _coding_start(pair)
    if edit is None or first is None or edit.start != edit.end or name == "dna":
        return False
    inserted = places(pair.oriented.bases, edit)[1]
    inside = pair.oriented.inside(inserted)
    if inside is None or inserted.start != first:
        return False
    after = pair.oriented.spliced[: inside.start] + inside.new + pair.oriented.spliced[inside.end :]
    codon = after[inside.start + len(inside.new) :][:3]
    if codon not in START_CODONS[pair.oriented.code] or pair.ours.protein is not None:
        return False
    lost = "start_lost" in (pair.theirs.terms or ())
    return lost and (pair.ours.terms or frozenset()) - _SPLICE == {"5_prime_UTR_variant"}


def _behind_the_stop(pair: Pair, name: str) -> bool:
    """An insertion or deletion that, as far 3' as it goes, lies behind the stop codon, which stays whole."""
    edit, end = _edit(pair), _coding_end(pair)
    if edit is None or end is None or name == "dna":
        return False
    return places(pair.oriented.bases, edit)[1].start >= end and pair.ours.protein is None


def _over_the_stop(pair: Pair, name: str) -> bool:
    """A change that reaches from the coding bases over the stop codon's end."""
    edit, end = _edit(pair), _coding_end(pair)
    if name != "terms" or edit is None or end is None:
        return False
    return edit.start < end < edit.end and bool(
        (pair.ours.terms or frozenset()) & {"stop_lost", "stop_gained"}
    )


def _about_the_stop(pair: Pair, name: str) -> bool:
    """A change in the stop codon or the codon before it, which one of the two calls the loss of the stop."""
    edit, end = _edit(pair), _coding_end(pair)
    if name != "terms" or edit is None or end is None:
        return False
    near = any(one.start <= end and one.end > end - 6 for one in places(pair.oriented.bases, edit))
    ours, theirs = ("stop_lost" in (side.terms or ()) for side in (pair.ours, pair.theirs))
    return near and ours is not theirs


def _before_the_change(pair: Pair, name: str) -> bool:
    """They name a residue before the first base that changes, wherever the change is placed: translation has passed it."""
    edit, numbers = _edit(pair), re.findall(r"\d+", pair.theirs.protein or "")
    if name != "protein" or edit is None or pair.oriented.coding is None or not numbers:
        return False
    index = pair.oriented.index(places(pair.oriented.bases, edit)[0].start)
    return index is not None and int(numbers[0]) < (index - pair.oriented.coding[0]) // 3 + 1


def _translates_otherwise(pair: Pair, name: str) -> bool:
    """The edited gene, translated apart from both, gives what is told here; theirs is another protein, or counts beyond its end."""
    found = _translated(pair)
    if name != "protein" or not found or not pair.theirs.protein:
        return False
    if found != pair.ours.protein:
        return False
    before = pair.oriented.protein
    truth, theirs = denoted_protein(before, found), denoted_protein(before, pair.theirs.protein)
    behind = any(int(number) > len(before) for number in re.findall(r"\d+", pair.theirs.protein))
    return truth is not None and truth != theirs and (theirs is not None or behind)


_DNA = (
    Explained("the same change, not written as far 3' as it goes", f"{_HGVS}/general/", _placed_elsewhere),
    Explained(
        "a description that denotes another change than the file's", f"{_HGVS}/general/", _another_change
    ),
    Explained("a duplication, written as an insertion", f"{_HGVS}/DNA/duplication/", _duplication),
    Explained("an inversion, written as a deletion-insertion", f"{_HGVS}/DNA/inversion/", _inversion),
)
_PROTEIN = (
    Explained(
        "the same protein in another form than HGVS prefers", f"{_HGVS}/protein/insertion/", _same_protein
    ),
    Explained(
        "a stop within the bases that shift the frame: `fsTer` or `delins…Ter`",
        "https://groups.google.com/g/hgvs-nomenclature/c/gxs9l_hDn98",
        _stop_in_a_new_frame,
    ),
    Explained(
        "a change that begins before the stop codon and takes it",
        f"{_HGVS}/protein/frameshift/",
        _takes_the_stop,
    ),
    Explained("how far an extended protein goes", f"{_HGVS}/protein/extension/", _length_of_an_extension),
    Explained("residues that come in right before the stop", f"{_HGVS}/protein/insertion/", _before_the_stop),
)
_LAST = (
    Explained(
        "a change that joins exon and intron, or can be placed so",
        "http://www.sequenceontology.org/browser/current_release/term/SO:0001580",
        _joins,
    ),
    Explained(
        "a start codon that stays",
        "http://www.sequenceontology.org/browser/current_release/term/SO:0002019",
        _start_stays,
    ),
    Explained(
        "a change that can be placed behind the stop codon",
        "http://www.sequenceontology.org/browser/current_release/term/SO:0001624",
        _behind_the_stop,
    ),
    Explained("judged where the file places it", f"{_HGVS}/general/", _as_written),
    Explained(
        "the edited gene translates to another protein than theirs",
        "https://www.ncbi.nlm.nih.gov/Taxonomy/Utils/wprintgc.cgi",
        _translates_otherwise,
    ),
)
WEAVER = (
    *_DNA,
    *_PROTEIN,
    Explained(
        "positions outside the transcript, which has none", f"{_HGVS}/checklist/", _leaves_the_transcript
    ),
    *_LAST,
)
SNPEFF = (
    *_DNA,
    *_PROTEIN,
    Explained("a lost start: nothing else is said", f"{_HGVS}/protein/extension/", _start_is_lost),
    Explained("the first new residue of a frame shift", f"{_HGVS}/protein/frameshift/", _first_new_residue),
    Explained(
        "a frame shift that meets a stop at once",
        "http://www.sequenceontology.org/browser/current_release/term/SO:0001589",
        _stop_is_the_first_new_residue,
    ),
    Explained(
        "a frame shift that begins with the stop is `stop_lost`",
        "http://www.sequenceontology.org/browser/current_release/term/SO:0001578",
        _extends,
    ),
    Explained(
        "a stop that a part of the bases would bring",
        "https://pcingola.github.io/SnpEff/snpeff/inputoutput/",
        _stop_in_a_part,
    ),
    Explained(
        "a change that reaches into the start codon",
        "http://www.sequenceontology.org/browser/current_release/term/SO:0002012",
        _over_the_start,
    ),
    Explained(
        "a change that reaches over the stop codon's end",
        "http://www.sequenceontology.org/browser/current_release/term/SO:0001578",
        _over_the_stop,
    ),
    Explained(
        "a change in the stop codon or right before it, and whether it is `stop_lost`",
        "http://www.sequenceontology.org/browser/current_release/term/SO:0001578",
        _about_the_stop,
    ),
    Explained(
        "an insertion right before the start codon, which stays whole",
        "http://www.sequenceontology.org/browser/current_release/term/SO:0001623",
        _before_the_start,
    ),
    Explained(
        "codons that go with the stop: what is read on, or nothing of it",
        f"{_HGVS}/protein/extension/",
        _stop_goes,
    ),
    Explained(
        "a frame shift, though the bases that come and go differ by whole codons",
        "http://www.sequenceontology.org/browser/current_release/term/SO:0001589",
        _frame_stays,
    ),
    Explained(
        "a whole exon that goes: Ensembl VEP has no word for it",
        "https://www.ensembl.org/info/genome/variation/prediction/predicted_data.html",
        _exon_goes,
    ),
    Explained("a residue before the first base that changes", f"{_HGVS}/general/", _before_the_change),
    Explained(
        "the extent of splice regions",
        "http://www.sequenceontology.org/browser/current_release/term/SO:0001630",
        _near_a_junction,
    ),
    Explained(
        "a stop that stays",
        "http://www.sequenceontology.org/browser/current_release/term/SO:0001567",
        _stop_stays,
    ),
    Explained("a stop among replaced residues", f"{_HGVS}/protein/delins/", _somewhere_in_a_block),
    Explained(
        "a splice region where no exons join",
        "http://www.sequenceontology.org/browser/current_release/term/SO:0001630",
        _no_junction,
    ),
    Explained(
        "a change that runs over the transcript's end",
        "https://www.ensembl.org/info/genome/variation/prediction/predicted_data.html",
        _leaves_the_transcript,
    ),
    Explained(
        "another word for a change within the frame",
        "https://www.ensembl.org/info/genome/variation/prediction/predicted_data.html",
        _in_frame,
    ),
    *_LAST,
)
