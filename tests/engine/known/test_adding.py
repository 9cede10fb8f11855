"""A build that stopped goes on: finished sources are kept, and nothing else is."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gas_engine import SourceError, load_bundle
from gas_engine.foreign.command import Command
from gas_engine.known.request import Form
from gas_engine.reference import build as reference_build
from gas_engine.reference.build import build
from gas_engine.reference.destination import MARK
from tests.engine.known.shelf import folder, request, source, vcf_source

CONTIGS = {"1": "ACGTACGTTT" * 12}


def test_finished_parts_are_kept(tmp_path: Path) -> None:
    """After a source that fails, only what failed is made anew; the bundle is the one of a build without a stop."""
    good = source("A", Form.FREQUENCIES, vcf_source(folder() / "a.vcf", ["1 5 . A C . . AF=0.5"]))
    path = vcf_source(folder() / "b.vcf", ["1 5 . C A . . AF=0.5"] * 5)
    asked = request(folder(), CONTIGS, good, source("B", Form.FREQUENCIES, path))
    with pytest.raises(SourceError, match="another assembly"):
        build(asked, tmp_path / "test", lambda _: None)
    vcf_source(path, ["1 6 . C A . . AF=0.25"])
    told: list[str] = []

    resumed = build(asked, tmp_path / "test", told.append)

    assert told[:2] == ["Sequence and genes: finished by an earlier try", "A: finished by an earlier try"]
    assert told[2].startswith("B: reading b.vcf")
    assert resumed == build(asked, tmp_path / "again", lambda _: None)
    assert not (tmp_path / "test.part").exists()
    kept = {path.name for path in (tmp_path / "test").iterdir()}
    assert kept == {"manifest.json", *resumed["files"]}
    assert load_bundle(tmp_path / "test", verify=True).digest == resumed["digest"]


def test_other_options_are_another_file(tmp_path: Path) -> None:
    """A finished source is only taken again for the same file and the same options."""
    path = vcf_source(folder() / "a.vcf", ["1 5 . A C . . AF=50"])
    bad = source("B", Form.FREQUENCIES, vcf_source(folder() / "b.vcf", ["1 5 . C A . . AF=0.5"] * 5))
    home = folder()
    with pytest.raises(SourceError):
        build(
            request(home, CONTIGS, source("A", Form.FREQUENCIES, path), bad),
            tmp_path / "test",
            lambda _: None,
        )
    told: list[str] = []

    divided = source("A", Form.FREQUENCIES, path, fields="AF/100")
    manifest = build(request(home, CONTIGS, divided), tmp_path / "test", told.append)

    assert told[0] == "Sequence and genes: finished by an earlier try"
    assert told[1] == "A: reading a.vcf"
    assert manifest["known"][0]["fields"][0]["divided_by"] == 100
    assert len(list((tmp_path / "test").glob("known-*"))) == 1


def test_a_circle_is_another_file(tmp_path: Path) -> None:
    """Alleles move to the left across the origin of a circle alone, so a source that was finished without it is made anew."""
    bases = "TT" + "ACGTACGGCA" * 12 + "T"
    path = vcf_source(folder() / "a.vcf", ["1 1 . TT T . . AF=0.5"])
    good, home = source("A", Form.FREQUENCIES, path), folder()
    bad = source("B", Form.FREQUENCIES, vcf_source(folder() / "b.vcf", ["1 5 . A C . . AF=0.5"] * 5))
    with pytest.raises(SourceError, match="another assembly"):
        build(request(home, {"1": bases}, good, bad), tmp_path / "test", lambda _: None)
    circle = request(home, {"1": bases}, good, circular=frozenset({"1"}))

    resumed = build(circle, tmp_path / "test", lambda _: None)

    assert resumed == build(circle, tmp_path / "again", lambda _: None)
    assert (
        resumed["files"]
        != build(request(home, {"1": bases}, good), tmp_path / "line", lambda _: None)["files"]
    )


def test_genes_are_asked_for_before_what_was_finished_is_taken(tmp_path: Path) -> None:
    """A try for a command needs no genes; what it left is no bundle without one."""
    asked = replace(request(folder(), CONTIGS), gff3=None)
    missing = folder() / "none"
    command = Command(("x",), ("ANN",))
    with pytest.raises(OSError, match="none"):
        build(
            replace(asked, command=command, command_files=missing), tmp_path / "test", _stop_midway(missing)
        )
    assert (tmp_path / "test.part/base.json").exists()

    with pytest.raises(SourceError, match="a bundle needs genes"):
        build(asked, tmp_path / "test", lambda _: None)


def _stop_midway(folder: Path) -> Callable[[str], None]:
    """Takes a folder away while sequence and genes are read."""
    folder.mkdir()

    def say(_: str) -> None:
        if folder.exists():
            folder.rmdir()

    return say


def test_another_sequence_is_another_base(tmp_path: Path) -> None:
    """What an earlier try left of another sequence is made anew."""
    (tmp_path / "test.part").mkdir()
    (tmp_path / "test.part" / MARK).touch()
    (tmp_path / "test.part/base.json").write_text(json.dumps({"stamp": "older"}), encoding="utf-8")
    told: list[str] = []

    build(request(folder(), CONTIGS), tmp_path / "test", told.append)

    assert told[0].startswith("1 transcript read")


def test_what_is_read_otherwise_now_is_another_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was left by code that gave the same files other names is made anew, though its release has the same number."""
    bad = source("B", Form.FREQUENCIES, vcf_source(folder() / "b.vcf", ["1 5 . C A . . AF=0.5"] * 5))
    home = folder()
    with monkeypatch.context() as earlier:
        earlier.setattr(reference_build, "BASE_FORMAT", 0)
        with pytest.raises(SourceError, match="another assembly"):
            build(request(home, CONTIGS, bad), tmp_path / "test", lambda _: None)
    told: list[str] = []

    build(request(home, CONTIGS), tmp_path / "test", told.append)

    assert told[0].startswith("1 transcript read")


@pytest.mark.parametrize("name", ["GAS", "Own", "OWN", "csq", "1000G", "a_b", "x" * 21])
def test_names_that_cannot_be(name: str) -> None:
    """A name that keys of other things begin with, or that no key can have, is refused."""
    path = vcf_source(folder() / "a.vcf", ["1 5 . A C . . AF=0.5"])

    with pytest.raises(SourceError, match="cannot be a source's name"):
        build(
            request(folder(), CONTIGS, source(name, Form.FREQUENCIES, path)), folder() / "x", lambda _: None
        )


def test_a_name_is_one_source_s() -> None:
    """Two sources of one name would have the same keys."""
    path = vcf_source(folder() / "a.vcf", ["1 5 . A C . . AF=0.5"])
    both = [source(name, Form.FREQUENCIES, path) for name in ("AB", "Ab")]

    with pytest.raises(SourceError, match="two sources are called Ab"):
        build(request(folder(), CONTIGS, *both), folder() / "x", lambda _: None)
