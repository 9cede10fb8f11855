"""`gas-reference show` reads a bundle whole, says what it is and of what it was made, and when a file is another."""

import json
from pathlib import Path
from typing import Any

import pytest

from gas_engine.reference.build import build
from gas_engine.reference.command import main
from tests.engine.known.shelf import request

BASES = "ACGTACGTTT" * 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle of two contigs that was told much of."""
    (tmp_path / "read").mkdir()
    more: dict[str, Any] = {
        "title": "A small one",
        "version": "7",
        "assembly": "toy1",
        "gene_release": "Toys 49",
        "sources": ({"what": "genes", "name": "Toys", "release": "49", "licence": "CC0"},),
    }
    build(request(tmp_path / "read", {"1": BASES, "2": BASES}, **more), tmp_path / "test", lambda _: None)
    return tmp_path / "test"


def test_what_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who wants to cite or publish a bundle needs no other file of it."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    size = sum(path.stat().st_size for path in folder.iterdir())

    assert main(["show", str(folder)]) == 0

    assert capsys.readouterr().out.splitlines()[:9] == [
        "test: A small one",
        f"  digest {manifest['digest']}",
        "  version 7",
        "  assembly toy1",
        "  gene release Toys 49",
        "  genes: Toys, 49, CC0",
        "  sequence: s.fa",
        "  genes: s.gff3",
        f"  2 contigs, 240 bases; {size / 1000:,.1f} KB in 3 files, all as the manifest says",
    ]


@pytest.mark.parametrize("name", ["sequence.bin", "model.bin", "manifest.json"])
def test_what_is_not_what_the_manifest_says(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of the same size with another byte, or a manifest that was written over: one sentence names it."""
    path = folder / name
    content = path.read_bytes()
    changed = (
        content.replace(b"toy1", b"toy2")
        if name == "manifest.json"
        else bytes([content[0] ^ 1]) + content[1:]
    )
    path.write_bytes(changed)

    assert main(["show", str(folder)]) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert name in told.err


@pytest.mark.parametrize("name", ["nosuch", "read"])
def test_what_is_no_bundle(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder is named, and no number of an error."""
    assert main(["show", str(folder.parent / name)]) == 2

    told = capsys.readouterr().err
    assert f"{folder.parent / name} is no reference bundle" in told
    assert "Errno" not in told


def test_one_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bundle of one contig and one transcript has no plural, and of a version that nobody gave nothing is said."""
    asked = request(tmp_path, {"1": BASES})
    files = ["--fasta", str(asked.fasta), "--gff3", str(asked.gff3), "-o", str(tmp_path / "test")]
    assert main(["build", "test", *files]) == 0
    told = capsys.readouterr()
    assert told.err == "1 transcript read from s.gff3\n1: 120 bases, 1 transcript\n"
    assert told.out.startswith("test: 1 contig, 1 transcript\n")

    assert main(["show", str(tmp_path / "test")]) == 0

    shown = capsys.readouterr().out
    assert "  1 contig, 120 bases;" in shown
    assert "version" not in shown
