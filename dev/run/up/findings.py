"""What a result says of a few of its changes, for people to read: an intron, an indel, a variant that is known."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

_FORMAT = "Format: "


@dataclass(frozen=True)
class Finding:
    """One change and what was found: its consequence in one transcript, as a result names it."""

    change: str
    identifier: str
    consequence: str
    symbol: str
    dna: str
    protein: str
    indel: bool

    @property
    def within_intron(self) -> bool:
        """Whether HGVS counts from an exon's edge."""
        return any(sign in self.dna.partition(":")[2][3:] for sign in "+-")

    @property
    def words(self) -> str:
        """A line."""
        named = ", ".join(filter(None, (self.dna, self.protein.partition(":")[2])))
        known = f"; known as {self.identifier}" if self.identifier else ""
        return f"{self.change}: {self.consequence} in {self.symbol}, {named}{known}"


_SHOWN: tuple[tuple[str, Callable[[Finding], bool]], ...] = (
    ("an intron's change", lambda one: one.within_intron and not one.indel),
    ("an indel", lambda one: one.indel and bool(one.protein)),
    ("a known variant", lambda one: bool(one.identifier) and bool(one.protein)),
)


def findings(result: Path) -> Iterator[Finding]:
    """What a result says, in its order, of each change in a transcript that it names."""
    fields: list[str] = []
    with gzip.open(result, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("##INFO=<ID=CSQ,"):
                fields = line.partition(_FORMAT)[2].strip().strip('">').split("|")
            elif not line.startswith("#"):
                yield from _findings(line.rstrip("\n").split("\t"), fields)


def _findings(columns: list[str], fields: list[str]) -> Iterator[Finding]:
    contig, position, identifier, before, after, _, _, told = columns[:8]
    entries = next((part[4:] for part in told.split(";") if part.startswith("CSQ=")), "")
    for entry in filter(None, entries.split(",")):
        values = dict(zip(fields, entry.split("|"), strict=True))
        if values["HGVSc"]:
            yield Finding(
                f"{contig}:{position} {before}>{after}",
                "" if identifier == "." else identifier,
                values["Consequence"].replace("&", " and "),
                values["SYMBOL"],
                unquote(values["HGVSc"]),
                unquote(values["HGVSp"]),
                len(before) != len(after),
            )
            return


def shown(result: Path) -> tuple[list[str], list[str]]:
    """One line of each kind that the demo's yeast must show, and what is missing of them."""
    found = list(findings(result))
    lines, missing = [], []
    for what, fits in _SHOWN:
        one = next(filter(fits, found), None)
        if one is None:
            missing.append(f"the result shows no {what.partition(' ')[2]}")
        else:
            lines.append(one.words)
    return lines, missing
