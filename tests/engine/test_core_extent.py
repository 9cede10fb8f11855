"""How far a record reaches, for the index that is written beside a result: what VCF 4.5 calls its length on the reference."""

import gzip
import struct
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pysam
import pytest

from gas_engine import Bundle, Result
from tests.engine.workbench import Outcome, run, small
from tests.support.vcf_files import COLUMNS, vcf

_STRETCH = 1 << 14
"""Bases of one entry of TBI's linear index."""

_BORDER = 2 * _STRETCH
_LAST = (_BORDER, _BORDER + 1)
"""Last bases, counted from 1, of which one lies in the second stretch and the other in the third."""

_DECLARED = (
    "##fileformat=VCFv4.5",
    "##contig=<ID=1,length=80000>",
    *(
        f'##INFO=<ID={key},Number={number},Type=Integer,Description="{key}">'
        for key, number in (("END", "1"), ("SVLEN", "A"))
    ),
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="Length of the block">',
)
_SAMPLES = f"{COLUMNS}\tFORMAT\tA\tB"


@cache
def _bundle() -> Bundle:
    """A contig of 80,000 bases; POS 150 is a C."""
    gene = ("1 t gene 101 520 . + . ID=gene1;Name=P", "1 t mRNA 101 520 . + . ID=rna1;Parent=gene1")
    return small("ACGT" * 20_000, (*gene, "1 t exon 101 520 . + . ID=e1;Parent=rna1"))


def _annotated(folder: Path, *rows: str, head: Sequence[str] = _DECLARED) -> Outcome:
    samples = len(rows[0].split(" ")) > len(COLUMNS.split("\t"))
    return run(vcf(*rows, head=head, columns=_SAMPLES if samples else COLUMNS), folder, bundle=_bundle())


def _stretches(outcome: Outcome) -> int:
    """How many stretches of the contig the linear index of a TBI tells of: the last one is the last that a record reaches."""
    index = gzip.decompress(outcome.annotation.files[Result.INDEX].read_bytes())
    at = 36 + struct.unpack_from("<i", index, 32)[0]
    [bins] = struct.unpack_from("<i", index, at)
    at += 4
    for _ in range(bins):
        _, chunks = struct.unpack_from("<Ii", index, at)
        at += 8 + 16 * chunks
    return int(struct.unpack_from("<i", index, at)[0])


_BY_HTSLIB = {
    "REF": "1 150 . {bases} A . . .",
    "END": "1 150 . C <DEL> . . END={last}",
    "END of a block": "1 150 . C . . . END={last}",
    "SVLEN of a deletion": "1 150 . C <DEL> . . SVLEN={length}",
    "a negative SVLEN": "1 150 . C <DEL> . . SVLEN=-{length}",
    "a subtype": "1 150 . C <DEL:ME> . . SVLEN={length}",
    "a duplication": "1 150 . C <DUP> . . SVLEN={length}",
    "a tandem duplication": "1 150 . C <DUP:TANDEM> . . SVLEN={length}",
    "an inversion": "1 150 . C <INV> . . SVLEN={length}",
    "a copy number": "1 150 . C <CNV> . . SVLEN={length}",
    "a tandem repeat": "1 150 . C <CNV:TR> . . SVLEN={length}",
    "the longest allele": "1 150 . C <DEL>,<DUP>,<INV> . . SVLEN=5,{length},40",
    "the last allele": "1 150 . C A,<INS>,<DEL> . . SVLEN=.,9,{length}",
    "SVLEN beyond END": "1 150 . C <DEL> . . END=300;SVLEN=-{length}",
    "END beyond SVLEN": "1 150 . C <DEL> . . SVLEN=-20;END={last}",
    "END of an allele without SVLEN": "1 150 . C <DEL>,<DUP> . . SVLEN=20,.;END={last}",
    "LEN of a block": "1 150 . C <*> . . . GT:LEN 0/0:{block} 0/0:7",
    "LEN of the longest block": "1 150 . C <*> . . . LEN 12 {block}",
    "LEN of GATK's blocks": "1 150 . C <NON_REF> . . . GT:LEN ./. 0/0:{block}",
    "LEN beside an allele": "1 150 . C A,<*> . . . GT:LEN 0/1 0/0:{block}",
    "LEN beyond END": "1 150 . C <*> . . END=200 LEN:GT {block}:0/0 12:0/0",
}
"""Rows that reach to `last` by VCF 4.5, and by htslib 1.24 as well."""

_BY_THE_RULE = {
    "no copy": "1 150 . C <CN0> . . SVLEN={length}",
    "no copy, as VCF 4.2 wrote it": "1 150 . C <CN=0> . . SVLEN={length}",
    "two copies": "1 150 . C <CN0>,<CN2> . . SVLEN=30,{length}",
}
"""Rows with alleles that htslib takes for no structural ones."""


