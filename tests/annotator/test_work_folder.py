"""The annotator's folder: its own while it lives, and nobody's file left behind when it is killed."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gas.domain.errors import FatalError
from gas_annotator.work_folder import references_folder, work_folder

HOLD = """
import sys
from pathlib import Path
from gas_annotator.work_folder import work_folder
with work_folder(Path(sys.argv[1])) as folder:
    (folder / "job-1").mkdir()
    (folder / "job-1" / "input").write_text("a stranger's variants")
    print(folder, flush=True)
    sys.stdin.read()
"""


def annotator(root: Path) -> tuple[subprocess.Popen[str], Path]:
    """Another annotator with a file under way, and its folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_gone_at_the_end(tmp_path: Path) -> None:
    """The folder is below the root, which is made, and is gone with all that is in it at the end."""
    root = tmp_path / "work"

    with work_folder(root) as folder:
        (folder / "input").write_text("variants")
        parent = folder.parent

    assert parent == root
    assert list(root.iterdir()) == []


def test_temporary_folder_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a root it lies in the system's temporary folder, and leaves alone what is not an annotator's."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "somebody-elses").mkdir()

    with work_folder(None) as folder:
        assert folder.parent == tmp_path

    assert [path.name for path in tmp_path.iterdir()] == ["somebody-elses"]


def test_files_of_a_killed_annotator_go_and_those_of_a_living_one_stay(tmp_path: Path) -> None:
    """A killed annotator's files are removed at the next start; a living one's are not touched."""
    killed, left = annotator(tmp_path)
    living, used = annotator(tmp_path)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()

    with work_folder(tmp_path) as own:
        seen = {path for path in tmp_path.iterdir() if path.is_dir()}
    living.communicate()

    assert left not in {own, used}
    assert seen == {own, used}
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    """What only looks like a folder of ours, and leads elsewhere, is left alone."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").write_text("precious")
    root = tmp_path / "work"
    root.mkdir()
    (root / "gas-annotator-x").symlink_to(elsewhere)

    with work_folder(root):
        pass

    assert (elsewhere / "file").exists()


def test_folder_taken_for_an_orphan_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An annotator that starts at the same moment may remove the new folder before it is locked: another is made."""
    make, made = tempfile.mkdtemp, list[str]()

    def robbed(**options: str) -> str:
        made.append(make(**options))
        if len(made) == 1:
            Path(made[0]).rmdir()
        return made[-1]

    monkeypatch.setattr("tempfile.mkdtemp", robbed)

    with work_folder(tmp_path) as folder:
        assert folder.is_dir()

    assert len(made) == 2


def test_bundles_lie_beside(tmp_path: Path) -> None:
    """All annotators of an instance have the same folder, which no other instance has; what is there is nobody's orphan."""
    first = references_folder(tmp_path, "gas")
    (first / "bundle").mkdir()
    with work_folder(tmp_path):
        pass

    assert references_folder(tmp_path, "gas") == first
    assert (first / "bundle").exists()
    assert references_folder(tmp_path, "other") != first


def test_bundles_lie_in_no_strangers_folder(tmp_path: Path) -> None:
    """Where anybody may have made a folder of that name, a link in its place is refused with what to do."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "gas-references-gas").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(FatalError, match=r"GAS_ANNOTATOR__REFERENCES_DIR"):
        references_folder(tmp_path, "gas")
