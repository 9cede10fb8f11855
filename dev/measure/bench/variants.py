"""Writes VCF files for measurements: sorted records on given sequences, the same ones for the same seed.

python -m dev.measure.bench.variants genome.fa out.vcf.gz --records 1000000 [--samples 100] [--genes genes.gff3]
"""

import argparse
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pysam

from dev import ending

_SHARES = (("snv", 0.86), ("deletion", 0.925), ("insertion", 0.955), ("complex", 0.965), ("two", 1.0))
"""What the records are, up to each figure: 86 % single bases, 10.5 % short indels and complex ones, 3.5 % two alleles."""


def write(
    fasta: Path,
    target: Path,
    records: int,
    *,
    samples: int = 0,
    seed: int = 1,
    places: list[tuple[str, int, int]] | None = None,
) -> None:
    """Write a bgzipped VCF of that many records over the sequences, or over given intervals (name, start, end)."""
    dice = random.Random(seed)  # noqa: S311 - the same file each time
    names = "".join(f"\tS{number}" for number in range(samples))
    with pysam.FastaFile(str(fasta)) as genome, pysam.BGZFile(str(target), "wb") as writing:
        lengths = dict(zip(genome.references, genome.lengths, strict=True))
        header = ["##fileformat=VCFv4.2"]
        header += [f"##contig=<ID={name},length={length}>" for name, length in lengths.items()]
        header += ['##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">']
        if samples:
            header += ['##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">']
        columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO" + ("\tFORMAT" + names if samples else "")
        writing.write(("\n".join([*header, columns]) + "\n").encode())
        areas = places or [(name, 0, length) for name, length in lengths.items()]
        for name, positions in _positions(dice, areas, lengths, records):
            sequence = genome.fetch(name).upper()
            for position in positions:
                if line := _record(dice, sequence, name, position, samples):
                    writing.write(line)


def _positions(
    dice: random.Random, areas: list[tuple[str, int, int]], lengths: dict[str, int], records: int
) -> Iterator[tuple[str, list[int]]]:
    """Sorted 0-based positions by sequence."""
    total = sum(end - start for _, start, end in areas)
    by_name: dict[str, list[int]] = {name: [] for name in lengths}
    for name, start, end in areas:
        share = records * (end - start) / total
        count = int(share) + (dice.random() < share - int(share))
        by_name[name] += [dice.randrange(start, end) for _ in range(count)]
    for name, positions in by_name.items():
        if positions:
            yield name, sorted(min(position, lengths[name] - 20) for position in positions)


def _record(dice: random.Random, sequence: str, name: str, position: int, samples: int) -> bytes | None:
    reference, alternatives = _alleles(dice, sequence, position)
    if set(reference) - set("ACGT"):
        return None  # Ambiguous bases: bcftools ends at the first one.
    text = f"{name}\t{position + 1}\t.\t{reference}\t{alternatives}\t{dice.randrange(20, 99)}\tPASS\tDP={dice.randrange(5, 900)}"
    if samples:
        text += "\tGT:AD:DP:GQ" + "".join(dice.choices(_calls(), k=samples))
    return (text + "\n").encode()


@cache
def _calls() -> list[str]:
    """What samples have, many of them: a record draws from these, which takes a tenth of the time of making them up."""
    dice = random.Random(1)  # noqa: S311 - the same file each time
    return [
        f"\t{dice.choice(('0/0', '0/1', '1/1'))}:{dice.randrange(60)},{dice.randrange(60)}:{dice.randrange(120)}:{dice.randrange(99)}"
        for _ in range(50_000)
    ]


def _alleles(dice: random.Random, sequence: str, position: int) -> tuple[str, str]:
    base, share = sequence[position], dice.random()
    kind = next(kind for kind, up_to in _SHARES if share < up_to)
    others = [letter for letter in "ACGT" if letter != base]
    length = min(int(dice.expovariate(0.35)) + 1, 15)
    match kind:
        case "snv":
            return base, dice.choice(others)
        case "deletion":
            return sequence[position : position + length + 1], base
        case "insertion":
            return base, base + "".join(dice.choices("ACGT", k=length))
        case "complex":
            return sequence[position : position + length + 1], "".join(dice.choices("ACGT", k=length))
        case _:
            return base, ",".join(dice.sample(others, 2))


def main() -> None:
    """Write one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fasta", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--samples", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--genes", type=Path, help="put the records on the exons of this GFF3, and 50 bases around them"
    )
    wanted = parser.parse_args()
    places = exons(wanted.genes) if wanted.genes else None
    write(
        wanted.fasta, wanted.target, wanted.records, samples=wanted.samples, seed=wanted.seed, places=places
    )


def exons(genes: Path) -> list[tuple[str, int, int]]:
    """Exons with 50 bases on each side, overlapping ones joined."""
    around = 50
    found: dict[str, list[tuple[int, int]]] = {}
    for line in genes.read_text(encoding="ascii").splitlines():
        if not line.startswith("#") and (fields := line.split("\t"))[2] == "exon":
            found.setdefault(fields[0], []).append(
                (max(0, int(fields[3]) - 1 - around), int(fields[4]) + around)
            )
    joined: list[tuple[str, int, int]] = []
    for name, intervals in found.items():
        last = (-1, -1)
        for start, end in sorted(intervals):
            if start <= last[1]:
                last = (last[0], max(last[1], end))
                joined[-1] = (name, *last)
            else:
                last = (start, end)
                joined.append((name, start, end))
    return joined


if __name__ == "__main__":
    ending.end(main)