def _filled(row: str, last: int) -> str:
    bases = ("ACGT" * 20_000)[149:last] if "{bases}" in row else ""
    return row.format(last=last, length=last - 150, block=last - 149, bases=bases)


@pytest.mark.parametrize("last", _LAST)
@pytest.mark.parametrize(
    "row", [*_BY_HTSLIB.values(), *_BY_THE_RULE.values()], ids=[*_BY_HTSLIB, *_BY_THE_RULE]
)
def test_the_index_reaches_to_a_record_s_last_base(tmp_path: Path, row: str, last: int) -> None:
    """The largest of what REF, END, SVLEN of each allele and LEN of each sample say."""
    outcome = _annotated(tmp_path, _filled(row, last))

    assert _stretches(outcome) == (last - 1) // _STRETCH + 1


@pytest.mark.parametrize("row", _BY_HTSLIB.values(), ids=_BY_HTSLIB)
def test_a_query_up_to_the_last_base_finds_the_record(tmp_path: Path, row: str) -> None:
    """As readers ask that go by htslib: for two bases, since it counts SVLEN from POS there, and not from the base behind it.

    The record that it hands out ends with the same base as here.
    """
    last = _BORDER + 2
    outcome = _annotated(tmp_path, _filled(row, last), "1 151 . G A . . . . . .")

    with pysam.VariantFile(str(outcome.annotation.files[Result.VCF])) as result:
        found = [(record.pos, record.stop) for record in result.fetch("1", last - 2, last)]
        behind = list(result.fetch("1", last, last + 1))
    assert found == [(150, last)]
    assert behind == []


@pytest.mark.parametrize("version", ["4.2", "4.5"])
@pytest.mark.parametrize("row", ["END beyond SVLEN", "SVLEN beyond END"])
def test_the_farthest_counts_whatever_the_version(tmp_path: Path, row: str, version: str) -> None:
    """Which of both is an allele's extent depends on the version; readers go by either, and find the record."""
    head = (f"##fileformat=VCFv{version}", *_DECLARED[1:])

    outcome = _annotated(tmp_path, _filled(_BY_HTSLIB[row], 40_000), head=head)

    assert _stretches(outcome) == 3


@pytest.mark.parametrize(
    "row",
    {
        "bases of an insertion": "1 150 . C <INS> . . SVLEN=40000",
        "SVLEN of an allele of bases": "1 150 . C A . . SVLEN=40000",
        "of another allele": "1 150 . C A,<DEL> . . SVLEN=40000,9",
        "of a breakend": "1 150 . C C[1:40000[ . . SVLEN=40000",
        "an unknown symbol": "1 150 . C <STR30> . . SVLEN=40000",
        "a word": "1 150 . C <DEL> . . SVLEN=x40000;END=y",
        "a fraction": "1 150 . C <DEL> . . SVLEN=4e4;END=.",
        "too many digits": f"1 150 . C <DEL> . . SVLEN={'9' * 40}",
        "nothing": "1 150 . C <DEL> . . SVLEN=;END=",
        "a flag": "1 150 . C <DEL> . . SVLEN;END",
        "no value left": "1 150 . C <DEL>,<DEL>,<DEL> . . SVLEN=7,",
        "LEN without a block": "1 150 . C <DEL> . . SVLEN=9 LEN 40000 40000",
        "another field": "1 150 . C <*> . . . GT:XLEN 0/0:40000 0/0:40000",
        "a field that is cut": "1 150 . C <*> . . . GT:LEN 0/0 .",
        "a word for a length": "1 150 . C <*> . . . GT:LEN 0/0:4e4 0/0:.",
        "no samples": "1 150 . C <*> . . . GT:LEN",
        "nothing behind INFO": "1 150 . C <*> . . .",
    }.values(),
)
def test_what_says_nothing_of_the_reference_is_left_out(tmp_path: Path, row: str) -> None:
    """SVLEN of inserted bases, and values that are no numbers: the record reaches as far as its other words say."""
    outcome = _annotated(tmp_path, row)

    assert _stretches(outcome) == 1


@pytest.mark.parametrize("told", ["END=9999999999", "SVLEN=9999999999", "SVLEN=-9999999999"])
def test_a_length_beyond_everything_costs_no_index(tmp_path: Path, told: str) -> None:
    """It reaches to the contig's end; every other record is found as ever."""
    outcome = _annotated(tmp_path, f"1 150 . C <DEL> . . {told}", "1 40001 . A C . . .")

    assert _stretches(outcome) == 80_000 // _STRETCH + 1
    with pysam.TabixFile(str(outcome.annotation.files[Result.VCF])) as result:
        assert [row.split("\t")[1] for row in result.fetch("1", 40_000, 40_001)] == ["150", "40001"]
