"""Makes the demo's input files from the rCRS bundle: always the same bytes.

python -m dev.run.up.inputs FOLDER
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

from dev.ending import end
from gas_annotator.engine import Reference, load_reference

FREE_RECORDS = 350
PREMIUM_RECORDS = 120

KNOWN_VARIANTS = (
    (3243, "A", "G"),
    (3399, "A", "G"),
    (3460, "G", "A"),
    (3564, "A", "G"),
    (8993, "T", "G"),
    (11778, "G", "A"),
    (14484, "T", "C"),
)
"""Well-known mitochondrial variants whose consequences every demo can be checked against."""

_SEED = 11_778
_HEADER = """\
##fileformat=VCFv4.2
##source=gas-demo
##reference=rCRS
##INFO=<ID=DP,Number=1,Type=Integer,Description="Read depth">
##INFO=<ID=AF,Number=A,Type=Float,Description="Share of reads with the alternative allele">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth">
"""
_BROKEN = """\
Sample,Chromosome,Position,Reference,Alternative,Depth
demo,MT,3243,A,G,812
demo,MT,8993,T,G,640
demo,MT,11778,G,A,
"""
_BROKEN_LINE = 5
_TRANSITIONS = {"A": "G", "G": "A", "C": "T", "T": "C"}
_DELETED_BASES = 3


def _change(sequence: str, position: int, dice: random.Random) -> tuple[str, str]:
    """A plausible change: mostly transitions, some transversions, few short insertions and deletions."""
    base = sequence[position - 1]
    kind = dice.random()
    if kind < 0.85:  # noqa: PLR2004 - shares of the kinds of change, about as in real mitochondria
        return base, _TRANSITIONS[base]
    if kind < 0.95:  # noqa: PLR2004 - as above
        return base, dice.choice(sorted(set("ACGT") - {base, _TRANSITIONS[base]}))
    if kind < 0.98:  # noqa: PLR2004 - as above
        return base, base + dice.choice("ACGT")
    return sequence[position - 1 : position - 1 + _DELETED_BASES], base


def _sites(reference: Reference, count: int, dice: random.Random) -> list[tuple[int, str, str]]:
    """So many sites in the order of their positions, the known variants among them, no position twice."""
    sequence = reference.sequence.decode("ascii")
    taken = {position for position, _, _ in KNOWN_VARIANTS}
    free = [
        p
        for p in range(1, reference.length - _DELETED_BASES)
        if p not in taken and "N" not in sequence[p - 1 : p + 2]
    ]
    drawn = dice.sample(free, count - len(KNOWN_VARIANTS))
    return sorted([*KNOWN_VARIANTS, *((p, *_change(sequence, p, dice)) for p in drawn)])


def _vcf(reference: Reference, contig: str, samples: tuple[str, ...], count: int, seed: int) -> Iterator[str]:
    """The lines of one VCF file."""
    dice = random.Random(seed)  # noqa: S311 - the files must be the same each time, not secret
    yield _HEADER + f"##contig=<ID={contig},length={reference.length}>\n"
    names = "".join(f"\t{sample}" for sample in samples)
    yield f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT{names}\n"
    for position, before, after in _sites(reference, count, dice):
        depth, share = dice.randrange(80, 2000), dice.choice(("1.000", "0.998", "0.350", "0.072"))
        calls = "".join(f"\t{dice.choice(('0/1', '1/1', '0/0'))}:{dice.randrange(80, 2000)}" for _ in samples)
        yield (
            f"{contig}\t{position}\t.\t{before}\t{after}\t{dice.randrange(30, 100)}\tPASS"
            f"\tDP={depth};AF={share}\tGT:DP{calls}\n"
        )


def _broken(reference: Reference) -> Iterator[str]:
    """A VCF file into which rows of a spreadsheet were pasted: it goes wrong on a certain line."""
    lines = "".join(_vcf(reference, "MT", ("demo",), PREMIUM_RECORDS, _SEED + 2)).splitlines(keepends=True)
    first_record = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    cut = first_record + _BROKEN_LINE
    yield from lines[:cut]
    yield _BROKEN


def write_inputs(folder: Path) -> dict[str, Path]:
    """Write free.vcf, premium.vcf and broken.vcf into a folder, and say where each lies by its name without .vcf."""
    reference = load_reference("rCRS")
    files = {
        "free": _vcf(reference, "MT", ("demo",), FREE_RECORDS, _SEED),
        "premium": _vcf(reference, "chrM", ("mother", "child"), PREMIUM_RECORDS, _SEED + 1),
        "broken": _broken(reference),
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.vcf" for name in files}
    for name, lines in files.items():
        paths[name].write_text("".join(lines), encoding="ascii", newline="\n")
    return paths


def main() -> None:
    """Write the files and list them."""
    parser = argparse.ArgumentParser(description="Write the demo's input files.")
    parser.add_argument("folder", type=Path)
    for path in write_inputs(parser.parse_args().folder).values():
        print(path)


if __name__ == "__main__":
    end(main)
