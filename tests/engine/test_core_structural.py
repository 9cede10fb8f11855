"""Alleles that are told by a symbol and an interval, and what an index knows of them."""

import time
from pathlib import Path

import pysam
import pytest

from gas_engine import Choices, Limits, Result, Tag
from tests.engine.workbench import rcrs_bases, run, small
from tests.support.vcf_files import vcf

GENE = (
    "1 t gene 101 520 . + . ID=gene1;Name=P",
    "1 t mRNA 101 520 . + . ID=rna1;Parent=gene1",
    "1 t exon 101 520 . + . ID=e1;Parent=rna1",
    "1 t CDS 121 420 . + 0 ID=c1;Parent=rna1",
)


def test_every_entry_of_ann_has_the_fields_that_the_header_declares(tmp_path: Path) -> None:
    """Of an allele between genes, too."""
    bundle = small("ACGT" * 5_000, GENE)
    rows = (f"1 {place} . {'ACGT'[(place - 1) % 4]} {'ACGT'[place % 4]} . . ." for place in (150, 9_000))

    outcome = run(vcf(*rows), tmp_path, bundle=bundle, choices=Choices(tag=Tag.BOTH))

    entries = [
        entry
        for record in outcome.records
        for part in record[7].split(";")
        if part.startswith("ANN=")
        for entry in part.removeprefix("ANN=").split(",")
    ]
    assert len(entries) == 2
    assert {entry.count("|") for entry in entries} == {15}


def test_the_index_knows_blocks_without_alternatives(tmp_path: Path) -> None:
    """END counts whatever ALT says: a query in the middle of a block finds it, as by the index that htslib makes."""
    bundle = small("ACGT" * 20_000, GENE)

    outcome = run(vcf("1 150 . C . . PASS END=70000", "1 151 . G A . . ."), tmp_path, bundle=bundle)

    with pysam.VariantFile(str(outcome.annotation.files[Result.VCF])) as result:
        assert [record.pos for record in result.fetch("1", 60_000, 60_100)] == [150]


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("MT 16560 . {} <DEL> . . SVLEN=20", "m.16561_11del"),
        ("MT 16569 . {} <DEL> . . SVLEN=5", "m.1_5del"),
        ("MT 16569 . {} <DUP> . . SVLEN=1", "m.1dup"),
    ],
)
def test_a_symbol_across_the_origin_is_named_by_bases_that_there_are(
    tmp_path: Path, row: str, named: str
) -> None:
    """On a circular contig the base behind the last one is the first."""
    outcome = run(vcf(row.format(rcrs_bases(int(row.split()[1]), 1))), tmp_path)

    assert {entry["HGVSg"].partition(":")[2] for entry in outcome.entries()[0]} == {named}


@pytest.mark.parametrize(
    ("alt", "terms"),
    [
        ("<CN0>", "transcript_ablation"),
        ("<CN=0>", "transcript_ablation"),
        ("<CN2>", "transcript_amplification"),
    ],
)
def test_copy_numbers_that_are_a_loss_or_a_gain(tmp_path: Path, alt: str, terms: str) -> None:
    """As 1000 Genomes writes them, and VEP reads them (Parser.pm, get_SO_term)."""
    bundle = small("ACGT" * 500, GENE)

    outcome = run(vcf(f"1 99 . G {alt} . . END=560"), tmp_path, bundle=bundle)

    assert [entry["Consequence"] for entry in outcome.touched()[0]] == [terms]


_EXTENTS = {
    "END alone": ("<DUP>", "END=1300", (1300, 1300)),
    "SVLEN alone": ("<DUP>", "SVLEN=200", (1200, 1200)),
    "END or SVLEN": ("<DUP>", "END=1300;SVLEN=200", (1300, 1200)),
    "SVLEN or END": ("<DUP>", "SVLEN=500;END=1300", (1300, 1500)),
    "of a deletion": ("<DEL>", "END=1300;SVLEN=-200", (1300, 1200)),
    "of an inversion, 0 bases longer": ("<INV>", "END=1300;SVLEN=0", (1300, 1300)),
    "END for several alleles": ("<DUP>,<DEL>", "END=1300;SVLEN=200,.", (1200, 1200)),
    "SVLEN beyond the contig": ("<DEL>", "END=1300;SVLEN=-700", (1300, 1300)),
    "END beyond the contig": ("<DEL>", "END=1700;SVLEN=-300", (1300, 1300)),
    "END before POS": ("<DEL>", "END=900;SVLEN=-300", (1300, 1300)),
    "both beyond the contig": ("<DEL>", "END=1601;SVLEN=-601", (None, None)),
}
"""Rows at 1000 of 1600 bases: where the first allele ends by VCF 4.3, and by VCF 4.4."""


@pytest.mark.parametrize(("alt", "info", "ends"), _EXTENTS.values(), ids=_EXTENTS)
@pytest.mark.parametrize("version", ["4.0", "4.2", "4.3", "4.4", "4.5", "5.0"])
def test_how_far_an_allele_reaches(
    tmp_path: Path, alt: str, info: str, ends: tuple[int | None, int | None], version: str
) -> None:
    """Up to VCF 4.3 SVLEN is a difference of lengths and END the extent; from 4.4 on SVLEN is. What cannot be yields to the other."""
    bundle = small("A" * 1000 + "C" + "G" * 599, GENE)  # No allele that begins with the C can be moved.
    row = f"1 1000 . N {alt} . . {info}"

    outcome = run(vcf(row, head=(f"##fileformat=VCFv{version}",)), tmp_path, bundle=bundle)

    end = ends[version >= "4.4"]
    word = {"<DEL>": "del", "<INV>": "inv"}.get(alt, "dup")
    names = {entry["HGVSg"].partition(":")[2] for entry in outcome.entries()[0] if entry["ALLELE_NUM"] == "1"}
    assert names == (set() if end is None else {f"g.1001_{end}{word}"})
    assert ("unknown_end" in outcome.statistics["allele_problems"]) == (end is None)


