"""The command's results: forms of the tag, names that a file has already, the same bytes again, and a summary that others read."""

from pathlib import Path

import pytest

from gas_engine import Choices, Result, Tag
from gas_engine.command import main
from gas_engine.header import ANN_FIELDS, CSQ_FIELDS
from tests.engine.mutilated import strange_file
from tests.engine.workbench import entries_of, rcrs, run
from tests.support.vcf_files import vcf

_REFUSED = 2
ROW = "MT 8993 . T G,C . PASS DP=1"
OWN = (
    "##fileformat=VCFv4.2",
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="theirs. Format: Allele|Consequence">',
)


def _values(info: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in info.split(";"))


def test_multiqc_reads_the_summary(tmp_path: Path) -> None:
    """MultiQC parts VEP's version at its only blank; more of them, and its report breaks off."""
    summary = run(vcf(ROW), tmp_path).annotation.files[Result.SUMMARY].read_text(encoding="utf-8")

    [told] = [line for line in summary.splitlines() if line.startswith("VEP version (API)\t")]
    version, interface = told.split("\t")[1].split(" ")
    assert version == interface.strip("()")
    assert version.startswith("gas-engine")


@pytest.mark.parametrize("tag", Tag)
def test_forms_of_the_tag(tmp_path: Path, tag: Tag) -> None:
    """CSQ, ANN, or both: each is declared, and both say the same of each allele, in the same order."""
    outcome = run(vcf(ROW), tmp_path, choices=Choices(tag))

    values = _values(outcome.records[0][7])
    assert list(values) == ["DP", *["CSQ"] * tag.csq, *["ANN"] * tag.ann]
    declared = [line for line in outcome.header if line.startswith("##INFO")]
    assert [line.split(",")[0] for line in declared] == [f"##INFO=<ID={name}" for name in list(values)[1:]]
    if tag.ann:
        forms = [entry.split("|") for entry in values["ANN"].split(",")]
        assert {len(fields) for fields in forms} == {len(ANN_FIELDS)}
        touched = [fields for fields in forms if fields[1] == "missense_variant"]
        assert [(fields[0], fields[3], fields[9], fields[10]) for fields in touched] == [
            ("G", "MT-ATP6", "c.467T>G", "p.Leu156Arg"),
            ("C", "MT-ATP6", "c.467T>C", "p.Leu156Pro"),
        ]
    if tag is Tag.BOTH:
        entries = entries_of(outcome.records[0][7])
        assert [(one["Consequence"], one["SYMBOL"]) for one in entries] == [
            (fields[1], fields[3]) for fields in forms
        ]


@pytest.mark.parametrize("declared", [True, False])
def test_a_tag_of_the_file_stays(tmp_path: Path, *, declared: bool) -> None:
    """Theirs stays, ours is GAS_CSQ, and the log says so; whether the header knew of it or not."""
    theirs = "CSQ=T|old,G|older"
    content = vcf(f"MT 8993 . T G . . {theirs};DP=1", head=OWN if declared else OWN[:1])

    outcome = run(content, tmp_path)

    info = outcome.records[0][7]
    assert info.startswith(f"{theirs};DP=1;GAS_CSQ=G|")
    assert entries_of(info, "GAS_CSQ")[0]["HGVSp"] == "MT-ATP6-01:p.Leu156Arg"
    assert [line for line in outcome.header if "ID=CSQ," in line] == list(OWN[1:] if declared else [])
    assert any(
        line.endswith("|".join(CSQ_FIELDS) + '">') and "ID=GAS_CSQ," in line for line in outcome.header
    )
    assert any("brought CSQ of its own" in line and "GAS_CSQ" in line for line in outcome.log)


@pytest.mark.parametrize("options", [[], ["--tag", "both", "--distance", "7", "--name", "other name.vcf.gz"]])
def test_a_rerun_makes_the_same_bytes(tmp_path: Path, options: list[str]) -> None:
    """All options come from the provenance: every file is the same, on another number of threads too."""
    source, first, again = tmp_path / "calls.vcf", tmp_path / "first", tmp_path / "again"
    source.write_bytes(strange_file(3, records=3000))
    reference = ["--reference", str(rcrs().folder)]

    assert main([str(source), "-o", str(first), *reference, *options, "--threads", "1"]) == 0
    [provenance] = first.glob("*.provenance.json")
    given = [str(source)] if options else []  # Beside the results a file is found by its name.
    rerun = ["--rerun", str(provenance), "-o", str(again), *reference, "--threads", "2"]
    assert main([*given, *rerun]) == 0

    made = {path.name: path.read_bytes() for path in first.iterdir()}
    assert made == {path.name: path.read_bytes() for path in again.iterdir()}
    assert len(made) == len(Result) - 2  # One index or the other, and none of a file that is not sorted.


def test_a_rerun_of_another_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another input cannot make the same bytes."""
    source, first = tmp_path / "calls.vcf", tmp_path / "first"
    source.write_bytes(vcf(ROW))
    reference = ["--reference", str(rcrs().folder)]
    assert main([str(source), "-o", str(first), *reference]) == 0

    source.write_bytes(vcf(ROW, ROW))
    rerun = ["--rerun", str(first / "calls.provenance.json"), "-o", str(tmp_path / "again"), *reference]
    assert main(rerun) == _REFUSED
    assert "is not the file that the provenance tells of" in capsys.readouterr().err


@pytest.mark.parametrize("reference", [["--reference", "rCRS"], []])
def test_a_missing_bundle_is_not_the_inputs_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], reference: list[str]
) -> None:
    """The sentence begins with the bundle, says what to do, and does not name the file, which is fine."""
    source = tmp_path / "calls.vcf"
    source.write_bytes(vcf(ROW))

    assert main([str(source), "-o", str(tmp_path / "out"), *reference]) == _REFUSED

    said = capsys.readouterr().err
    assert said.startswith("gas-annotate: rCRS is no" if reference else "gas-annotate: name a bundle")
    assert "gas-reference build" in said
    assert "calls.vcf" not in said


def test_a_missing_index_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, in the words of the log; of a sorted file nothing is said."""
    reference = ["--reference", str(rcrs().folder)]
    for name, rows in (("sorted", [ROW]), ("unsorted", [ROW, "MT 3306 . C T . . ."])):
        (tmp_path / f"{name}.vcf").write_bytes(vcf(*rows))

    codes, said = [], []
    for name in ("sorted", "unsorted"):
        codes.append(main([str(tmp_path / f"{name}.vcf"), "-o", str(tmp_path / name), *reference]))
        said.append(capsys.readouterr().err)

    assert codes == [0, 0]
    assert said[0] == ""
    assert said[1].startswith("gas-annotate: Index: none, because the records are not sorted")
    log = (tmp_path / "unsorted/unsorted.vcf.count.log").read_text(encoding="utf-8")
    assert said[1].removeprefix("gas-annotate: ") in log
