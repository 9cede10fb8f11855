"""Evidence that is read while it is written."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from dev.run.up import evidence
from dev.run.up.evidence import Recorder, read_lines
from kube.kubectl import Kubectl


def test_a_line_that_is_being_written_is_not_read_yet(tmp_path: Path) -> None:
    """What stands before it is."""
    path = tmp_path / "records.jsonl"
    path.write_text('{"at": "1"}\n{"at": "2", "record": {"job_', encoding="utf-8")

    assert read_lines(path) == [{"at": "1"}]


def test_the_last_look_is_told_with_its_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And with its end: what changes while it is under way was not seen by it, however late it is written down."""
    clock = itertools.count(1)
    monkeypatch.setattr(evidence, "now_text", lambda: str(next(clock)))

    def head(_recorder: Recorder, _key: str) -> dict[str, Any] | None:
        return {"seen": next(clock)}

    monkeypatch.setattr(Recorder, "_head", head)
    kubectl = Kubectl(tmp_path / "kubectl", tmp_path / "kubeconfig")
    recorder = Recorder(tmp_path, kubectl, "http://127.0.0.1:9", "gas")
    recorder.expect_result("a", "key")

    recorder.stop()

    [look] = read_lines(tmp_path / "objects.jsonl")
    assert look == {"at": "1", "ended": "4", "job_id": "a", "hot": {"seen": 2}, "archive": {"seen": 3}}
