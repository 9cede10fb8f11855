"""The files that an annotation writes: exact, complete, the same every time."""

import gzip
import json
import re
import tempfile
from pathlib import Path

import pysam
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gas.domain.keys import output_name
from gas.domain.outputs import Output
from gas_annotator.engine import EngineLimits, InputRefusedError, Task, planned
from gas_engine.task import NAME_BYTES
from tests.annotator.workbench import LIMITS, bases, rcrs, run
from tests.support.vcf_files import vcf

MANY = vcf(
    *(f"MT {position} . {bases(position, 1).decode()} A . PASS DP={position}" for position in range(100, 600))
)

texts = st.text(st.characters(codec="utf-8", exclude_characters="\t\n\r\0"), min_size=1, max_size=12)
infos = st.lists(
    st.sampled_from(["DP=3", "END=5", "X", "Y=a,b", "BaseQRankSum=-Infinity", "GAS=1"]), max_size=3
).map(lambda keys: ";".join(keys) or ".")
alternatives = st.lists(
    st.sampled_from(["A", "C", "GT", "<DEL>", "*", "t", "G[MT:9["]), min_size=1, max_size=3
)


@st.composite
def records(draw: st.DrawFn) -> str:
    """One record of a strange but sound file with two samples."""
    position = draw(st.integers(1, 16_569))
    length = draw(st.integers(1, 4))
    before = draw(st.sampled_from([bases(position, length).decode(), "A"]))
    columns = [
        draw(st.sampled_from(["MT", "chrM", "1", "weird contig"])),
        str(position),
        draw(texts),
        before,
        ",".join(draw(alternatives)),
        draw(st.sampled_from([".", "30", "-Infinity"])),
        draw(texts),
        draw(infos),
        "GT:AD",
        draw(texts),
        draw(texts),
    ]
    return "\t".join(columns)


ANCHOR = "NC_012920.1\t3460\tx\tG\tA\t.\t.\tDP=1\tGT:AD\t0\t1"


@settings(max_examples=40, deadline=None)
@given(st.lists(records(), max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
@example([], "\n", False, False)
def test_columns_stay_as_they_were(rows: list[str], end: str, final_newline: bool, packed: bool) -> None:  # noqa: FBT001
    """Every column but INFO is copied byte for byte, INFO starts with what it was, and no record is lost."""
    rows = [ANCHOR, *rows]  # One record lies on the reference in any case: else the file would be refused.
    text = end.join(["##fileformat=VCFv4.1", vcf_columns(), *rows]) + (end if final_newline else "")
    content = gzip.compress(text.encode()) if packed else text.encode()

    with tempfile.TemporaryDirectory() as folder:
        result = run(content, Path(folder))

    assert len(result.records) == len(rows)
    for row, found in zip(rows, result.records, strict=True):
        given_columns = row.split("\t")
        assert found[:7] + found[8:] == given_columns[:7] + given_columns[8:]
        original = "" if given_columns[7] == "." and found[7] != "." else given_columns[7]
        assert re.fullmatch(re.escape(original) + r"(;?CSQ=[^;]+)?", found[7])


def vcf_columns() -> str:
    """The line of column names with two samples."""
    return "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tmother\tchild"


def test_same_input_same_bytes(tmp_path: Path) -> None:
    """Two runs over one file write the same bytes into every file."""
    first = run(MANY, tmp_path)
    second = run(MANY, tmp_path)

    one, other = first.annotation.result.parent, second.annotation.result.parent
    assert [path.name for path in sorted(one.iterdir())] == [path.name for path in sorted(other.iterdir())]
    assert all(path.read_bytes() == (other / path.name).read_bytes() for path in one.iterdir())


def test_a_bcf_has_a_result_of_its_own_name(tmp_path: Path) -> None:
    """What the keys of a job's results say is what the engine writes."""
    plain, packed = tmp_path / "calls.vcf", tmp_path / "calls.bcf"
    plain.write_bytes(
        vcf("MT 3460 . G A . . .", head=("##fileformat=VCFv4.2", "##contig=<ID=MT,length=16569>"))
    )
    pysam.bcftools.view("-Ob", "-o", str(packed), str(plain), catch_stdout=False)

    result = run(packed.read_bytes(), tmp_path, name="calls.bcf")

    assert [record[1] for record in result.records] == ["3460"]
    assert result.annotation.result.name == output_name("calls.bcf", Output.RESULT.suffix)


def test_result_is_indexed(tmp_path: Path) -> None:
    """A sorted result can be asked for a region."""
    result = run(MANY, tmp_path)

    with pysam.TabixFile(str(result.annotation.result)) as file:
        rows = list(file.fetch("MT", 199, 201))
    assert [row.split("\t")[1] for row in rows] == ["200", "201"]


def test_result_is_read_by_htslib(tmp_path: Path) -> None:
    """The result of a declared file is a VCF file for other tools too."""
    head = (
        "##fileformat=VCFv4.2",
        "##contig=<ID=MT,length=16569>",
        '##INFO=<ID=DP,Number=1,Type=Integer,Description="d">',
    )

    result = run(vcf("MT 3460 . G A . PASS DP=4", head=head), tmp_path)

    with pysam.VariantFile(str(result.annotation.result)) as file:
        [record] = list(file)
    assert record.info["CSQ"][0].startswith("A|missense_variant|MODERATE|MT-ND1")
    assert record.info["DP"] == 4


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(["MT 3460 . G A . . .", "MT 150 . C T . . ."], id="positions fall"),
        pytest.param(
            ["MT 150 . C T . . .", "1 5 . A C . . .", "MT 3460 . G A . . ."], id="contig in two pieces"
        ),
    ],
)
def test_unsorted_input_has_no_index(tmp_path: Path, rows: list[str]) -> None:
    """Unsorted records keep their order and their consequences; the log says why there is no index."""
    result = run(vcf(*rows), tmp_path)

    assert result.annotation.index is None
    assert [record[1] for record in result.records] == [row.split()[1] for row in rows]
    assert [bool(entries) for entries in result.consequences] == [not row.startswith("1") for row in rows]
    assert "Index: none, because the records are not sorted by contig and position" in result.log


