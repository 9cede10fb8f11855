"""The engine against a second opinion that is written apart from it, and its two paths against each other.

`make oracle` does the same with whole chromosomes, and asks other programs too.
"""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from dev.measure.oracle.alleles import Allele, coding_snvs, every_snv, random_alleles
from dev.measure.oracle.compare import told
from dev.measure.oracle.genomes import Genome, genome
from dev.measure.oracle.opinion.codes import CODONS
from dev.measure.oracle.opinion.genes import reverse_complement
from dev.measure.oracle.trials import Bench

_INTRON = 60
_EXON = 40


def _gene(chance: random.Random, name: str, start: int, *, minus: bool, code: int) -> tuple[str, list[str]]:
    """Bases of a gene of four exons, with an open frame from ATG to its stop; and its rows, from a place on."""
    codons = [codon for codon, letter in CODONS[code].items() if letter != "*"]
    stops = [codon for codon, letter in CODONS[code].items() if letter == "*"]
    coding = "ATG" + "".join(chance.choices(codons, k=39)) + chance.choice(stops)
    message = "".join(chance.choices("ACGT", k=19)) + coding + "".join(chance.choices("ACGT", k=18))
    first, last = 19, 19 + len(coding)
    bases, exons, parts = "", [], []
    for begin in range(0, len(message), _EXON):
        piece = message[begin : begin + _EXON]
        low = len(bases)
        exons.append((low, low + len(piece)))
        inside = (max(first, begin), min(last, begin + len(piece)))
        if inside[0] < inside[1]:
            parts.append((low + inside[0] - begin, low + inside[1] - begin, -(inside[0] - first) % 3))
        bases += piece
        if begin + _EXON < len(message):
            bases += "GT" + "".join(chance.choices("ACGT", k=_INTRON - 4)) + "AG"
    if minus:
        exons = [(len(bases) - high, len(bases) - low) for low, high in exons]
        parts = [(len(bases) - high, len(bases) - low, phase) for low, high, phase in parts]
        bases = reverse_complement(bases)
    strand = "-" if minus else "+"

    def row(kind: str, low: int, high: int, attributes: str, phase: str = ".") -> str:
        return "\t".join(
            ["1", ".", kind, str(start + low + 1), str(start + high), ".", strand, phase, attributes]
        )

    rows = [
        row("gene", 0, len(bases), f"ID=gene:{name};Name={name};biotype=protein_coding"),
        row(
            "mRNA",
            0,
            len(bases),
            f"ID=transcript:{name}.1;Parent=gene:{name};transcript_id={name}.1;biotype=protein_coding",
        ),
        *(row("exon", low, high, f"Parent=transcript:{name}.1") for low, high in exons),
        *(
            row("CDS", low, high, f"ID=CDS:{name};Parent=transcript:{name}.1", str(phase))
            for low, high, phase in parts
        ),
    ]
    return bases, rows


def _made_up(folder: Path, seed: int, code: int) -> Genome:
    """A contig of eight spliced genes on both strands."""
    chance = random.Random(seed)
    bases, rows = "".join(chance.choices("ACGT", k=300)), ["##gff-version 3"]
    for number in range(8):
        more, told_rows = _gene(chance, f"G{number}", len(bases), minus=number % 2 == 1, code=code)
        bases += more + "".join(chance.choices("ACGT", k=200))
        rows += told_rows
    (folder / "made_up.fa").write_text(f">1\n{bases}\n", encoding="ascii")
    (folder / "made_up.gff3").write_text("\n".join(rows) + "\n", encoding="ascii")
    return Genome("made up", folder / "made_up.fa", folder / "made_up.gff3", code=code)


def _some(alleles: Iterable[Allele], count: int) -> Sequence[Allele]:
    return sorted(random.Random(5).sample(list(alleles), count))


def test_the_mitochondrion(tmp_path: Path) -> None:
    """Single bases, and insertions, deletions and complex alleles of all its transcripts: terms, HGVS c., n. and p."""
    bench = Bench(genome("MT"), tmp_path)

    agreement = bench.against_the_opinion("SNVs", _some(every_snv(bench.genome), 500))
    longer = bench.against_the_opinion("longer", random_alleles(bench.genome, 800, 9, snvs=False))

    assert agreement.unexplained == [], told(agreement)
    assert longer.unexplained == [], told(longer)
    assert longer.pairs.total() > 10_000


@pytest.mark.parametrize("code", [1, 2])
def test_spliced_genes(tmp_path: Path, code: int) -> None:
    """Random alleles in and around exons of both strands; what joins exon and intron has no second opinion."""
    bench = Bench(_made_up(tmp_path, seed=code, code=code), tmp_path / "bench")

    agreement = bench.against_the_opinion("all", random_alleles(bench.genome, 1500, 3, snvs=False))

    agreement.unexplained = [
        one for one in agreement.unexplained if one[1].theirs.terms != frozenset({"undecided"})
    ]
    assert agreement.unexplained == [], told(agreement)
    assert agreement.equal.total() > 5_000


def test_every_coding_base(tmp_path: Path) -> None:
    """Every change of a coding base against a map of coordinates and a table of codons."""
    bench = Bench(_made_up(tmp_path, seed=3, code=1), tmp_path / "bench")

    agreement = bench.coding_snvs()

    assert agreement.unexplained == [], told(agreement)
    assert agreement.pairs.total() == len(list(coding_snvs(bench.genome)))


@pytest.mark.parametrize("name", ["MT", "made up"])
def test_both_paths(tmp_path: Path, name: str) -> None:
    """A single base gives the same bytes on its own path and on the general one."""
    chosen = genome("MT") if name == "MT" else _made_up(tmp_path, seed=4, code=1)

    paths = Bench(chosen, tmp_path / "bench").paths()

    assert paths.shown == []
    assert paths.alleles > 2_000
