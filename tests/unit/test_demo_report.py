"""What the demo thinks of its evidence: it is content with the story as told, and with nothing else."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from dev.up.demo_report import Expectation, problems_of

PHASES = ("Pending", "Queued", "Running", "Completed", "Archived", "Restoring", "Restored")
EXPECTED = Expectation(
    "demo-free", "u" * 26, "free", "free.vcf", PHASES, "Fay Free", reasons={"Restoring": "RetrievalStandard"}
)


def transition(phase: str) -> dict[str, Any]:
    """A transition as it should be."""
    archived = phase in {"Archived", "Restoring"}
    return {
        "at": "2026-11-26T12:00:00.000+00:00",
        "phase": phase,
        "reason": "RetrievalStandard" if phase == "Restoring" else "Any",
        "jobStatus": phase,
        "archived": archived,
        "hot": {"storageClass": "STANDARD"} if phase in {"Completed", "Archived", "Restored"} else None,
        "archive": {"storageClass": "GLACIER"} if archived else None,
    }


def report() -> dict[str, Any]:
    """A report of the story as told."""
    return {
        "resultSha256Before": "0" * 64,
        "resultSha256After": "0" * 64,
        "transitions": [transition(phase) for phase in PHASES],
    }


def test_story_as_told() -> None:
    """Nothing is found where all is well, even if short phases passed unseen."""
    short = report()
    del short["transitions"][:2]

    assert problems_of(report(), EXPECTED) == []
    assert problems_of(short, EXPECTED) == []


def end_early(told: dict[str, Any]) -> None:
    """The job never came back."""
    told["transitions"].pop()


def go_astray(told: dict[str, Any]) -> None:
    """The job failed on its way."""
    told["transitions"].insert(3, transition("Failed"))


def change(number: int, **fields: Any) -> Callable[[dict[str, Any]], None]:
    """One transition told something else."""

    def told_otherwise(told: dict[str, Any]) -> None:
        told["transitions"][number] |= fields

    return told_otherwise


def lose_bytes(told: dict[str, Any]) -> None:
    """The result was another at the end."""
    told["resultSha256After"] = "f" * 64


def never_download(told: dict[str, Any]) -> None:
    """The result could not be downloaded."""
    told["resultSha256Before"] = told["resultSha256After"] = None


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (end_early, "went Pending → "),
        (go_astray, "went Pending → Queued → Running → Failed → "),
        (
            change(5, reason="RetrievalExpedited"),
            "the reason was RetrievalExpedited, expected RetrievalStandard",
        ),
        (change(4, jobStatus="Completed"), "at Archived the record said Completed"),
        (change(4, archived=False), "at Archived the record's archived was False"),
        (change(6, hot=None), "at Restored the result was not in its bucket"),
        (change(4, archive=None), "at Archived there was no copy in Glacier"),
        (change(5, hot={"storageClass": "STANDARD"}), "at Restoring the hot bytes were still there"),
        (lose_bytes, "the result is not the same bytes at the end"),
        (never_download, "the result could not be downloaded when it was completed"),
    ],
    ids=[
        "end",
        "order",
        "reason",
        "record",
        "archived",
        "not-hot",
        "not-archived",
        "still-hot",
        "other-bytes",
        "no-bytes",
    ],
)
def test_other_story(spoil: Callable[[dict[str, Any]], None], problem: str) -> None:
    """Whatever differs from the story is found, and told in words."""
    told = copy.deepcopy(report())

    spoil(told)
    (found,) = problems_of(told, EXPECTED)

    assert problem in found
