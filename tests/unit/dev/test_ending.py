"""A failing run of a program of `dev` says one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from dev.ending import end, sentence
from dev.measure.load import __main__ as load
from dev.run.cluster import elsewhere
from kube.errors import ClusterError

ROOT = Path(__file__).parents[3]

ON_A_NODE = {
    "dev/measure/interop/geneimpacts_side.py",
    "dev/kube/src/kube/node/forward.py",
    "dev/kube/src/kube/node/holder.py",
    "dev/kube/src/kube/node/inside.py",
    "dev/kube/src/kube/node/load.py",
    "dev/measure/oracle/hgvs_weaver_side.py",
}
"""Started by other programs of `dev` alone, which tell what became of them."""

PROGRAMS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / "dev").rglob("*.py")
    if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("program", [each for each in PROGRAMS if each not in ON_A_NODE])
def test_every_program_ends_so(program: str) -> None:
    """Whatever goes wrong in one that people start, it is told in one sentence."""
    tail = (ROOT / program).read_text(encoding="utf-8").rpartition('if __name__ == "__main__":')[2]

    assert tail.strip().removeprefix("ending.").startswith("end(")


def test_a_failure_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 1, the sentence says what happened and where more is, and the traceback is there."""

    def main() -> int:
        raise TimeoutError("nobody answered\nfor a long time")

    with pytest.raises(SystemExit) as ended:
        end(main, tmp_path)

    said = capsys.readouterr().err
    [story] = tmp_path.iterdir()
    assert ended.value.code == 1
    assert said.count("\n") == 1
    assert "failed: TimeoutError: nobody answered (where: " in said
    assert str(story) in said
    assert "Traceback" in story.read_text(encoding="utf-8")


@pytest.mark.parametrize(("answer", "code"), [(None, 0), (0, 0), (77, 77)])
def test_an_exit_code_is_passed_on(answer: int | None, code: int, tmp_path: Path) -> None:
    """A program that says how it ended is taken at its word."""
    with pytest.raises(SystemExit) as ended:
        end(lambda: answer, tmp_path)

    assert ended.value.code == code
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ClusterError("helm install: it exists\nmore"), "helm install: it exists"),
        (ValueError("no number"), "ValueError: no number"),
        (KeyError(), "KeyError"),
    ],
    ids=["ours", "foreign", "silent"],
)
def test_sentences(error: Exception, said: str) -> None:
    """Errors of ours are sentences; others are told with their kind."""
    assert sentence(error) == said


def test_a_load_run_that_gets_no_cluster_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a cluster says of itself goes on for many lines: they are in the file."""

    def refuse(*_: object) -> int:
        raise ClusterError("the registry refuses the images\npod a: waiting\npod b: waiting")

    monkeypatch.setattr(load, "what_is_missing", lambda _: [])
    monkeypatch.setattr(load, "LOCUST", tmp_path)
    monkeypatch.setattr(elsewhere, "is_named", lambda _: True)
    monkeypatch.setattr(load, "_elsewhere", refuse)

    with pytest.raises(SystemExit) as ended:
        end(lambda: load.main([]), tmp_path)

    said = capsys.readouterr().err
    [story] = tmp_path.iterdir()
    assert ended.value.code == 1
    assert said.count("\n") == 1
    assert "failed: the registry refuses the images (where: " in said
    assert "pod b: waiting" in story.read_text(encoding="utf-8")


def test_a_program_as_people_start_it(tmp_path: Path) -> None:
    """`python -m dev.run.up.inputs` that cannot write says so in one line."""
    file = tmp_path / "file"
    file.touch()
    done = subprocess.run(
        [sys.executable, "-m", "dev.run.up.inputs", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("dev.run.up.inputs failed: FileExistsError: ")
    assert "Traceback" not in done.stderr
