"""Whole lives on the running platform, from `kubectl apply` to Restored, as people and plain boto3 see them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gas.adapters.aws.session import ATTEMPTS
from gas.domain.plan import Plan
from tests.support.desk import KEPT, Desk
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.kube

HOT = {
    "f1~sample.annot.vcf.gz",
    "f1~sample.annot.vcf.gz.tbi",
    "f1~sample.tsv.gz",
    "f1~sample.problems.tsv.gz",
    "f1~sample.vcf.count.log",
    "f1~sample.preview.json",
    "f1~sample.statistics.json",
    "f1~sample.summary.txt",
    "f1~sample.provenance.json",
}
RESULT = "f1~sample.annot.vcf.gz"
ARCHIVED = {RESULT, "f1~sample.annot.vcf.gz.tbi", "f1~sample.tsv.gz"}
ALLOWED = {
    ("", ""),
    ("Pending", "CheckingInput"),
    ("Queued", "WaitingForAnnotator"),
    ("Running", "Annotating"),
    ("Completed", "RetentionRunning"),
    ("Archived", "RetentionOver"),
    ("Restoring", "RetrievalExpedited"),
    ("Restored", "Premium"),
}
"""What the columns PHASE and REASON may show in the life of a free user who becomes premium."""


@dataclass
class Lives:
    """Lives that ran side by side, and what was seen on the way."""

    ada: str
    premium_user: str
    adas: list[str]
    broken: str
    premium: str
    saved: str
    refused: str
    hashes: dict[str, str] = field(default_factory=dict)
    completed: dict[str, dict[str, Any]] = field(default_factory=dict)
    archived_objects: dict[str, dict[str, str]] = field(default_factory=dict)
    archived: dict[str, dict[str, Any]] = field(default_factory=dict)
    waits: dict[str, int] = field(default_factory=dict)
    rows: list[list[str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def lives(session_desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    """A free user's three jobs to Restored, a broken file, a premium job, an early upgrade and a refused retrieval."""
    desk = session_desk
    table = tmp_path_factory.mktemp("watch") / "table.txt"
    ada, per, carl, dora = desk.user(), desk.user(Plan.PREMIUM), desk.user(), desk.user()
    story = Lives(
        ada,
        per,
        desk.names("ada", 3),
        desk.name("broken"),
        desk.name("premium"),
        desk.name("saved"),
        desk.name("refused"),
    )
    watch = desk.background_kubectl("get", "aj", "--watch", output=table)
    desk.submit(ada, story.broken, content=desk.files["broken"])
    desk.until(lambda: b"NAME" in table.read_bytes(), "the watch to begin")
    _archive(desk, story, carl=carl, dora=dora)
    _restore(desk, story, dora)
    ends = {(name, "Restored") for name in (*story.adas, story.refused)}
    desk.until(
        lambda: ends <= {(job, phase) for job, phase, _ in _rows(table)}, "kubectl to tell of the ends"
    )
    watch.terminate()
    watch.wait(PATIENCE_SECONDS)
    story.rows = _rows(table)
    yield story
    desk.heal()


def _archive(desk: Desk, story: Lives, *, carl: str, dora: str) -> None:
    desk.submit(story.ada, *story.adas, retentionSeconds=KEPT)
    desk.submit(story.premium_user, story.premium)
    desk.submit(carl, story.saved, retentionSeconds=KEPT)
    desk.submit(dora, story.refused)
    desk.wait([*story.adas, story.saved], "Completed")
    for name in (*story.adas, story.saved):
        story.hashes[name] = desk.result_sha256(name)
        story.completed[name] = desk.resource(name)
    desk.upgrade(carl)
    desk.until(lambda: desk.ready(story.saved)["reason"] == "Premium", "the upgrade to be noticed")
    # The retention is cut short only now, so that no state passes by unseen on a slow machine.
    for name in (*story.adas, story.saved):
        desk.patch(name, {"retentionSeconds": 1})
    desk.wait([*story.adas, story.refused], "Archived")
    story.archived = desk.resources()
    for name in (*story.adas, story.refused):
        desk.until(lambda name=name: RESULT not in desk.objects(name), f"the hot bytes of {name} to go")  # type: ignore[misc]
        story.archived_objects[name] = desk.objects(name)


