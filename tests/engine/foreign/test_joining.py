"""A file that a bundle's command annotates: its lines as they came, the command's tags in them, and no record lost."""

import gzip
import json
from pathlib import Path

import pysam
import pytest

from gas_engine import (
    BundleError,
    CommandFailedError,
    InputRefusedError,
    Limits,
    ReferenceMismatchError,
    Result,
)
from gas_engine.known.own import SHOWN
from tests.engine.foreign.programs import FIELDS, commanded, run
from tests.support.vcf_files import COLUMNS, vcf

ROWS = (
    "chrM 3243 rs1 A G 50 PASS DP=9;AF=0.5",
    "chrM 3460 . G A,C . . .",
    "chrM 8993 . T G . q10 DP=1;",
    "chrM 9000 . A T . . DP=2",
)


def test_lines_stay_and_tags_are_added(tmp_path: Path) -> None:
    """Whatever the command writes into other columns, a line is the file's with the command's tag behind its INFO."""
    outcome = run(vcf(*ROWS), tmp_path, commanded("rewrite"))

    assert [record[:7] for record in outcome.records] == [row.split(" ")[:7] for row in ROWS]
    infos = [record[7] for record in outcome.records]
    assert [info.partition("ANN=")[0] for info in infos] == ["DP=9;AF=0.5;", "", "DP=1;", "DP=2;"]
    assert all("OTHER" not in info and info.count("ANN=") == 1 for info in infos)
    [declared] = [line for line in outcome.header if line.startswith("##INFO=<ID=ANN,")]
    assert FIELDS in declared
    assert 'Command="teller 1.0"' in outcome.header[-2]


def test_samples_and_line_ends(tmp_path: Path) -> None:
    """Genotypes stay, blank lines go, and so do the ends of Windows; an index is made."""
    columns = COLUMNS + "\tFORMAT\tS1\tS2"
    content = vcf(*(f"{row} GT 0/1 1/1" for row in ROWS), columns=columns).replace(b"\n", b"\r\n")
    content = content.replace(b"\r\nchrM\t8993", b"\r\n\r\nchrM\t8993")

    outcome = run(content, tmp_path, commanded("well"))

    assert [record[8:] for record in outcome.records] == [["GT", "0/1", "1/1"]] * 4
    assert all("ANN=" in record[7] for record in outcome.records)
    assert b"\r" not in outcome.text
    result = outcome.annotation.files[Result.VCF]
    with pysam.TabixFile(str(result)) as indexed:
        assert [row.split("\t")[1] for row in indexed.fetch("chrM", 3400, 8993)] == ["3460", "8993"]


def test_what_the_command_is_given(tmp_path: Path) -> None:
    """Sites by the bundle's names, without samples, ID or INFO; what has no place on the reference is not given."""
    told = tmp_path / "told"
    columns = COLUMNS + "\tFORMAT\tS1"
    rows = (
        "M 3243 rs1 A G 50 PASS DP=9 GT 0/1",
        "M 3244 . C G . . . GT 0/1",
        "chr7 100 . A G . . . GT 0/1",
        "M 3300 . T <DEL> . . SVTYPE=DEL;END=3310;DP=7 GT 0/1",
        "M 3400 . C . . . . GT 0/0",
    )

    outcome = run(vcf(*rows, columns=columns), tmp_path, commanded("tell", str(told)))

    given = told.read_text().splitlines()
    contig = next(line for line in given if line.startswith("##contig")).partition("ID=")[2].partition(",")[0]
    assert [line for line in given if not line.startswith("#")] == [
        f"{contig}\t3243\t3\tA\tG\t.\t.\t.",
        f"{contig}\t3300\t6\tT\t<DEL>\t.\t.\tSVTYPE=DEL;END=3310",
    ]
    assert [(row[0], row[2]) for row in outcome.problems] == [
        ("4", "reference_mismatch"),
        ("5", "unknown_contig"),
        ("7", "no_alternative"),
    ]
    assert (outcome.annotation.records, outcome.annotation.annotated_records) == (5, 2)


def test_counts_table_and_preview(tmp_path: Path) -> None:
    """What is counted, listed and shown is what the command said."""
    outcome = run(vcf(*ROWS), tmp_path, commanded("well"))

    told = outcome.statistics
    assert (told["records"], told["annotated_records"], told["annotated_alleles"]) == (4, 4, 5)
    assert told["consequences"] == {"missense_variant": 5}
    assert told["impacts"] == {"HIGH": 0, "MODERATE": 5, "LOW": 0, "MODIFIER": 0}
    assert told["genes"] == {"GENE1": 5}
    assert [row[:5] + row[6:9] for row in outcome.table][1:3] == [
        ["chrM", "3460", ".", "G", alt, "missense_variant&splice_region_variant", "MODERATE", "GENE1"]
        for alt in ("A", "C")
    ]
    assert "In CDS 5" in outcome.log
    assert "Annotated by teller 1.0, which the reference names; its tags are as it wrote them" in outcome.log
    assert {"Consequence", "SYMBOL", "IMPACT", "HGVSp"} <= set(outcome.preview["fields"])


