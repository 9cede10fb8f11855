"""What `gas-annotate` says of a call that is none: one sentence, exit code 2, and no traceback."""

from pathlib import Path

import pytest

from gas_engine.command import main
from tests.engine.workbench import rcrs
from tests.support.vcf_files import vcf

ROW = "MT 8993 . T G . PASS DP=1"
REFERENCE = ["--reference", str(rcrs().folder)]


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """A file that can be annotated."""
    (tmp_path / "calls.vcf").write_bytes(vcf(ROW))
    return tmp_path / "calls.vcf"


def _said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence of a refused call."""
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert told.err.startswith("gas-annotate: ")
    return told.err.removeprefix("gas-annotate: ").strip()


@pytest.mark.parametrize("deeper", ["", "deeper"])
def test_the_results_need_a_folder(
    tmp_path: Path, calls: Path, deeper: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in its place is named, and stays."""
    (tmp_path / "taken").write_text("mine", encoding="ascii")

    said = _said([str(calls), "-o", str(tmp_path / "taken" / deeper), *REFERENCE], capsys)

    assert said == f"-o {tmp_path / 'taken'} is a file, and the results need a folder; name another"
    assert (tmp_path / "taken").read_text(encoding="ascii") == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a file to annotate, and the folder of its results with -o; --help tells all options"),
        (["-o", "out"], "name a file to annotate, or with --rerun the provenance of results"),
        (["nosuch.vcf"], "name the folder of the results with -o"),
        (["nosuch.vcf", "-o", "out", *REFERENCE], "nosuch.vcf does not exist"),
        ([".", "-o", "out", *REFERENCE], ". is no file"),
        (
            ["-", "-o", "out", *REFERENCE],
            "standard input is not read, for a file may have to be read twice; write it to a file and name that",
        ),
        (["--rerun", "nosuch.json", "-o", "out"], "nosuch.json does not exist"),
        (["--rerun", ".", "-o", "out"], ".: Is a directory"),
        (["x.vcf", "-o", "out", *REFERENCE, "--own", "nosuch.bed"], "--own: nosuch.bed does not exist"),
        (["x.vcf", "-o", "out", *REFERENCE, "--distance", "-1"], "--distance must not be negative"),
        (["x.vcf", "-o", "out", *REFERENCE, "--threads", "0"], "--threads must be at least 1"),
    ],
)
def test_a_call_that_is_none(
    tmp_path: Path,
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The sentence names what is wrong once, and nothing that was not asked for."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.vcf").write_bytes(vcf(ROW))

    assert _said(arguments, capsys) == said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "given", [["--tag", "ANN"], ["--tag", "CSQ"], ["--distance", "5"], ["--name", "other.vcf"]]
)
def test_a_rerun_has_its_options(
    tmp_path: Path, calls: Path, given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Results are made again as they were made: an option that would change them is refused."""
    assert main([str(calls), "-o", str(tmp_path / "out"), *REFERENCE]) == 0
    capsys.readouterr()
    rerun = ["--rerun", str(tmp_path / "out/calls.provenance.json"), "-o", str(tmp_path / "again")]

    said = _said([*rerun, *REFERENCE, *given], capsys)

    assert said == f"--rerun makes the same results again, so {given[0]} cannot be given beside it"


def test_a_rerun_says_which_bundle_it_wants(
    tmp_path: Path,
    calls: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By its name and digest, whether none was named or another."""
    assert main([str(calls), "-o", str(tmp_path / "out"), *REFERENCE]) == 0
    capsys.readouterr()
    monkeypatch.chdir(tmp_path)
    provenance = tmp_path / "out/calls.provenance.json"

    said = _said(["--rerun", str(provenance), "-o", "again"], capsys)

    assert said == f"name with --reference the bundle of these results: rCRS, digest {rcrs().digest}"
    text = provenance.read_text(encoding="ascii")
    provenance.write_text(text.replace(rcrs().digest, "0" * 64), encoding="ascii")
    said = _said(["--rerun", str(provenance), "-o", "again", *REFERENCE], capsys)
    assert said.endswith(f"is not the bundle of these results, which is rCRS, digest {'0' * 64}")
