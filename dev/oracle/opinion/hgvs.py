"""HGVS descriptions, from the nomenclature's recommendations: coding DNA, non-coding DNA and protein."""

from itertools import pairwise

from dev.oracle.opinion.codes import THREE_LETTERS
from dev.oracle.opinion.edits import Edit, places
from dev.oracle.opinion.genes import reverse_complement
from dev.oracle.opinion.oriented import Oriented


def dna(oriented: Oriented, edit: Edit) -> str | None:
    """Describe an edit on the transcript's strand as c. or n., shifted as far 3' as it goes; None outside the transcript."""
    edit = places(oriented.bases, edit)[1]
    kind = "c." if oriented.coding else "n."
    if edit.start == edit.end:
        size = len(edit.new)
        if oriented.bases[edit.start - size : edit.start] == edit.new:
            span = _span(oriented, edit.start - size, edit.start)
            return span and f"{kind}{span}dup"
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


def protein(before: str, after: str, touched: tuple[int, int], *, growth: int, gained: bool) -> str:
    """Describe what a protein becomes as p.; both begin with the same intact start codon.

    Args:
        before: the reference's residues, with its stop where it has one.
        after: the residues of the edited sequence, up to its first stop.
        touched: the reference residues whose codons the edit touches, half-open.
        growth: how many bases longer the coding sequence becomes.
        gained: whether the edit wrote a stop of its own.
    """
    if before == after:
        first, last = touched[0], max(touched[1], touched[0] + 1)
        return f"p.{_range(before, first, last)}="
    shifted = growth % 3 != 0
    place = next(
        (index for index, (old, new) in enumerate(zip(before, after, strict=False)) if old != new),
        min(len(before), len(after)),
    )
    stop = after.find("*", place)
    pushed = not shifted and not gained and _kept_end(before, after, growth)
    if place < len(before) and before[place] == "*" and not pushed:
        new = THREE_LETTERS[after[place]] if place < len(after) else ""
        return f"p.Ter{place + 1}{new}extTer{stop - place if stop >= 0 else '?'}"
    if stop == place and not pushed:
        return f"p.{_residue(before, place)}Ter"
    if shifted:
        new = THREE_LETTERS[after[place]] if place < len(after) else ""
        return f"p.{_residue(before, place)}{new}fsTer{stop - place + 1 if stop >= 0 else '?'}"
    if gained:
        return f"p.{_replaced(before, place, max(place, touched[1]), after[place:])}"
    old, new = before[place:], after[place:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return f"p.{_replaced(before, place, place + len(old), new)}"


def _kept_end(before: str, after: str, growth: int) -> bool:
    """Whether the protein ends where the reference's stop has moved to."""
    return before.endswith("*") and after.endswith("*") and len(after) - len(before) == growth // 3 != 0


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
