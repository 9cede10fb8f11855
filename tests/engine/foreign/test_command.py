"""What a bundle may name as its command, and where it is run."""

import json
from pathlib import Path
from typing import Any

import pytest

from gas_engine import BundleError
from gas_engine.foreign.command import Command
from gas_engine.reference.command import main
from tests.engine.workbench import RCRS

SNPEFF = Command(
    ("snpEff", "-c", "{bundle}/x", "ours"), ("ANN",), ("/etc/java",), ("/usr/lib/jvm",), "snpEff 5.1"
)


def test_there_and_back() -> None:
    """A manifest holds all of it."""
    assert Command.from_manifest(SNPEFF.to_manifest()) == SNPEFF
    assert SNPEFF.words == "snpEff 5.1"
    assert Command(("/opt/vep/vep",), ("CSQ",)).words == "vep"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"argv": []}, "argv must name a program"),
        ({"argv": [""]}, "argv must name a program"),
        ({"argv": "snpEff"}, "must be lists"),
        ({"argv": ["x"] * 65}, "must be lists of at most 64 words"),
        ({"argv": ["./snpEff"]}, "must begin with / or {bundle}"),
        ({"argv": ["/usr/../etc/x"]}, "no path of it may hold `..`"),
        ({"argv": ["a\0b"]}, "argv must name a program"),
        ({"reads": ["data"]}, "must begin with / or {bundle}"),
        ({"runs": ["{bundle}/../x"]}, "no path of it may hold `..`"),
        ({"tags": []}, "tags must name the keys of INFO"),
        ({"tags": ["ANN", "ANN"]}, "each once"),
        ({"tags": ["A;B"]}, "tags must name the keys of INFO"),
        ({"version": 'a"b'}, "without quotation marks"),
        ({"version": 5}, "without quotation marks"),
        ({"shell": True}, "fields that this version does not know"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_no_command(change: dict[str, Any], complaint: str) -> None:
    """A manifest with something else is refused when the bundle is loaded, with the reason."""
    with pytest.raises(BundleError) as raised:
        Command.from_manifest(SNPEFF.to_manifest() | change)

    assert complaint in str(raised.value)


@pytest.mark.parametrize(
    ("allowed", "named"),
    [
        (("/usr/bin", "/etc/java", "/usr/lib/jvm"), None),
        (("/",), None),
        (("/usr/bin", "/etc", "/usr/lib/"), None),
        ((), "bundles may run none here"),
        (("/usr/bin", "/usr/lib/jvm"), "/etc/java, which"),
        (("/etc/java", "/usr/lib/j"), "/usr/lib/jvm, which"),
    ],
)
def test_only_where_it_may(allowed: tuple[str, ...], named: str | None) -> None:
    """All that it names lies in folders that the installation lists, or in the bundle."""
    refusal = SNPEFF.refusal(map(Path, allowed))

    assert refusal is None if named is None else named in str(refusal)


def test_a_program_by_its_path_has_to_lie_there_too() -> None:
    """Listing one folder allows no other, also none whose name begins alike."""
    command = Command(("/usr/binary/vep",), ("CSQ",))

    assert "/usr/binary/vep, which lies in none" in str(command.refusal([Path("/usr/bin")]))
    assert command.refusal([Path("/usr/binary")]) is None


def test_a_name_is_looked_for(tmp_path: Path) -> None:
    """The first allowed folder that has the program gives it, and the bundle's folder is filled in."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "b/snpEff").touch()

    started = SNPEFF.started_as([tmp_path / "a", tmp_path / "b"], Path("/bundles/1"))

    assert started == [str(tmp_path / "b/snpEff"), "-c", "/bundles/1/x", "ours"]


def test_gas_reference_builds_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bundle with a command needs no genes; its digest covers the command."""
    digests, formats = set(), set()
    for tag in ("ANN", "LOF"):
        folder = tmp_path / tag
        words = ["--command", "snpEff -c '/data/a b' ours", "--command-tag", tag, "--command-reads", "/data"]
        assert main(["build", "x", "--fasta", str(RCRS / "rCRS.fa"), *words, "-o", str(folder)]) == 0
        manifest = json.loads((folder / "manifest.json").read_text())
        digests.add(manifest["digest"])
        formats.add(manifest["format"])

    told = capsys.readouterr().out

    assert "annotated by the command: snpEff -c '/data/a b' ours" in told
    assert len(digests) == 2
    assert formats == {"gas-reference/2"}  # An older version, which knows no commands, must not take it.


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "a bundle needs genes"),
        (["--command-tag", "ANN"], "go with --command"),
        (["--command", "snpEff 'x", "--command-tag", "ANN"], "not written as for a shell"),
        (["--command", "snpEff"], "tags must name the keys of INFO"),
    ],
)
def test_gas_reference_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    """Half of a command is none, and neither is a bundle without genes that names no program."""
    code = main(["build", "x", "--fasta", str(RCRS / "rCRS.fa"), *words, "-o", str(tmp_path / "x")])

    assert code == 2
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
