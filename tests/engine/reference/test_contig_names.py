"""Options that speak of a contig find it by any of its names, and are refused where it is not there."""

from pathlib import Path
from typing import Any

import pytest

from gas_engine import Bundle, SourceError, load_bundle
from gas_engine.reference.build import build
from gas_engine.reference.command import main
from tests.engine.known.shelf import request

BASES = "ACGTACGTTT" * 12


def _built(home: Path, contigs: tuple[str, ...], **more: Any) -> Bundle:
    (home / "read").mkdir()
    asked = request(home / "read", dict.fromkeys(contigs, BASES), **more)
    build(asked, home / "test", lambda _: None)
    return load_bundle(home / "test")


@pytest.mark.parametrize(
    ("option", "more"),
    [
        ("--genetic-code", {"codes": {"Mito": 3}}),
        ("--circular", {"circular": frozenset({"Mito"})}),
        ("--alias", {"aliases": {"Mito": ("x",)}}),
    ],
)
def test_a_contig_that_is_not_there(tmp_path: Path, option: str, more: dict[str, Any]) -> None:
    """Nothing would come of it, so it is refused with the names that there are, and nothing is left."""
    with pytest.raises(SourceError, match=rf"^{option} Mito: no contig is called so; s.fa has I, II$"):
        _built(tmp_path, ("I", "II"), **more)
    assert not (tmp_path / "test.part").exists()


def test_many_names_are_cut(tmp_path: Path) -> None:
    """A sentence has twenty names at most."""
    with pytest.raises(SourceError, match=r"s20 and 2 more$"):
        _built(tmp_path, tuple(f"s{number}" for number in range(1, 23)), codes={"Mito": 3})


def test_another_name_of_it_does(tmp_path: Path) -> None:
    """As chr1 of a contig that the FASTA file calls 1; its own name counts before another's."""
    bundle = _built(
        tmp_path,
        ("1", "2", "chr2"),
        codes={"chr1": 3},
        circular=frozenset({"chr1"}),
        aliases={"chr1": ("first",), "1": ("one",), "chr2": ("second",)},
    )

    first, other, second = bundle.contigs
    assert (first.genetic_code, first.circular) == (3, True)
    assert {"first", "one"} <= set(first.aliases)
    assert (other.genetic_code, other.circular) == (1, False)
    assert "second" in second.aliases
    assert "second" not in other.aliases


def test_a_name_of_two_is_nobodys(tmp_path: Path) -> None:
    """Two mitochondria are both called MT, and an option can mean neither."""
    with pytest.raises(SourceError, match=r"--genetic-code MT: M and chrM are both called so"):
        _built(tmp_path, ("M", "chrM"), codes={"MT": 3})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["--genetic-code", "1=2", "--genetic-code", "1=3"], "--genetic-code names 1 twice"),
        (["--alias", "1=a", "--alias", "1=b"], "--alias names 1 twice"),
        (["--genetic-code", "1=2", "--genetic-code", "chr1=3"], "--genetic-code names 1 twice"),
    ],
)
def test_a_contig_is_named_once(
    tmp_path: Path, values: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of two answers one would be dropped in silence."""
    asked = request(tmp_path, {"1": BASES})
    files = ["--fasta", str(asked.fasta), "--gff3", str(asked.gff3), "-o", str(tmp_path / "test")]

    assert main(["build", "test", *files, *values]) == 2

    assert said in capsys.readouterr().err
