"""An allele as one edit of a sequence: minimal, and in each of its equivalent places."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """Replace `sequence[start:end]` by `new`; 0-based, half-open."""

    start: int
    end: int
    new: str

    @property
    def growth(self) -> int:
        """How many bases longer the sequence becomes."""
        return len(self.new) - (self.end - self.start)

    @property
    def pure(self) -> bool:
        """Whether it only inserts or only deletes, so that it may have equivalent places."""
        return (self.start == self.end) != (not self.new)


def minimal(start: int, old: str, new: str) -> Edit | None:
    """The edit without the bases that both alleles share; None where they are equal."""
    if old == new:
        return None
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    while old and new and old[0] == new[0]:
        old, new, start = old[1:], new[1:], start + 1
    return Edit(start, start + len(old), new)


def places(sequence: str, edit: Edit) -> tuple[Edit, Edit]:
    """The leftmost and the rightmost of the equivalent places of an edit in a linear sequence."""
    if not edit.pure:
        return edit, edit
    left = edit
    while left.start > 0 and (moved := _left(sequence, left)) is not None:
        left = moved
    right = edit
    while right.end < len(sequence) and (moved := _right(sequence, right)) is not None:
        right = moved
    return left, right


def _left(sequence: str, edit: Edit) -> Edit | None:
    before = sequence[edit.start - 1]
    if edit.new:
        if edit.new[-1] != before:
            return None
        return Edit(edit.start - 1, edit.end - 1, before + edit.new[:-1])
    if sequence[edit.end - 1] != before:
        return None
    return Edit(edit.start - 1, edit.end - 1, "")


def _right(sequence: str, edit: Edit) -> Edit | None:
    after = sequence[edit.end]
    if edit.new:
        if edit.new[0] != after:
            return None
        return Edit(edit.start + 1, edit.end + 1, edit.new[1:] + after)
    if sequence[edit.start] != after:
        return None
    return Edit(edit.start + 1, edit.end + 1, "")
