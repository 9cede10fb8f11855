"""What the beginning of an uploaded file says of its reference, as the command reads it of a local one."""

import gzip
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gas.domain.file_header import MOST_CONTIGS, START_BYTES, header_facts
from gas.domain.reference_choice import HeaderContig, HeaderFacts
from gas_cli.header import header_facts as facts_for_the_command
from tests.support.file_headers import COLUMNS, HEADER

EXPECTED = HeaderFacts(
    (
        HeaderContig("chr1", 248_956_422),
        HeaderContig("chrM", 16_569),
        HeaderContig("chrUn"),
        HeaderContig("HLA-A*01:01:01:01"),
    ),
    ("file:///ref/hg38.fa", "GRCh38"),
)


def bcf(header: str) -> bytes:
    """A BCF of that header, with something binary behind it."""
    length = (len(header) + 1).to_bytes(4, "little")
    return b"BCF\x02\x02" + length + header.encode() + b"\0" + bytes(range(256))


@pytest.mark.parametrize(
    "start",
    [
        HEADER.encode(),
        b"##x=".ljust(START_BYTES - len(HEADER) - 16, b"x") + b"\n" + HEADER.encode() + b"##contig=<ID=ch",
        (HEADER + COLUMNS + "chr7\t1\t.\tA\tC\t.\t.\t.\n").encode(),
        HEADER.replace("\n", "\r\n").encode(),
        gzip.compress(HEADER.encode()),
        gzip.compress(HEADER.encode()) + b"\x1f\x8b\x08\x00junk",
        bcf(HEADER + COLUMNS),
        gzip.compress(bcf(HEADER + COLUMNS)),
        b"".join(gzip.compress(HEADER.encode()[at : at + 50]) for at in range(0, len(HEADER), 50)),
    ],
    ids=["plain", "cut", "records", "Windows", "gzip", "damaged", "BCF", "packed BCF", "bgzip"],
)
def test_contigs_and_words_are_read(start: bytes) -> None:
    """However the file is written."""
    assert header_facts(start) == EXPECTED


def test_records_tell_contigs_where_the_header_does_not() -> None:
    """Names without lengths, each once."""
    records = "".join(f"chr{n % 3}\t{n + 1}\t.\tA\tC\t.\t.\t.\n" for n in range(9))

    facts = header_facts(f"##fileformat=VCFv4.2\n{COLUMNS}{records}".encode())

    assert facts == HeaderFacts(tuple(HeaderContig(f"chr{n}") for n in range(3)), ())


@pytest.mark.parametrize(
    "start", [b"", b"x", b"\x1f\x8b\x08\x00junk", b"\xff\xfe##\n", b"BCF\x02\x02", b"BCF\x02\x02\0\0\0\0##x"]
)
def test_what_says_nothing(start: bytes) -> None:
    """It is not for the choice to judge a file: its annotator does."""
    assert header_facts(start) == HeaderFacts()


def test_a_header_without_an_end_is_no_burden() -> None:
    """No more is unpacked than a header has, and no more contigs are held against a reference than a request may name."""
    many = "".join(f"##contig=<ID=c{n},length={n + 1}>\n" for n in range(MOST_CONTIGS * 2))
    bomb = gzip.compress(HEADER.encode() + b"##x=" + bytes(64 * START_BYTES))

    assert len(header_facts(many.encode()).contigs) == MOST_CONTIGS
    assert header_facts(bomb) == EXPECTED
    assert header_facts(gzip.compress(HEADER.encode()) + gzip.compress(b"") * 20_000) == EXPECTED
    assert header_facts(f"##contig=<ID=c,length={'9' * 5000}>\n".encode()).contigs == (HeaderContig("c"),)


@pytest.mark.parametrize(
    "start",
    [
        gzip.compress(b"\n" * START_BYTES),
        b"\n" * START_BYTES,
    ],
    ids=["packed lines", "empty lines"],
)
def test_what_says_nothing_is_not_split_into_lines(start: bytes) -> None:
    """A million of them come in a kilobyte, and cost a fifth of a second."""
    tracemalloc.start()
    try:
        header_facts(start)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 10 * START_BYTES


@pytest.mark.parametrize(
    "start",
    [
        b"##contig=\n" * 10_000 + HEADER.encode(),
        gzip.compress(b"\n") * 1_000 + gzip.compress(HEADER.encode()),
        gzip.compress(HEADER.encode()[:100]) + gzip.compress(b"") * 1_000 + gzip.compress(b"x"),
    ],
    ids=["lines", "parts", "a line in two parts"],
)
def test_so_many_lines_and_parts_are_looked_at(start: bytes) -> None:
    """What is behind them is not, and a line that is not known to its end is not told."""
    assert [contig.name for contig in header_facts(start).contigs] == []


def test_what_is_behind_the_columns_is_no_header() -> None:
    """As for pages and the command."""
    assert header_facts(f"{COLUMNS}##contig=<ID=x,length=7>\n".encode()).contigs == (
        HeaderContig("##contig=<ID=x,length=7>"),
    )


LINES = st.lists(
    st.sampled_from(
        [
            "##fileformat=VCFv4.2",
            "##reference=hg38.fa",
            "##reference=",
            "##assembly=x,y",
            "##contig=<ID=chr1,length=7>",
            "##contig=<ID=chr1,length=8>",
            '##contig=<ID="chr 2",length=07,assembly=B36>',
            "##contig=<length=5>",
            "##contig=<ID=,length=5>",
            "##contig=<ID=chr3,length=-1>",
            "##contig",
            '##INFO=<ID=X,Description="a, length=9">',
            "##contig=<ID=chr4,length=٣>",
            COLUMNS.strip(),
            "chr5\t1\t.\tA\tC\t.\t.\t.",
            "\t",
            "",
        ]
    ),
    max_size=12,
)


@given(lines=LINES, end=st.booleans(), packed=st.booleans())
def test_the_command_reads_the_same(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], *, end: bool, packed: bool
) -> None:
    """So the same file gets the same reference, whoever has its header read."""
    content = ("\n".join(lines) + "\n" * end).encode()
    path = tmp_path_factory.mktemp("vcf") / "a.vcf"
    path.write_bytes(gzip.compress(content) if packed else content)

    facts, told = header_facts(path.read_bytes()), facts_for_the_command(Path(path))

    assert {contig.name: contig.length for contig in facts.contigs} == told["contigs"]
    assert list(facts.texts) == told["texts"]
