"""The same change has the same verdict, however a file writes it: terms, HGVS and the picked transcript."""

import random
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gas_engine import Bundle
from tests.engine.rewritten import Contig, Written, changes, forms
from tests.engine.workbench import Entry, rcrs, rcrs_sequence, run, small
from tests.support.vcf_files import vcf

_PAIRS = str.maketrans("ACGT", "TGCA")
_OF_THE_RECORD = ("Allele", "ALLELE_NUM")
"""Fields that name the allele as its record writes it."""


@cache
def _spliced() -> tuple[Bundle, Contig]:
    """A contig with the same gene of three exons on either strand; its codons repeat, so that much can be shifted."""
    chance = random.Random(7)
    coding = "ATG" + "".join(chance.choices(["GCA", "GCA", "CAG", "CAG", "AAA", "GAT", "CTT"], k=45)) + "TAA"
    exons = ["CACCACC" + coding[:50], coding[50:100], coding[100:] + "TTTTAACAAC"]
    introns = ["GTAAGT" + "".join(chance.choices("ACGT", k=60)) + "TTTTCAG" for _ in range(2)]
    pieces = [exons[0], introns[0], exons[1], introns[1], exons[2]]
    gene, before = "".join(pieces), "".join(chance.choices("ACGT", k=100))
    ends = [sum(len(piece) for piece in pieces[: number + 1]) for number in range(5)]
    whole = [(0, ends[0]), (ends[1], ends[2]), (ends[3], ends[4])]
    parts = [(7, ends[0], 0), (ends[1], ends[2], 1), (ends[3], ends[4] - 10, 2)]
    rows = []
    for strand, start in (("+", len(before)), ("-", 2 * len(before) + len(gene))):
        name = "P" if strand == "+" else "M"

        def place(low: int, high: int, start: int = start, strand: str = strand) -> str:
            if strand == "-":
                low, high = len(gene) - high, len(gene) - low
            return f"{start + low + 1} {start + high}"

        rows += [
            f"1 . gene {place(0, len(gene))} . {strand} . ID=gene:{name};Name={name};biotype=protein_coding",
            f"1 . mRNA {place(0, len(gene))} . {strand} . ID=transcript:{name}1;Parent=gene:{name};transcript_id={name}1",
            *(f"1 . exon {place(low, high)} . {strand} . Parent=transcript:{name}1" for low, high in whole),
            *(
                f"1 . CDS {place(low, high)} . {strand} {phase} ID=CDS:{name};Parent=transcript:{name}1"
                for low, high, phase in parts
            ),
        ]
    sequence = before + gene + before + gene.translate(_PAIRS)[::-1] + before
    return small(sequence, rows), Contig("1", sequence)


def _verdicts(bundle: Bundle, contig: Contig, records: list[Written]) -> list[list[Entry]]:
    """What the engine says of the change of each record."""
    content = vcf(*(record.row(contig.name) for record in records))
    with TemporaryDirectory() as folder:
        entries = run(content, Path(folder), bundle=bundle).entries()
    return [
        [
            {key: value for key, value in entry.items() if key not in _OF_THE_RECORD}
            for entry in found
            if entry["ALLELE_NUM"] == str(record.index + 1)
        ]
        for record, found in zip(records, entries, strict=True)
    ]


def _same(bundle: Bundle, contig: Contig, low: int, high: int, seed: int) -> None:
    """All forms of some changes, among each other in one file, each of them twice."""
    chance = random.Random(seed)
    wanted = changes(chance, contig, low, high, 4)
    told = [
        (change, name, record) for change in wanted for name, record in forms(chance, contig, change).items()
    ]
    chance.shuffle(told)
    verdicts = _verdicts(bundle, contig, [record for _, _, record in told] * 2)
    plain = {
        change: verdict for (change, name, _), verdict in zip(told, verdicts, strict=False) if name == "plain"
    }
    for (change, name, record), verdict in zip(told * 2, verdicts, strict=True):
        assert verdict == plain[change], (change, name, record)
        assert [entry["PICK"] for entry in verdict].count("1") == 1, (change, name, record)


@given(st.integers(0, 2**32))
def test_spliced_genes(seed: int) -> None:
    """On both strands, at borders of exons, and in repeats of codons."""
    bundle, contig = _spliced()

    _same(bundle, contig, 60, len(contig.bases) - 70, seed)


@given(st.integers(0, 2**32))
def test_the_mitochondrion(seed: int) -> None:
    """Genes that overlap and lie side by side."""
    _same(rcrs(), Contig("MT", rcrs_sequence(), circular=True), 100, 16_400, seed)


@pytest.mark.parametrize("seed", range(8))
def test_across_the_origin(seed: int) -> None:
    """Where a circular contig begins, shifting goes on."""
    length = len(rcrs_sequence())

    _same(rcrs(), Contig("MT", rcrs_sequence(), circular=True), length - 20, length + 20, seed)
