"""The engine against an oracle that works in another way, over whole genes of the mitochondrion: everything agrees."""

import random
from collections.abc import Iterator
from pathlib import Path

from tests.engine.oracle import Case, Gene, Verdict
from tests.engine.workbench import RCRS, Entry, rcrs_sequence, run
from tests.support.vcf_files import vcf

_NEAR = 3
_LENGTHS = (0, 1, 1, 2, 3, 3, 4, 5, 6, 9, 12)

Change = tuple[int, str, str]


def _genes() -> dict[str, Gene]:
    rows = [line.split("\t") for line in (RCRS / "genes.gff3").read_text(encoding="ascii").splitlines()]
    found = {}
    for row in rows:
        if len(row) > 8 and row[2] == "CDS":
            name = row[8].removeprefix("Parent=transcript:").removesuffix("-01")
            interval = (int(row[3]) - 1, int(row[4]))
            found[name] = Gene((interval,), interval, row[6] == "-", 2)
    return found


def _verdict(entry: Entry) -> Verdict:
    return Verdict(
        frozenset(entry["Consequence"].split("&")),
        entry["HGVSc"].split(":")[-1],
        entry["HGVSp"].split(":")[-1].replace("%3D", "="),
    )


def _disagreements(folder: Path, changes: list[Change]) -> Iterator[str]:
    """What differs, of every change on every gene that it touches."""
    contig, genes = rcrs_sequence(), _genes()
    outcome = run(vcf(*(f"MT {start + 1} . {ref} {alt} . . ." for start, ref, alt in changes)), folder)
    pairs = 0
    for (start, ref, alt), entries in zip(changes, outcome.entries(), strict=True):
        told = {entry["SYMBOL"]: entry for entry in entries if not entry["DISTANCE"]}
        for name, gene in genes.items():
            if start + len(ref) < gene.coding[0] - _NEAR or start > gene.coding[1] + _NEAR:
                continue
            case = Case(contig, gene, start, ref, alt)
            if not case.within_one_exon or not case.touches_coding:
                continue
            pairs += 1
            expected, found = case.verdict(), _verdict(told[name])
            if found != expected:
                yield f"{name} {start + 1} {ref} {alt}: {found}, not {expected}"
    assert pairs > len(changes) // 3, "most of the changes must touch genes"


def test_single_bases(tmp_path: Path) -> None:
    """Every third base of the contig, changed into all others: terms, HGVS c. and HGVS p."""
    contig = rcrs_sequence()
    changes = [
        (start, contig[start], alt)
        for start in range(0, len(contig), 3)
        if contig[start] != "N"
        for alt in "ACGT"
        if alt != contig[start]
    ]

    assert list(_disagreements(tmp_path, changes)) == []


def _changes(count: int, seed: int) -> list[Change]:
    """Insertions, deletions and complex alleles, many of them at the borders of genes and in repeats."""
    contig, chance = rcrs_sequence(), random.Random(seed)
    genes = list(_genes().values())
    found: list[Change] = []
    while len(found) < count:
        low, high = chance.choice(genes).coding
        start = chance.choice(
            [
                chance.randrange(low - _NEAR, high + _NEAR),
                chance.randrange(low - _NEAR, low + 9),
                chance.randrange(high - 12, high + _NEAR),
            ]
        )
        size = chance.choice(_LENGTHS)
        gained = "".join(chance.choice("ACGT") for _ in range(chance.choice(_LENGTHS)))
        if chance.random() < 0.3:
            gained = contig[start + 1 : start + 1 + chance.choice([1, 2, 3, 6])] * chance.choice([1, 2])
        ref, alt = chance.choice(
            [
                (contig[start], contig[start] + (gained or "A")),
                (contig[start : start + size + 2], contig[start]),
                (contig[start : start + max(1, size)], gained or "G"),
            ]
        )
        if ref != alt and "N" not in ref + alt:
            found.append((start, ref, alt))
    return found


def test_insertions_deletions_and_complex_alleles(tmp_path: Path) -> None:
    """Thousands of them at random: terms, HGVS c. and HGVS p."""
    assert list(_disagreements(tmp_path, _changes(4000, seed=11))) == []