def test_log_has_the_original_lines_first(tmp_path: Path) -> None:
    """The log starts like the original service's, with a total that is right."""
    result = run(MANY, tmp_path)

    assert result.log[2] == "Total: 500"
    assert result.log[4:14] == [
        "Variants located:",
        *(
            f"In {place} {count}"
            for place, count in [
                (
                    "interGenic",
                    result.statistics["annotated_alleles"]
                    - result.statistics["consequences"]["non_coding_transcript_exon_variant"],
                ),
                ("CDS", 0),
                ("'3 UTR", 0),
                ("'5 UTR", 0),
                ("Intronic", 0),
                ("Non_coding_intronic", 0),
                ("Exonic", 0),
                (
                    "Non_coding_exonic",
                    result.statistics["consequences"]["non_coding_transcript_exon_variant"],
                ),
            ]
        ),
        "In Putative Promoter Region not looked up (reference rCRS has no such table)",
    ]


def test_problems_are_listed_with_their_lines(tmp_path: Path) -> None:
    """A wrong record does not lose the job: it is counted, listed and left as it was."""
    content = vcf(
        "MT 3460 . G A . . .",
        "MT 3461 . T A . . .",
        "7 3461 . T A . . .",
        "MT 99999 . T A . . .",
        "MT 3462 . Q A . . .",
        "MT 0 . T A . . .",
    )

    result = run(content, tmp_path)

    assert [bool(entries) for entries in result.consequences] == [True, False, False, False, False, False]
    assert result.statistics["problems"] == {
        "reference_mismatch": 1,
        "unknown_contig": 1,
        "position_outside": 2,
        "not_bases": 1,
    }
    assert "  line 4: reference_mismatch: MT 3461 T A: the reference has C" in result.log
    assert "  line 5: unknown_contig: 7 3461 T A" in result.log
    assert result.annotation.variants == 6


def test_only_the_first_problems_are_listed(tmp_path: Path) -> None:
    """Records of another genome are counted in full, and listed in twenty lines."""
    rows = ["MT 3460 . G A . . .", *(f"7 {position} . A C . . ." for position in range(1, 51))]

    result = run(vcf(*rows), tmp_path)

    assert result.statistics["problems"] == {"unknown_contig": 50}
    assert "The first 20 of them; all are in the file of problems:" in result.log
    assert sum("unknown_contig: " in line and "line " in line for line in result.log) == 20


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (9, 0), (10, 1), (99, 9), (1200, 100)])
def test_preview_is_short(tmp_path: Path, count: int, shown: int) -> None:
    """A preview holds at most a hundred records and at most a tenth of them."""
    rows = [f"MT {150 + number} . {bases(150 + number, 1).decode()} <DEL> . . ." for number in range(count)]

    result = run(vcf(*rows), tmp_path)

    assert len(result.preview["records"]) == shown
    assert result.preview["total_records"] == count


def test_preview_shows_consequences(tmp_path: Path) -> None:
    """A preview's record names what its alleles do."""
    result = run(vcf("MT 3460 . G A . . .", *["MT 3461 . C T . . ."] * 9), tmp_path)

    [record] = result.preview["records"]
    assert (record["chrom"], record["pos"]) == ("MT", "3460")
    assert record["consequences"][0]["hgvsp"] == "MT-ND1-01:p.Ala52Thr"


