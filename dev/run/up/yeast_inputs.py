"""Makes the demo's yeast files from chromosome I and its genes: variants that are known, which is invented, and a file that has some.

Always the same bytes.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dev.run.genome_packages import GenomeFiles
from gas_engine.reference.fasta import sequences
from gas_engine.reference.gff3 import Regions, features
from gas_engine.reference.layout import CODON
from gas_engine.reference.parts import Interval
from gas_engine.reference.transcripts import Left, Transcript, transcripts

CONTIG = "chrI"
"""What both files call the chromosome; its sequence and genes call it by its accession."""

SOURCE = "Synthetic"
"""What the known variants' source is called: nobody shall take them for real ones."""

RECORDS = 240
KNOWN = 60

_SEED = 230_218
_AHEAD = 20
"""Bases from a change to an exon's end that are looked at."""

_KNOWN_HEADER = f"""\
##fileformat=VCFv4.2
##source={SOURCE}: invented by the demo of GAS, no real variant of yeast
##INFO=<ID=NOTE,Number=1,Type=String,Description="An invented remark">
##INFO=<ID=AF,Number=A,Type=Float,Description="An invented frequency">
"""
_HEADER = """\
##fileformat=VCFv4.2
##source=gas-demo
##reference=R64
##INFO=<ID=DP,Number=1,Type=Integer,Description="Read depth">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
"""
_COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
_NOTES = ("seen_in_bread", "seen_in_beer", "seen_in_wine")

Change = tuple[int, str, str]
"""Position counted from 1, bases before, bases after."""


@dataclass(frozen=True)
class Yeast:
    """Chromosome I: its bases, and its transcripts that make proteins."""

    bases: str
    genes: tuple[Transcript, ...]

    @classmethod
    def read(cls, files: GenomeFiles) -> "Yeast":
        """The chromosome from its files."""
        (chromosome,) = sequences(files.fasta)
        found = transcripts(features(files.gff3, Regions({})), Left())
        return cls(chromosome.bases.decode("ascii"), tuple(one for one in found if one.cds))

    @property
    def introns(self) -> list[Interval]:
        """Where coding transcripts are spliced, 0-based and half open."""
        return [
            (before[1], after[0])
            for one in self.genes
            for before, after in zip(one.exons, one.exons[1:], strict=False)
        ]

    def substitution(self, place: int, dice: random.Random) -> Change:
        """Another base at a place, counted from 0."""
        base = self.bases[place]
        return place + 1, base, dice.choice([other for other in "ACGT" if other != base])

    def deletion(self, place: int, count: int) -> Change:
        """Some bases behind a place go."""
        return place + 1, self.bases[place : place + 1 + count], self.bases[place]

    def insertion(self, place: int, bases: str) -> Change:
        """Some bases come behind a place."""
        return place + 1, self.bases[place], self.bases[place] + bases


def known_changes(yeast: Yeast) -> list[Change]:
    """What shall be known: a splice site and a place within each intron, a deletion in a gene, and substitutions in genes."""
    dice = random.Random(_SEED)  # noqa: S311 - the same files each time
    found = {start + 1: yeast.substitution(start, dice) for start, _ in yeast.introns}
    found |= {start + _AHEAD + 1: yeast.substitution(start + _AHEAD, dice) for start, _ in yeast.introns}
    for one in dice.sample(yeast.genes, KNOWN - len(found)):
        place = dice.randrange(one.cds[0][0] + CODON, one.cds[0][1] - _AHEAD)
        found[place + 1] = yeast.substitution(place, dice)
    longest = max(yeast.genes, key=lambda one: one.end - one.start)
    place = longest.start + (longest.end - longest.start) // 2
    found[place + 1] = yeast.deletion(place, CODON)
    return [found[position] for position in sorted(found)]


def sample_changes(yeast: Yeast) -> list[Change]:
    """What a culture has: a third of what is known, and as much again and more that nobody knows, indels among it."""
    dice = random.Random(_SEED + 1)  # noqa: S311 - the same files each time
    known = known_changes(yeast)
    deleted = [change for change in known if len(change[1]) > 1]
    found = {change[0]: change for change in [*deleted, *known[::3]]}
    for start, end in yeast.introns:
        found.setdefault(end - 1, yeast.substitution(end - 2, dice))
        found.setdefault(start + _AHEAD // 2 + 1, yeast.deletion(start + _AHEAD // 2, 1))
    while len(found) < RECORDS:
        one = dice.choice(yeast.genes)
        place = dice.randrange(one.start, one.end - _AHEAD)
        match dice.random():
            case share if share < 0.8:  # noqa: PLR2004 - shares of the kinds of change, about as in real cultures
                change = yeast.substitution(place, dice)
            case share if share < 0.9:  # noqa: PLR2004 - as above
                change = yeast.deletion(place, dice.randrange(1, 4))
            case _:
                change = yeast.insertion(place, "".join(dice.choices("ACGT", k=dice.randrange(1, 4))))
        found.setdefault(change[0], change)
    return [found[position] for position in sorted(found)]


def known_vcf(yeast: Yeast) -> Iterator[str]:
    """The lines of the invented source."""
    dice = random.Random(_SEED + 2)  # noqa: S311 - the same files each time
    yield _KNOWN_HEADER
    yield f"##contig=<ID={CONTIG},length={len(yeast.bases)}>\n{_COLUMNS}\n"
    for number, (position, before, after) in enumerate(known_changes(yeast), 1):
        remark = f"NOTE={dice.choice(_NOTES)};AF={dice.random() / 2:.4f}"
        yield f"{CONTIG}\t{position}\tSYN{number:04d}\t{before}\t{after}\t.\tPASS\t{remark}\n"


def yeast_vcf(yeast: Yeast) -> Iterator[str]:
    """The lines of a culture's file."""
    dice = random.Random(_SEED + 3)  # noqa: S311 - the same files each time
    yield _HEADER
    yield f"##contig=<ID={CONTIG},length={len(yeast.bases)}>\n{_COLUMNS}\tFORMAT\tculture\n"
    for position, before, after in sample_changes(yeast):
        quality, depth = dice.randrange(30, 100), dice.randrange(20, 200)
        yield f"{CONTIG}\t{position}\t.\t{before}\t{after}\t{quality}\tPASS\tDP={depth}\tGT\t1\n"


def write_known(path: Path, yeast: Yeast) -> None:
    """Write the invented source."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(known_vcf(yeast)), encoding="ascii", newline="\n")


def write_sample(path: Path, yeast: Yeast) -> None:
    """Write a culture's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(yeast_vcf(yeast)), encoding="ascii", newline="\n")
