"""Writes synthetic sources of known variants as dense as the real ones, and a person's file that knows most of them.

python -m dev.measure.bench.sources genome.fa FOLDER [--frequencies 100000000] [--known 3500000]
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pysam

from dev import ending

GENOME_BASES = 3_100_000_000
FREQUENCIES, KNOWN = 100_000_000, 3_500_000
"""Rows of gnomAD and of ClinVar on a human genome, by which a smaller sequence gets its share."""

PERSON = 4_500_000
"""Records of one person's genome; 95 of 100 are in gnomAD, and a row in a hundred is in ClinVar."""

_BASES = "ACGT"
_SIGNIFICANCE = ("Benign", "Likely_benign", "Uncertain_significance", "Likely_pathogenic", "Pathogenic")
_STEP = 2_000_000


@dataclass(frozen=True)
class Share:
    """How much is written."""

    frequencies: int
    known: int
    person: int

    @classmethod
    def of(cls, bases: int) -> "Share":
        """As much as a sequence of this length has of the genome's."""
        part = bases / GENOME_BASES
        return cls(int(FREQUENCIES * part), int(KNOWN * part), int(PERSON * part))


@dataclass(frozen=True)
class Files:
    """What was written."""

    frequencies: Path
    known: Path
    person: Path


def write(fasta: Path, folder: Path, share: Share | None = None, seed: int = 11) -> Files:
    """Write gnomad.v4.1.vcf.gz, clinvar.vcf.gz and person.vcf.gz over the sequences of a FASTA file."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(folder / "gnomad.v4.1.vcf.gz", folder / "clinvar.vcf.gz", folder / "person.vcf.gz")
    with pysam.FastaFile(str(fasta)) as genome:
        lengths = dict(zip(genome.references, genome.lengths, strict=True))
        wanted = share or Share.of(sum(lengths.values()))
        contigs = [f"##contig=<ID={name},length={length}>" for name, length in lengths.items()]
        with (
            pysam.BGZFile(str(files.frequencies), "wb") as frequencies,
            pysam.BGZFile(str(files.known), "wb") as known,
            pysam.BGZFile(str(files.person), "wb") as person,
        ):
            _head(
                frequencies,
                contigs,
                ["AF,Number=A,Type=Float", "AF_grpmax,Number=A,Type=Float", "nhomalt,Number=A,Type=Integer"],
            )
            names = ["CLNSIG,Number=.,Type=String", "CLNDN,Number=.,Type=String", "RS,Number=.,Type=String"]
            _head(known, ["##source=ClinVar", "##fileDate=2026-11-01", *contigs], names)
            _head(person, contigs, ["DP,Number=1,Type=Integer"])
            for number, (name, length) in enumerate(lengths.items()):
                part = length / sum(lengths.values())
                here = Share(
                    int(wanted.frequencies * part), int(wanted.known * part), int(wanted.person * part)
                )
                _Contig(name, genome.fetch(name).upper(), here, np.random.default_rng([seed, number])).write(
                    frequencies, known, person
                )
    return files


def _head(file: IO[bytes], lines: list[str], infos: list[str]) -> None:
    declared = [f'##INFO=<ID={info},Description="Synthetic">' for info in infos]
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
    file.write(("\n".join(["##fileformat=VCFv4.2", *lines, *declared, columns]) + "\n").encode())


@dataclass
class _Contig:
    name: str
    bases: str
    share: Share
    dice: np.random.Generator

    def write(self, frequencies: IO[bytes], known: IO[bytes], person: IO[bytes]) -> None:
        """Rows by position, a stretch at a time."""
        length = len(self.bases)
        for start in range(0, length, _STEP):
            end = min(length, start + _STEP)
            count = int(self.share.frequencies * (end - start) / length)
            if count == 0 or end - start < 100:  # noqa: PLR2004 - too short for an allele
                continue
            places = np.sort(self.dice.integers(start, max(start + 1, end - 40), count)).tolist()
            kinds = self.dice.random(count).tolist()
            counts = (1 / self.dice.random(count) ** 1.2).astype(int).tolist()
            numbers = self.dice.integers(140_000, 152_312, count).tolist()
            choice = self.dice.random(count).tolist()
            in_known = self.share.known / max(1, self.share.frequencies)
            in_person = 0.95 * self.share.person / max(1, self.share.frequencies)
            rows, known_rows, person_rows = [], [], []
            for place, kind, seen, total, luck in zip(places, kinds, counts, numbers, choice, strict=True):
                ref, alt = self._alleles(place, kind)
                frequency = min(seen, total) / total
                text = f"{self.name}\t{place + 1}\t.\t{ref}\t{alt}\t.\tPASS\t"
                rows.append(
                    f"{text}AC={seen};AN={total};AF={frequency:.6g};AF_grpmax={min(1, 1.7 * frequency):.6g};nhomalt={seen // 50}\n"
                )
                if luck < in_known or (luck > 0.5 and luck - 0.5 < in_known / 20):  # noqa: PLR2004 - another draw
                    known_rows.append(self._known(text, place, total))
                if luck > 1 - in_person or luck < in_known / 20:
                    person_rows.append(f"{text}DP={total % 60}\n")
                elif luck > 1 - 1.05 * in_person:
                    person_rows.append(
                        f"{self.name}\t{place + 3}\t.\t{self.bases[place + 2]}\t{self._other(place + 2)}\t.\tPASS\tDP=9\n"
                    )
            frequencies.write("".join(rows).encode())
            known.write("".join(known_rows).encode())
            person.write("".join(person_rows).encode())

    def _other(self, place: int) -> str:
        return _BASES[(_BASES.find(self.bases[place]) + 1) % 4]

    def _alleles(self, place: int, kind: float) -> tuple[str, str]:
        """Of a hundred rows 90 are single bases, five deletions, four short insertions and one is a long one."""
        base = self.bases[place]
        if kind < 0.9:  # noqa: PLR2004 - shares
            return base, _BASES[(_BASES.find(base) + 1 + int(kind * 1e4) % 3) % 4]
        if kind < 0.95:  # noqa: PLR2004 - shares
            return self.bases[place : place + 2 + int(kind * 1e5) % 12], base
        if kind < 0.99:  # noqa: PLR2004 - shares
            return base, base + _BASES[int(kind * 1e4) % 4] + ("" if kind < 0.97 else "CA")  # noqa: PLR2004 - shares
        return base, base + "ACGTTGCA" * (1 + int(kind * 1e5) % 5)

    def _known(self, text: str, place: int, total: int) -> str:
        columns = text.split("\t")
        columns[2] = str(place % 3_000_000)
        disease = f"Synthetic_disease_{place % 20_000}|not_provided"
        return (
            "\t".join(columns) + f"CLNSIG={_SIGNIFICANCE[total % 5]};CLNDN={disease};RS={1_000_000 + place}\n"
        )


def main() -> None:
    """Write the files into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fasta", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--frequencies", type=int)
    parser.add_argument("--known", type=int)
    parser.add_argument("--person", type=int)
    wanted = parser.parse_args()
    asked = (wanted.frequencies, wanted.known, wanted.person)
    share = None if None in asked else Share(*asked)
    for path in vars(write(wanted.fasta, wanted.folder, share)).values():
        print(path)


if __name__ == "__main__":
    ending.end(main)
