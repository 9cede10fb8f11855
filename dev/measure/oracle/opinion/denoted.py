"""Reads descriptions back into what they denote, so that two of one change are known as such."""

import re

from dev.measure.oracle.opinion.codes import THREE_LETTERS, to_first_stop
from dev.measure.oracle.opinion.edits import Edit, minimal, places
from dev.measure.oracle.opinion.genes import reverse_complement
from dev.measure.oracle.opinion.oriented import Oriented

_POSITION = r"([-*]?\d+)([+-]\d+)?"
_FORM = re.compile(
    rf"[cn]\.{_POSITION}(?:_{_POSITION})?(?:[ACGTN]*>([ACGTN]+)|(del|dup|inv|ins|delins)([ACGTN]*))"
)


def denoted(oriented: Oriented, description: str) -> Edit | None:
    """The change of the transcript's strand that a description denotes, as far 3' as it goes; None if it cannot be read."""
    form = _FORM.fullmatch(description)
    if form is None:
        return None
    first = _place(oriented, form[1], form[2])
    last = _place(oriented, form[3], form[4]) if form[3] else first
    if first is None or last is None:
        return None
    old = oriented.bases[first : last + 1]
    kind, bases = form[6], form[7]
    if kind == "ins":
        return canonical(oriented, Edit(first + 1, last, bases)) if last == first + 1 else None
    if kind == "dup":
        return canonical(oriented, Edit(last + 1, last + 1, old))
    new = {"del": "", "inv": reverse_complement(old), "delins": bases}.get(kind or "", form[5])
    return canonical(oriented, Edit(first, last + 1, new or ""))


def canonical(oriented: Oriented, edit: Edit) -> Edit | None:
    """An edit of the strand without what both alleles share, as far 3' as it goes; None if it changes nothing."""
    least = minimal(edit.start, oriented.bases[edit.start : edit.end], edit.new)
    return least and places(oriented.bases, least)[1]


def _place(oriented: Oriented, number: str, offset: str | None) -> int | None:
    """Where a position lies on the strand; positions before and behind the transcript go on counting there."""
    first, last = oriented.coding or (0, 0)
    if number.startswith("*"):
        index = last + int(number[1:]) - 1
    elif number.startswith("-"):
        index = first + int(number)
    else:
        index = first + int(number) - 1
    if index < 0 or index >= len(oriented.spliced):
        return None
    return oriented.place(index) + int(offset or 0)


_LETTERS = {name: letter for letter, name in THREE_LETTERS.items()}
_RESIDUE = r"([A-Z][a-z]{2})(\d+)"
_PROTEIN = re.compile(rf"p\.{_RESIDUE}(?:_{_RESIDUE})?(=|del|dup|ins|delins|)((?:[A-Z][a-z]{{2}})*)")


def denoted_protein(before: str, description: str) -> str | None:
    """The protein that a description denotes, up to its first stop; None if the description does not say it."""
    form = _PROTEIN.fullmatch(description)
    if form is None:
        return None
    first, last = int(form[2]) - 1, int(form[4] or form[2]) - 1
    if (
        last >= len(before)
        or before[first] != _LETTERS.get(form[1])
        or (form[3] and before[last] != _LETTERS.get(form[3]))
    ):
        return None
    kind, new = form[5], "".join(_LETTERS[name] for name in re.findall("[A-Z][a-z]{2}", form[6]))
    start, end = (first + 1, last) if kind == "ins" else (first, last + 1)
    if kind in ("=", "dup"):
        new = before[first : last + 1] * (2 if kind == "dup" else 1)
    if start > end:
        return None
    return to_first_stop(before[:start] + new + before[end:])
