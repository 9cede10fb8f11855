"""A build loses nobody's files: its folder is new, empty, or this very bundle; what it refuses, it refuses before it reads."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gas_engine import SourceError
from gas_engine.known.request import Form
from gas_engine.reference.build import build
from gas_engine.reference.command import main
from gas_engine.reference.destination import MARK
from gas_engine.reference.request import Request
from tests.engine.known.shelf import request, source, vcf_source

CONTIGS = {"1": "ACGTACGTTT" * 12}
LOCK = ".test.part.lock"
"""It stays beside the bundle."""


def _inputs(home: Path) -> Request:
    home.mkdir(parents=True, exist_ok=True)
    return request(home, CONTIGS)


def _options(asked: Request) -> list[str]:
    return ["build", asked.name, "--fasta", str(asked.fasta), "--gff3", str(asked.gff3)]


def _everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _strangers_folder(home: Path) -> Path:
    (home / "mine").mkdir()
    (home / "mine/thesis.txt").write_text("years of work", encoding="utf-8")
    return home / "mine"


def _another_bundle(home: Path) -> Path:
    build(_inputs(home / "read"), home / "other", lambda _: None)
    text = (home / "other/manifest.json").read_text(encoding="utf-8")
    (home / "other/manifest.json").write_text(text.replace('"test"', '"other"'), encoding="utf-8")
    return home / "other"


def _bundle_with_a_note(home: Path) -> Path:
    build(_inputs(home / "read"), home / "test", lambda _: None)
    (home / "test/notes.txt").write_text("mine", encoding="utf-8")
    return home / "test"


def _file(home: Path) -> Path:
    (home / "file").write_text("mine", encoding="utf-8")
    return home / "file"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (_strangers_folder, "is not empty and is no bundle called test"),
        (_another_bundle, "is not empty and is no bundle called test"),
        (_bundle_with_a_note, "notes.txt is no part of the bundle"),
        (_file, "is a file, and a bundle is a folder"),
    ],
)
def test_what_lies_there_stays(
    tmp_path: Path, place: Callable[[Path], Path], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder of something else is refused in one sentence, and not a byte is changed or added."""
    destination, asked = place(tmp_path), _inputs(tmp_path / "read")
    before = _everything(tmp_path)

    assert main([*_options(asked), "-o", str(destination)]) == 2

    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert _everything(tmp_path) == before
    assert not destination.with_name(destination.name + ".part").exists()


@pytest.mark.parametrize("inside", ["test", "test/deeper", "test.part"])
def test_an_input_is_not_lost(tmp_path: Path, inside: str) -> None:
    """What is read must not lie where the bundle is made, by no way round."""
    asked = _inputs(tmp_path / inside)
    (tmp_path / "round").symlink_to(tmp_path)
    before = _everything(tmp_path)

    for destination in (tmp_path / "test", tmp_path / "round/test"):
        with pytest.raises(SourceError, match=r"would be lost|is in the way"):
            build(asked, destination, lambda _: None)

    assert _everything(tmp_path) == before


def test_inputs_alone_in_an_old_bundle(tmp_path: Path) -> None:
    """Also where the folder is this bundle: a file of it that is read is named."""
    build(_inputs(tmp_path / "read"), tmp_path / "test", lambda _: None)
    asked = request(tmp_path / "read", CONTIGS, source("A", Form.FREQUENCIES, tmp_path / "test/model.bin"))

    with pytest.raises(SourceError, match=r"model.bin is to be read, and .* is where the bundle is made"):
        build(asked, tmp_path / "test", lambda _: None)
    assert (tmp_path / "test/model.bin").exists()