def test_statistics(tmp_path: Path) -> None:
    """Alleles are counted by class, impact and gene."""
    content = vcf(
        "MT 3460 . G A,C . . .", "MT 3243 . A G . . .", "MT 3310 . C CA . . .", "MT 3311 . C <DUP> . . ."
    )

    statistics = run(content, tmp_path).statistics

    assert statistics["classes"] == {"SNV": 3, "insertion": 1, "symbolic": 1}
    assert (statistics["transitions"], statistics["transversions"]) == (2, 1)
    assert statistics["transition_transversion_ratio"] == 2.0
    assert statistics["genes"] == {"MT-ND1": 3, "MT-TL1": 1}
    assert statistics["impacts"] == {"HIGH": 1, "MODERATE": 2, "LOW": 0, "MODIFIER": 1}
    assert statistics["annotated_alleles"] == 4


def test_provenance_is_complete(tmp_path: Path) -> None:
    """The provenance names input, reference, tools and limits, and no time or folder."""
    result = run(MANY, tmp_path)

    text = result.annotation.provenance.read_text(encoding="ascii")
    content = json.loads(text)
    assert content["input"]["size_bytes"] == len(MANY)
    assert content["reference"]["digest"] == rcrs().bundle.digest
    assert set(content["tools"]) == {"gas-engine"}
    assert content["limits"]["max_records"] == LIMITS.max_records
    assert str(tmp_path) not in text
    assert str(tmp_path).encode() not in result.text


def test_taken_tag_is_not_reused(tmp_path: Path) -> None:
    """A file that already carries our tag, declared or not, keeps it, and the log says under which one ours is."""
    head = ("##fileformat=VCFv4.2", '##INFO=<ID=CSQ,Number=.,Type=String,Description="old">')

    declared = run(vcf("MT 3460 . G A . . CSQ=old;GAS_CSQX=1", head=head), tmp_path)
    undeclared = run(vcf("MT 3461 . C T . . DP=1", "MT 3460 . G A . . CSQ=old;GAS_CSQ"), tmp_path)

    assert declared.records[0][7].startswith("CSQ=old;GAS_CSQX=1;GAS_CSQ=A|missense_variant")
    assert undeclared.records[1][7].startswith("CSQ=old;GAS_CSQ;GAS_CSQ_2=A|missense_variant")
    assert sum(b"ID=GAS_CSQ_2,Number" in line for line in undeclared.header) == 1
    assert "The file brought CSQ of its own, which stays as it is: ours is GAS_CSQ" in declared.log


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a.b.vcf", "a.b"),
        ("with space.vcf.gz", "with space"),
        ("Ünïcode 基因.vcf", "Ünïcode 基因"),
        ("UPPER.VCF.GZ", "UPPER"),
        ("no extension", "no extension"),
        ("../../etc/passwd.vcf", ".._.._etc_passwd"),
        ("line\nbreak\u202e.vcf", "line_break_"),
        (".vcf", "_"),
        ("", "_"),
    ],
)
def test_names_of_the_results(tmp_path: Path, name: str, stem: str) -> None:
    """Results are named after the input, whatever it is called, and never leave their folder."""
    annotation = run(vcf("MT 3460 . G A . . ."), tmp_path, name=name).annotation

    names = {path.name for path in annotation.result.parent.iterdir()}
    suffixes = (
        "annot.vcf.gz",
        "annot.vcf.gz.tbi",
        "tsv.gz",
        "problems.tsv.gz",
        "vcf.count.log",
        "preview.json",
        "statistics.json",
        "summary.txt",
        "provenance.json",
    )
    assert names == {f"{stem}.{suffix}" for suffix in suffixes}


@given(st.text(max_size=400))
@example("é" * 300 + ".vcf")
def test_any_name_gives_a_file_name(name: str) -> None:
    """Every name gives file names that a file system takes, inside the output folder."""
    annotation = planned(Task(Path("in"), name, Path("/out"), EngineLimits(1, 1, 1)), 0, 0, indexed=True)

    for path in annotation.files.values():
        assert path.parent == Path("/out")
        assert len(path.name.encode()) <= NAME_BYTES


def test_refused_input_leaves_nothing(tmp_path: Path) -> None:
    """A file that is refused on its last line leaves no half-written result."""
    (tmp_path / "output").mkdir()
    source = tmp_path / "input"
    source.write_bytes(MANY + b"cut off")

    with pytest.raises(InputRefusedError):
        run_into(source, tmp_path / "output")

    assert list((tmp_path / "output").iterdir()) == []


def run_into(source: Path, output: Path) -> None:
    """Annotate into a given folder."""
    from gas_annotator.engine import annotate  # noqa: PLC0415 - only this test calls it directly

    annotate(Task(source, "sample.vcf", output, LIMITS), rcrs(), lambda _: None)


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    """Progress starts at 0, never falls, and ends at 100."""
    percents = run(MANY, tmp_path).percents

    assert percents[0] == 0
    assert percents[-1] == 100
    assert percents == sorted(set(percents))
