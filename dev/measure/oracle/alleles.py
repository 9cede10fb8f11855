"""What is tried: every single base of the coding sequences, and random alleles of every kind near exons."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.measure.oracle.genomes import Genome
from dev.measure.oracle.opinion.edits import minimal, places

_CODING_SHARE = 0.6
"""Of the places that are drawn."""

_LENGTHS = (1, 1, 1, 2, 2, 3, 3, 3, 4, 5, 6, 6, 9, 12, 15, 21, 40)


KINDS = ("SNV", "deletion", "insertion", "substitution of several bases", "deletion and insertion")


@dataclass(frozen=True, order=True)
class Allele:
    """REF and ALT at a 0-based position, as a VCF writes them."""

    start: int
    ref: str
    alt: str

    @property
    def kind(self) -> str:
        """What it is, once what both alleles share is left out."""
        edit = minimal(self.start, self.ref, self.alt)
        if edit is None or edit.growth:
            return KINDS[4] if edit is None or not edit.pure else KINDS[1] if edit.growth < 0 else KINDS[2]
        return KINDS[0] if len(edit.new) == 1 else KINDS[3]


def coding_places(genome: Genome) -> Iterator[int]:
    """Every base that is coding in some transcript."""
    done = 0
    for start, end in sorted(part for transcript in genome.transcripts for part in transcript.coding):
        yield from range(max(start, done), end)
        done = max(done, end)


def coding_snvs(genome: Genome) -> Iterator[Allele]:
    """All three changes of every base that is coding in some transcript."""
    return _snvs(genome, coding_places(genome))


def every_snv(genome: Genome) -> Iterator[Allele]:
    """All three changes of every base."""
    return _snvs(genome, range(len(genome.bases)))


def _snvs(genome: Genome, places: Iterable[int]) -> Iterator[Allele]:
    for place in places:
        base = genome.bases[place]
        for other in "ACGT":
            if base in "ACGT" and other != base:
                yield Allele(place, base, other)


def left_aligned(genome: Genome, allele: Allele) -> Allele:
    """The same change as files are recommended to write it: as far to the left as it goes, behind one base that stays."""
    edit = minimal(allele.start, allele.ref, allele.alt)
    if edit is None or not edit.pure:
        return allele
    first = places(genome.bases, edit)[0]
    before = genome.bases[first.start - 1]
    return Allele(first.start - 1, before + genome.bases[first.start : first.end], before + first.new)


def random_alleles(genome: Genome, count: int, seed: int, *, snvs: bool) -> list[Allele]:
    """Sorted, distinct alleles in and around exons: more than half of them in coding ones."""
    dice = random.Random(seed)  # noqa: S311 - the same alleles each time
    exons = [interval for transcript in genome.transcripts for interval in transcript.exons]
    coding = [interval for transcript in genome.transcripts for interval in transcript.coding]
    found: set[Allele] = set()
    for _ in range(20 * count):
        if len(found) >= count:
            break
        start, end = dice.choice(coding if dice.random() < _CODING_SHARE else exons)
        place = dice.randrange(max(1, start - 25), min(len(genome.bases) - 60, end + 25))
        allele = _snv(dice, genome.bases, place) if snvs else _longer(dice, genome.bases, place)
        if allele is not None:
            found.add(allele)
    return sorted(found)


def _snv(dice: random.Random, bases: str, place: int) -> Allele | None:
    base = bases[place]
    return Allele(place, base, dice.choice([b for b in "ACGT" if b != base])) if base in "ACGT" else None


def _longer(dice: random.Random, bases: str, place: int) -> Allele | None:
    """A deletion, an insertion, a duplication, a block of new bases or a complex change, each as likely."""
    length = dice.choice(_LENGTHS)
    new = "".join(dice.choices("ACGT", k=length))
    anchor, following = bases[place], bases[place + 1 : place + 1 + length]
    ref, alt = dice.choice(
        [
            (anchor + following, anchor),
            (anchor, anchor + new),
            (anchor, anchor + following),
            (bases[place : place + length], new),
            (bases[place : place + dice.choice(_LENGTHS)], new),
        ]
    )
    if ref == alt or set(ref + alt) - set("ACGT"):
        return None
    return Allele(place, ref, alt)


def write_vcf(path: Path, genome: Genome, alleles: Sequence[Allele]) -> None:
    """One record an allele; its ID is its number in the list."""
    with path.open("w", encoding="ascii") as lines:
        lines.write(f"##fileformat=VCFv4.2\n##contig=<ID={genome.contig},length={len(genome.bases)}>\n")
        lines.write("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        for number, allele in enumerate(alleles):
            lines.write(
                f"{genome.contig}\t{allele.start + 1}\t{number}\t{allele.ref}\t{allele.alt}\t.\t.\t.\n"
            )