@pytest.mark.parametrize("where", [".", ".."])
def test_the_folder_that_one_is_in(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be taken away under the feet of whoever asks, so one sentence says so."""
    asked = _inputs(tmp_path / "read")
    (tmp_path / "a/b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a/b")

    assert main([*_options(asked), "-o", where]) == 2

    told = capsys.readouterr().err
    assert "is the folder that you are in" in told
    assert told.count("\n") == 1


def test_a_strangers_part_is_not_touched(tmp_path: Path) -> None:
    """A folder of that name without our mark is somebody's."""
    asked = _inputs(tmp_path / "read")
    (tmp_path / "test.part").mkdir()
    (tmp_path / "test.part/base.json").write_text("mine", encoding="utf-8")

    with pytest.raises(SourceError, match=r"test\.part is in the way"):
        build(asked, tmp_path / "test", lambda _: None)
    assert _everything(tmp_path / "test.part") == {"base.json": b"mine"}


def test_the_same_bundle_is_made_anew(tmp_path: Path) -> None:
    """An empty folder is taken, and so is an older bundle of the name; no mark stays."""
    asked = _inputs(tmp_path / "read")
    (tmp_path / "test").mkdir()
    first = build(asked, tmp_path / "test", lambda _: None)

    again = build(asked, tmp_path / "test", lambda _: None)

    assert again == first
    assert {path.name for path in (tmp_path / "test").iterdir()} == {"manifest.json", *first["files"]}
    assert not (tmp_path / "test.part").exists()


def test_a_build_that_was_stopped_at_its_very_end_goes_on(tmp_path: Path) -> None:
    """Between the mark's end and the rename the unfinished folder is a bundle of the name."""
    asked = _inputs(tmp_path / "read")
    build(asked, tmp_path / "test", lambda _: None)
    (tmp_path / "test").rename(tmp_path / "test.part")

    build(asked, tmp_path / "test", lambda _: None)

    assert not (tmp_path / "test.part").exists()


def test_what_came_to_its_place_meanwhile_stays(tmp_path: Path) -> None:
    """A build takes long: its folder is looked at again at the end, and what was built waits for the next try."""
    asked = _inputs(tmp_path / "read")
    mine = tmp_path / "test/mine.txt"

    def work_beside(_: str) -> None:
        mine.parent.mkdir(exist_ok=True)
        mine.write_text("mine", encoding="ascii")

    with pytest.raises(SourceError, match="is not empty"):
        build(asked, tmp_path / "test", work_beside)
    assert _everything(tmp_path / "test") == {"mine.txt": b"mine"}
    mine.unlink()
    told: list[str] = []

    build(asked, tmp_path / "test", told.append)

    assert told == ["Sequence and genes: finished by an earlier try"]


def test_a_refusal_leaves_nothing_that_is_of_no_use(tmp_path: Path) -> None:
    """A sequence that cannot be used leaves no folder; one that was finished is kept for the next try."""
    asked = _inputs(tmp_path / "read")
    bases = asked.fasta.read_bytes()
    asked.fasta.write_bytes(b"no FASTA")
    with pytest.raises(SourceError):
        build(asked, tmp_path / "test", lambda _: None)
    assert not (tmp_path / "test.part").exists()

    asked.fasta.write_bytes(bases)
    bad = source("B", Form.FREQUENCIES, vcf_source(tmp_path / "b.vcf", ["1 5 . C A . . AF=0.5"] * 5))
    with pytest.raises(SourceError, match="another assembly"):
        build(request(tmp_path / "read", CONTIGS, bad), tmp_path / "test", lambda _: None)
    assert {MARK, "base.json"} <= {path.name for path in (tmp_path / "test.part").iterdir()}


@pytest.mark.parametrize("option", ["--fasta", "--gff3", "--mane", "--command-files"])
def test_a_missing_file_is_told_at_once(
    tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence without numbers of errors, and no folder is made."""
    asked = _inputs(tmp_path / "read")
    command = ["--command", "x", "--command-tag", "ANN"] if option == "--command-files" else []
    missing = [option, str(tmp_path / "nosuch"), *command]

    assert main([*_options(asked), *missing, "-o", str(tmp_path / "test")]) == 2

    told = capsys.readouterr().err
    assert told.endswith(f"{tmp_path / 'nosuch'} does not exist\n")
    assert not (tmp_path / "test.part").exists()


def test_what_the_system_refuses_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in the place of a folder above the bundle's is named, without the number of the error."""
    asked = _inputs(tmp_path / "read")
    (tmp_path / "file").touch()

    assert main([*_options(asked), "-o", str(tmp_path / "file/test")]) == 2

    said = capsys.readouterr().err
    assert "file" in said
    assert said.endswith(": Not a directory\n")
    assert "Errno" not in said


@pytest.mark.parametrize("name", ["auto", "", "-x", "a b", "a/b", "x" * 64, "Bär", "..", "a\n"])
def test_names_that_no_reference_can_have(tmp_path: Path, name: str) -> None:
    """Nobody could ask for it: said before hours of building, and not when it is published."""
    asked = _inputs(tmp_path / "read")

    with pytest.raises(SourceError, match="a reference cannot be called"):
        build(Request(name, asked.fasta, asked.gff3), tmp_path / "test", lambda _: None)
    assert not (tmp_path / "test.part").exists()


def _refused_beside(asked: Request, place: Path) -> Callable[[str], None]:
    """Tries a second build while the first one speaks."""
    told = (
        f"another build is at work in {place}.part, on this machine or on one that shares the folder; wait until it has ended,"
        " end it, or name another folder with -o"
    )

    def say(_: str) -> None:
        with pytest.raises(SourceError) as error:
            build(asked, place, lambda _: None)
        assert str(error.value) == told

    return say


def test_two_builds_at_once_are_not_mixed(tmp_path: Path) -> None:
    """The second is refused, and told in which folder the first is at work; the first and the one after it lose nothing."""
    asked = _inputs(tmp_path / "read")
    first = build(asked, tmp_path / "test", _refused_beside(asked, tmp_path / "test"))

    assert build(asked, tmp_path / "test", lambda _: None) == first
    assert {path.name for path in tmp_path.iterdir()} == {LOCK, "read", "test"}


def test_a_build_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    """Its lock goes with its process, and the next build goes on where it was."""
    asked = _inputs(tmp_path / "read")
    bad = vcf_source(tmp_path / "a.vcf", ["1 5 . A C . . AF=0.5"])
    killing = (
        "import os, sys\n"
        "from gas_engine.known import adding\n"
        "from gas_engine.reference.command import main\n"
        "adding.build_source = lambda *_: os.kill(os.getpid(), 9)\n"
        "main(sys.argv[1:])\n"
    )
    words = [*_options(asked), "-o", str(tmp_path / "test"), "--frequencies", f"A={bad}"]
    ended = subprocess.run([sys.executable, "-c", killing, *words], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL
    told = list[str]()

    build(asked, tmp_path / "test", told.append)

    assert told == ["Sequence and genes: finished by an earlier try"]
    assert {path.name for path in tmp_path.iterdir()} == {LOCK, "a.vcf", "read", "test"}


def test_who_had_the_lock_s_file_open_has_the_next_build_s_lock(tmp_path: Path) -> None:
    """The file stays where it is: were it taken away, who had opened it by then would hold another lock than who comes next."""
    asked, opened = _inputs(tmp_path / "read"), list[int]()

    def come_meanwhile(_: str) -> None:
        if not opened:
            opened.append(os.open(tmp_path / LOCK, os.O_RDWR))

    build(asked, tmp_path / "test", come_meanwhile)
    fcntl.flock(opened[0], fcntl.LOCK_EX | fcntl.LOCK_NB)

    try:
        with pytest.raises(SourceError, match="another build is at work"):
            build(asked, tmp_path / "test", lambda _: None)
    finally:
        os.close(opened[0])


def test_a_folder_that_keeps_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems of networks have none: the build goes on, and says what it cannot know."""

    def none_here(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none_here)
    told = list[str]()

    build(_inputs(tmp_path / "read"), tmp_path / "test", told.append)

    assert told[0] == (
        f"{tmp_path} keeps no locks (No locks available): make sure that no other build is at work in {tmp_path / 'test.part'}"
    )
    assert {path.name for path in tmp_path.iterdir()} == {LOCK, "read", "test"}
