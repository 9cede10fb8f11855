"""Ways in which files write one and the same change of a contig."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """Bases that take the place of others; `start` is counted from 0, and either text may be empty."""

    start: int
    old: str
    new: str

    @property
    def end(self) -> int:
        """Behind the last base that goes."""
        return self.start + len(self.old)


@dataclass(frozen=True)
class Written:
    """One record: its columns, and which of its alleles is the change, from 0."""

    position: int
    ref: str
    alts: tuple[str, ...]
    index: int = 0

    def row(self, contig: str) -> str:
        """The record as text."""
        return f"{contig} {self.position} . {self.ref} {','.join(self.alts)} . . ."


@dataclass(frozen=True)
class Contig:
    """A sequence that may be read on from its start where it ends."""

    name: str
    bases: str
    circular: bool = False

    def read(self, start: int, end: int) -> str:
        """Bases of an interval, which may lie across the origin."""
        if not self.circular:
            return self.bases[max(0, start) : end]
        low, size = start % len(self.bases), end - start
        return (
            (self.bases[low:] + self.bases)[:size]
            if low + size > len(self.bases)
            else self.bases[low : low + size]
        )

    def holds(self, start: int, end: int) -> bool:
        """Whether records can name this interval."""
        return self.circular or (start >= 0 and end <= len(self.bases))


def changes(chance: random.Random, contig: Contig, low: int, high: int, count: int) -> list[Change]:
    """Changes of all kinds that begin in an interval; many lie in repeats, where they can be shifted."""
    made: list[Change] = []
    while len(made) < count:
        start = chance.randrange(low, high)
        length = chance.choice((1, 1, 2, 3, 3, 4, 6, 12))
        old = contig.read(start, start + length)
        bases = "".join(chance.choices("ACGT", k=chance.choice((1, 1, 2, 3, 6))))
        change = chance.choice(
            [
                Change(start, old[:1], bases[:1]),
                Change(start, old, ""),
                Change(start, "", old),
                Change(start, "", bases),
                Change(start, old, bases),
            ]
        )
        plain = set(contig.read(start - 40, start + 60)) <= set("ACGT")
        if change.old != change.new and plain and contig.holds(start - 40, start + 60):
            made.append(change)
    return made


def shifted(contig: Contig, change: Change, step: int) -> list[Change]:
    """The same insertion or deletion, one base after the other to the left (-1) or to the right (1)."""
    if change.old and change.new:
        return []
    text, at, found = change.old or change.new, change.start, []
    for _ in range(30):
        if step > 0:
            behind = at + len(change.old)
            if contig.read(behind, behind + 1) != text[0]:
                break
            text, at = text[1:] + text[0], at + 1
        else:
            if contig.read(at - 1, at) != text[-1]:
                break
            text, at = text[-1] + text[:-1], at - 1
        found.append(Change(at, text if change.old else "", "" if change.old else text))
    return found


def written(contig: Contig, change: Change, before: int, behind: int, *others: Change) -> Written:
    """The change with so many bases of the contig on either side, alone or with others in one record, first of all."""
    low = min(one.start for one in (change, *others)) - before
    high = max(one.end for one in (change, *others)) + behind
    alts = [contig.read(low, one.start) + one.new + contig.read(one.end, high) for one in (change, *others)]
    return Written(low % len(contig.bases) + 1, contig.read(low, high), tuple(alts))


def forms(chance: random.Random, contig: Contig, change: Change) -> dict[str, Written]:
    """The change as records write it: the plainest way first."""
    anchor = 0 if change.old and change.new else 1
    far = {
        "left": (shifted(contig, change, -1) or [change])[-1],
        "right": (shifted(contig, change, 1) or [change])[-1],
    }
    start = change.start + chance.randrange(-6, 7)
    other = Change(
        start, contig.read(start, start + chance.choice((0, 1, 4))), "ACGT"[: chance.randrange(1, 4)]
    )
    merged = written(contig, change, 1, 1, other)
    found = {
        "plain": written(contig, change, anchor, 0),
        "padded before": written(contig, change, anchor + chance.randrange(1, 9), 0),
        "padded behind": written(contig, change, anchor, chance.randrange(1, 9)),
        "padded": written(contig, change, 3, chance.randrange(1, 20)),
        "anchored behind": written(contig, change, 0, 1),
        "lower case": written(contig, change, 2, 0),
        **{f"shifted {way}": written(contig, one, 1, 0) for way, one in far.items()},
        **{f"shifted {way} and padded": written(contig, one, 4, 2) for way, one in far.items()},
        "merged": merged,
        "merged, reordered": Written(merged.position, merged.ref, merged.alts[::-1], 1),
        "merged with others": Written(
            merged.position, merged.ref, ("*", "<NON_REF>", *merged.alts, merged.ref + "A"), 2
        ),
    }
    low = found["lower case"]
    found["lower case"] = Written(low.position, low.ref.lower(), tuple(alt.lower() for alt in low.alts))
    return found