def _restore(desk: Desk, story: Lives, dora: str) -> None:
    wait = ("wait", f"annotationjob/{story.adas[0]}", f"--timeout={PATIENCE_SECONDS:.0f}s")
    story.waits["Completed"] = desk.ask_kubectl(*wait, "--for=condition=Completed").code
    story.waits["Ready at once"] = desk.ask_kubectl(*wait[:2], "--timeout=0s", "--for=condition=Ready").code
    ready = desk.background_kubectl(*wait, "--for=condition=Ready")
    desk.gates["controllers"].fail(
        "RestoreObject", story.refused, code="GlacierExpeditedRetrievalNotAvailable", count=ATTEMPTS
    )
    desk.upgrade(story.ada)
    desk.upgrade(dora)
    desk.wait([*story.adas, story.refused], "Restored")
    story.waits["Ready"] = ready.wait(PATIENCE_SECONDS)
    for name in story.adas:
        desk.until(lambda name=name: desk.archive_id(name) is None, f"the archived copy of {name} to go")  # type: ignore[misc]


def _rows(table: Path) -> list[list[str]]:
    """NAME, PHASE and REASON of each line that `kubectl get aj -w` printed; the columns are empty before any status."""
    words = [line.split() for line in table.read_text().splitlines()]
    phases = {phase for phase, _ in ALLOWED} | {"Failed"}
    return [line[:3] if line[1] in phases else [line[0], "", ""] for line in words if line[0] != "NAME"]


def _conditions(resource: dict[str, Any]) -> dict[str, str]:
    return {each["type"]: each["status"] for each in resource["status"]["conditions"]}


def test_history(lives: Lives, desk: Desk) -> None:
    """The record goes through every state once, in order."""
    for name in lives.adas:
        assert desk.history(name) == [
            "Pending",
            "Queued",
            "Running",
            "Completed",
            "Archived",
            "Restoring",
            "Restored",
        ]


def test_archived_bytes(lives: Lives) -> None:
    """While archived, result, index and table are only in the archive, in class GLACIER; log, preview and the like stay hot."""
    archived = {f"archive/{each}": "GLACIER" for each in ARCHIVED}
    for name in lives.adas:
        expected = dict.fromkeys(HOT - ARCHIVED, "STANDARD") | archived
        assert lives.archived_objects[name] == expected


def test_restored_bytes(lives: Lives, desk: Desk) -> None:
    """What comes back is byte for byte what was there, is what the record says, and the archived copy is gone."""
    for name in lives.adas:
        assert desk.result_sha256(name) == lives.hashes[name] == desk.record(name)["result_sha256"]
        assert desk.objects(name) == dict.fromkeys(HOT, "STANDARD")


def test_conditions(lives: Lives, desk: Desk) -> None:
    """Ready follows the bytes, Completed stays, Archived and Restored tell where the result is."""
    name = lives.adas[0]

    assert _conditions(lives.completed[name]) == {
        "Ready": "True",
        "Completed": "True",
        "Archived": "False",
        "Restored": "False",
        "Failed": "False",
    }
    assert _conditions(lives.archived[name]) == {
        "Ready": "False",
        "Completed": "True",
        "Archived": "True",
        "Restored": "False",
        "Failed": "False",
    }
    assert _conditions(desk.resource(name)) == {
        "Ready": "True",
        "Completed": "True",
        "Archived": "False",
        "Restored": "True",
        "Failed": "False",
    }


def test_status_fields(lives: Lives, desk: Desk) -> None:
    """The times and pointers in the status are those of the state."""
    name = lives.adas[0]
    completed, archived = lives.completed[name]["status"], lives.archived[name]["status"]
    restored = desk.resource(name)["status"]

    assert completed["retainUntilTime"] > completed["completionTime"]
    assert completed["result"]["sha256"] == lives.hashes[name]
    assert "archiveID" not in completed
    assert archived["archiveID"] == f"archive/{completed['result']['key']}"
    assert archived["archiveTime"] >= completed["completionTime"]
    assert {"archiveID", "archiveTime", "retainUntilTime", "restoreExpectedTime"}.isdisjoint(restored)
    assert restored["attempts"] == 1