def test_a_changed_number_of_copies_reaches_to_end(tmp_path: Path) -> None:
    """Its SVLEN may be how many bases more or fewer there are: a gene behind END is not touched, where END can be."""
    bundle = small("ACGT" * 400, [row.replace("101 ", "1401 ").replace("520 ", "1500 ") for row in GENE[:3]])

    outcome = run(
        vcf("1 1000 . N <CNV> . . END=1300;SVLEN=500", "1 1000 . N <CNV> . . SVLEN=500"),
        tmp_path,
        bundle=bundle,
    )

    assert [len(entries) for entries in outcome.touched()] == [0, 1]


@pytest.mark.parametrize("filling", ["END", "CIPOS", "x;", ";"])
def test_what_info_says_is_looked_for_once(tmp_path: Path, filling: str) -> None:
    """A thousand symbolic alleles beside a long INFO cost as much as one of them, and as a thousand beside a short one."""
    bundle, alleles = small("ACGT" * 400, GENE), ",".join(["<DEL>"] * 1000)
    lengths = f"SVLEN={','.join(['7'] * 1000)}"
    long = f";X={filling * (2**20 // len(filling))}"
    limits = Limits(max_line_bytes=2**26)

    def seconds(alt: str, info: str) -> float:
        content = vcf(f"1 100 . T {alt} . . {info}")
        before = time.thread_time()
        run(content, tmp_path, bundle=bundle, limits=limits)
        return time.thread_time() - before

    seconds("<DEL>", lengths)  # What is loaded once is loaded.
    parts = seconds("<DEL>", lengths + long) + seconds(alleles, lengths)

    assert seconds(alleles, lengths + long) < 4 * parts


def test_an_allele_that_no_entry_could_hold_costs_nothing(tmp_path: Path) -> None:
    """It is too large at once: each transcript would take its length several times."""
    limits = Limits(max_growth_bytes=1_000)

    outcome = run(vcf(f"MT 3460 . G G{'ACGT' * 300} . . ."), tmp_path, limits=limits)

    assert outcome.statistics["allele_problems"] == {"too_large": 1}


SPLIT = (
    "1 t gene 101 520 . {0} . ID=gene1;Name=P",
    "1 t mRNA 101 520 . {0} . ID=rna1;Parent=gene1",
    "1 t exon 101 160 . {0} . ID=e1;Parent=rna1",
    "1 t exon 261 320 . {0} . ID=e2;Parent=rna1",
    "1 t exon 421 520 . {0} . ID=e3;Parent=rna1",
    "1 t CDS 159 160 . {0} {1} ID=c1;Parent=rna1",
    "1 t CDS 261 320 . {0} {2} ID=c1;Parent=rna1",
    "1 t CDS 421 421 . {0} {3} ID=c1;Parent=rna1",
)
"""Start and stop codon are split by introns: two bases of one before the first, one base of the other behind the second."""

PHASES = {"+": (0, 1, 1), "-": (2, 2, 0)}
"""Of the parts of the CDS, by their place."""

CODONS = {"+": {159: "ATG", 319: "TAA"}, "-": {159: "TTA", 319: "CAT"}}
"""What stands at their places, the introns left out."""


def split_genes(strand: str) -> str:
    """A sequence without stops but these."""
    bases = list("GCA" * 700)
    for first, codon in CODONS[strand].items():
        for place, base in zip((first, first + 1, {159: 261, 319: 421}[first]), codon, strict=True):
            bases[place - 1] = base
    return "".join(bases)


@pytest.mark.parametrize(
    ("first", "last", "forward", "backward"),
    [
        (160, 163, "start_lost", "stop_lost"),
        (258, 261, "start_lost", "stop_lost"),
        (259, 262, "start_lost", "stop_lost"),
        (319, 322, "stop_lost", "start_lost"),
        (320, 321, "stop_lost", "start_lost"),
        (418, 421, "stop_lost", "start_lost"),
        (315, 318, "", ""),
        (262, 263, "", ""),
    ],
)
@pytest.mark.parametrize("as_symbol", [True, False])
def test_any_base_of_a_codon_that_starts_or_ends_counts(
    tmp_path: Path, first: int, last: int, forward: str, backward: str, *, as_symbol: bool
) -> None:
    """SO:0002012 and SO:0001578 ask for one base of the codon; an intron may lie in it (`first` to `last` are deleted)."""
    for strand, expected in (("+", forward), ("-", backward)):
        sequence = split_genes(strand)
        anchor, bases = sequence[first - 2], sequence[first - 2 : last]
        change = f"{anchor} <DEL> . . END={last}" if as_symbol else f"{bases} {anchor} . . ."
        bundle = small(sequence, [row.format(strand, *PHASES[strand]) for row in SPLIT])

        [[entry]] = run(vcf(f"1 {first - 1} . {change}"), tmp_path, bundle=bundle).touched()

        found = {"start_lost", "stop_lost"} & set(entry["Consequence"].split("&"))
        assert found == ({expected} if expected else set()), (strand, entry["Consequence"])
