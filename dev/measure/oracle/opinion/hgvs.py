"""HGVS descriptions, from the nomenclature's recommendations: coding DNA, non-coding DNA and protein."""

from itertools import pairwise

from dev.measure.oracle.opinion.codes import THREE_LETTERS
from dev.measure.oracle.opinion.edits import Edit, places
from dev.measure.oracle.opinion.genes import reverse_complement
from dev.measure.oracle.opinion.oriented import Oriented


def dna(oriented: Oriented, edit: Edit) -> str | None:
    """Describe an edit on the transcript's strand as c. or n., shifted as far 3' as it goes; None outside the transcript."""
    edit = places(oriented.bases, edit)[1]
    kind = "c." if oriented.coding else "n."
    if edit.start == edit.end:
        size = len(edit.new)
        copied = _span(oriented, edit.start - size, edit.start) if size <= edit.start else None
        if copied and oriented.bases[edit.start - size : edit.start] == edit.new:
            return f"{kind}{copied}dup"
        span = _span(oriented, edit.start - 1, edit.start + 1)
        return span and f"{kind}{span}ins{edit.new}"
    span = _span(oriented, edit.start, edit.end)
    if span is None:
        return None
    old = oriented.bases[edit.start : edit.end]
    if not edit.new:
        return f"{kind}{span}del"
    if len(old) == len(edit.new) == 1:
        return f"{kind}{span}{old}>{edit.new}"
    if edit.new == reverse_complement(old):
        return f"{kind}{span}inv"
    return f"{kind}{span}delins{edit.new}"


def _span(oriented: Oriented, start: int, end: int) -> str | None:
    first, last = position(oriented, start), position(oriented, end - 1)
    if first is None or last is None:
        return None
    return first if end - start == 1 else f"{first}_{last}"


def position(oriented: Oriented, place: int) -> str | None:
    """A base's position without its prefix; None outside the transcript."""
    index = oriented.index(place)
    if index is not None:
        return _numbered(oriented, index)
    for (_, before), (after, _) in pairwise(oriented.exons):
        if before <= place < after:
            behind, ahead = place - before + 1, after - place
            if behind <= ahead:
                return f"{_numbered(oriented, _known(oriented, before - 1))}+{behind}"
            return f"{_numbered(oriented, _known(oriented, after))}-{ahead}"
    return None


def _known(oriented: Oriented, place: int) -> int:
    index = oriented.index(place)
    assert index is not None
    return index


def _numbered(oriented: Oriented, index: int) -> str:
    if oriented.coding is None:
        return str(index + 1)
    first, last = oriented.coding
    if index < first:
        return str(index - first)
    return f"*{index - last + 1}" if index >= last else str(index - first + 1)


def unchanged(before: str, touched: tuple[int, int]) -> str:
    """Describe residues whose codons change and which stay what they are."""
    return f"p.{_range(before, touched[0], max(touched[1], touched[0] + 1))}="


def new_frame(before: str, after: str, place: int) -> str:
    """Describe what is read from the first residue that differs on: as an extension if that is the stop, else a frame shift.

    A deletion-insertion that begins before the stop codon and takes it is named as a frame shift too.
    """
    new, stop = after[place : place + 1], after.find("*", place)
    if before[place] == "*":
        if not new:
            return "p.?"
        return f"p.Ter{place + 1}{THREE_LETTERS[new]}{extension(stop - place if stop >= 0 else None)}"
    if new == "*":
        return f"p.{_residue(before, place)}Ter"
    letters = THREE_LETTERS[new] if new else ""
    return f"p.{_residue(before, place)}{letters}fsTer{stop - place + 1 if stop >= 0 else '?'}"


def extension(residues: int | None) -> str:
    """The end of a description of an extension, by how many residues behind the old stop the new one stands."""
    return f"extTer{'?' if residues is None else residues}"


def new_stop(before: str, after: str, place: int, touched_end: int) -> str:
    """Describe a stop that inserted bases bring: nothing behind it is listed, so that the rest of the protein is not "deleted"."""
    if after[place] == "*":
        return f"p.{_residue(before, place)}Ter"
    return f"p.{_replaced(before, place, max(place, touched_end), after[place:])}"


def in_frame(before: str, after: str) -> str:
    """Describe residues that are lost, gained or changed, the others being the same on both sides."""
    place, lost, gained = changed(before, after)
    return f"p.{_replaced(before, place, place + len(lost), gained)}"


def changed(before: str, after: str) -> tuple[int, str, str]:
    """What is left of two proteins without what they share at both ends, and where it begins."""
    place = 0
    while place < min(len(before), len(after)) and before[place] == after[place]:
        place += 1
    old, new = before[place:], after[place:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return place, old, new


def _replaced(before: str, start: int, end: int, new: str) -> str:
    """What replaces the residues from start to end, as substitution, deletion, duplication, insertion or both."""
    if end - start == len(new) == 1:
        return f"{_residue(before, start)}{THREE_LETTERS[new]}"
    edit = places(before, Edit(start, end, new))[1]
    if not edit.new:
        return f"{_range(before, edit.start, edit.end)}del"
    if edit.start == edit.end:
        size = len(edit.new)
        if before[edit.start - size : edit.start] == edit.new:
            return f"{_range(before, edit.start - size, edit.start)}dup"
        return f"{_range(before, edit.start - 1, edit.start + 1)}ins{_letters(edit.new)}"
    return f"{_range(before, start, end)}delins{_letters(new)}"


def _range(residues: str, start: int, end: int) -> str:
    return _residue(residues, start) + (f"_{_residue(residues, end - 1)}" if end - start > 1 else "")


def _residue(residues: str, place: int) -> str:
    return f"{THREE_LETTERS[residues[place]]}{place + 1}"


def _letters(residues: str) -> str:
    return "".join(THREE_LETTERS[letter] for letter in residues)