def test_kubectl_wait(lives: Lives) -> None:
    """`kubectl wait` for Completed returns for an archived job; for Ready it waits for the restore."""
    assert lives.waits == {"Completed": 0, "Ready at once": 1, "Ready": 0}


def test_reason_column(lives: Lives) -> None:
    """`kubectl get aj -w` shows a phase and a reason that belong together, and none of the long phases is missing."""
    for name in lives.adas:
        shown = {(phase, reason) for job, phase, reason in lives.rows if job == name}

        assert shown <= ALLOWED
        assert {
            ("Completed", "RetentionRunning"),
            ("Archived", "RetentionOver"),
            ("Restored", "Premium"),
        } <= shown


def test_events(lives: Lives, desk: Desk) -> None:
    """There is one Event for each phase that was entered, and none for anything else."""
    for name in lives.adas:
        phases = {phase for job, phase, _ in lives.rows if job == name} - {""}
        # An Event is posted just after the status that it tells of.
        desk.until(lambda name=name: "Restored" in _events(desk, name), f"the last Event of {name}")  # type: ignore[misc]

        assert sorted(_events(desk, name)) == sorted(phases)


def _events(desk: Desk, name: str) -> list[str]:
    """The reasons of all Events about a job."""
    about = ("get", "events", f"--field-selector=involvedObject.name={name}", "--output=json")
    return [event["reason"] for event in json.loads(desk.kubectl(*about))["items"]]


def test_failure(lives: Lives, desk: Desk) -> None:
    """A broken file fails with the line that is wrong, is tried once, and costs one e-mail."""
    desk.wait([lives.broken], "Failed")
    ready = desk.ready(lives.broken)

    assert ready["reason"] == "InputRefused"
    assert "line 15" in ready["message"]
    assert desk.record(lives.broken)["fence"] == 1
    desk.wait_mails_about(lives.broken, "Your file could not be annotated")


def test_mails(lives: Lives, desk: Desk) -> None:
    """Each completion is told once; the restoration of three jobs by one plan change is told once."""
    desk.until(lambda: len(desk.mails_to(lives.ada)) >= len(lives.adas) + 2, "the e-mails")
    subjects = desk.mails_to(lives.ada)

    assert subjects.count("Your file is annotated") == len(lives.adas)
    assert subjects.count("Your file could not be annotated") == 1
    assert subjects.count("Your archived results are being restored") == 1
    assert len(subjects) == len(lives.adas) + 2


def test_premium_is_never_archived(lives: Lives, desk: Desk) -> None:
    """A premium user's result stays where it is, however long its retention is over."""
    assert desk.history(lives.premium) == ["Pending", "Queued", "Running", "Completed"]
    assert desk.ready(lives.premium)["reason"] == "Premium"
    assert set(desk.objects(lives.premium)) == HOT


def test_upgrade_inside_retention(lives: Lives, desk: Desk) -> None:
    """Who upgrades before the retention is over loses nothing: the result is never archived."""
    assert desk.history(lives.saved) == ["Pending", "Queued", "Running", "Completed"]
    assert desk.ready(lives.saved)["reason"] == "Premium"
    assert desk.result_sha256(lives.saved) == lives.hashes[lives.saved]
    desk.wait_mails_about(lives.saved, "Your file is annotated")


def test_expedited_refused(lives: Lives, desk: Desk) -> None:
    """A retrieval that is refused as Expedited is asked for again at the standard pace."""
    shown = [(phase, reason) for job, phase, reason in lives.rows if job == lives.refused]

    assert ("Restoring", "RetrievalStandard") in shown
    assert desk.history(lives.refused)[-3:] == ["Archived", "Restoring", "Restored"]
    assert desk.result_sha256(lives.refused) == desk.record(lives.refused)["result_sha256"]
    desk.wait_mails_about(lives.refused, "Your file is annotated", "Your archived results are being restored")