def test_provenance_names_the_command(tmp_path: Path) -> None:
    """The same command on the same file is known again: by its words, and by the digest of the bundle."""
    bundle = commanded("well")

    outcome = run(vcf(*ROWS), tmp_path, bundle)

    told = json.loads(outcome.annotation.files[Result.PROVENANCE].read_text())
    assert told["reference"]["command"]["version"] == "teller 1.0"
    assert told["reference"]["digest"] == bundle.digest
    assert bundle.digest != commanded("fail").digest
    again = run(vcf(*ROWS), tmp_path, bundle)
    assert again.text == outcome.text


def test_a_tag_of_the_file_stays(tmp_path: Path) -> None:
    """A file with an ANN of its own, declared or not, keeps it; the command never sees it, and its own has another name."""
    rows = ("chrM 3243 . A G . . ANN=theirs", "chrM 3460 . G A . . DP=1")

    outcome = run(vcf(*rows), tmp_path, commanded("well"))

    assert outcome.records[0][7].startswith("ANN=theirs;GAS_ANN=G|missense")
    assert outcome.records[1][7].startswith("DP=1;GAS_ANN=")
    assert [line for line in outcome.header if "ID=GAS_ANN," in line]
    assert "The file brought ANN of its own, which stays as it is: the command's is GAS_ANN" in outcome.log


@pytest.mark.parametrize(("mode", "reason"), [("silent", "not_predicted"), ("large", "too_large")])
def test_records_without_a_tag_are_told(tmp_path: Path, mode: str, reason: str) -> None:
    """A record of which the command says nothing, or too much, stays as it is and has a row among the problems."""
    rows = (*ROWS[:1], "chr9 1 . A G . . .", *ROWS[1:])
    limits = Limits(max_growth_bytes=100_000)

    outcome = run(vcf(*rows), tmp_path, commanded(mode), limits=limits)

    assert outcome.records[2][7] == "."
    assert [row[:3] for row in outcome.problems] == [
        ["4", "record", "unknown_contig"],
        ["5", "record", reason],
    ]
    assert outcome.annotation.unannotated == (("unknown_contig", 1, 4), (reason, 1, 5))
    assert outcome.statistics["problems"] == {reason: 1, "unknown_contig": 1}
    assert (outcome.annotation.records, outcome.annotation.annotated_records) == (5, 3)


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("drop", "teller 1.0 was given 4 records and wrote 2: 2 are missing"),
        ("add", "teller 1.0 was given 4 records and wrote 8: 4 were added"),
        ("swap", "wrote its records in another order, or with other IDs, than it was given them"),
        ("trade", "wrote its records in another order, or with other IDs, than it was given them"),
        (
            "forget",
            "wrote something that is no record, or has not the ID that it was given with, as record 1",
        ),
    ],
)
def test_no_record_goes_in_silence(tmp_path: Path, mode: str, sentence: str) -> None:
    """A command that drops, adds or mixes up records has done nothing, and is told how many."""
    with pytest.raises(CommandFailedError) as raised:
        run(vcf(*ROWS), tmp_path, commanded(mode))

    assert sentence in str(raised.value)
    assert [path.name for path in (tmp_path / "output0").iterdir()] == []


def test_a_file_without_records_needs_no_command(tmp_path: Path) -> None:
    """Nothing is given, so nothing is started."""
    outcome = run(vcf(), tmp_path, commanded("fail"))

    assert outcome.annotation.records == 0


def test_a_file_of_another_reference(tmp_path: Path) -> None:
    """Where no record has a place, that is said, and the command not asked."""
    with pytest.raises(ReferenceMismatchError):
        run(vcf("chr7 100 . A G . . ."), tmp_path, commanded("fail"))


def test_a_command_that_is_not_allowed(tmp_path: Path) -> None:
    """Without a list of folders no bundle's command is run."""
    with pytest.raises(BundleError, match="bundles may run none here"):
        run(vcf(*ROWS), tmp_path, commanded("well"), allowed=())


def test_a_file_of_ones_own_is_not_looked_up(tmp_path: Path) -> None:
    """It is refused in a sentence that begins as all do that are about that file."""
    (tmp_path / "own").write_bytes(b"chrM\t1\t9\n")

    with pytest.raises(InputRefusedError, match=f"^{SHOWN}: the reference foreign is annotated by a command"):
        run(vcf(*ROWS), tmp_path, commanded("well"), own_path=tmp_path / "own", own_name="mine.bed")


def test_progress_and_many_blocks(tmp_path: Path) -> None:
    """A file of many blocks is joined block by block, whatever the number of threads that survey it."""
    rows = [f"chrM 3243 . A G . . X={number:05}{'x' * 200}" for number in range(3000)]

    outcome = run(vcf(*rows), tmp_path, commanded("well"), threads=2)

    assert [record[7].partition(";ANN=")[0] for record in outcome.records] == [
        row.split(" ")[7] for row in rows
    ]
    assert all("ANN=" in record[7] for record in outcome.records)
    assert outcome.percents == sorted(outcome.percents)
    assert outcome.percents[-1] == 100
    assert len(gzip.decompress(outcome.annotation.files[Result.TABLE].read_bytes()).splitlines()) == 3001
