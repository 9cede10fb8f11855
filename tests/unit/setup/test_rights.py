"""What the annotator's role may write of a record is exactly what its moves write."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from gas.adapters.wire import difference, job_to_item
from gas.domain.job import Job, JobStatus
from gas.domain.reasons import Reason
from gas.domain.record import ReferenceWait, Refusal
from gas_setup.rights import ANNOTATOR_ATTRIBUTES
from tests.support.jobs import NOW, RESULT, job_in

LEASE = timedelta(minutes=1)
CONDITIONS = {"job_status", "version", "lease_expires_at", "due_at", "fence"}
"""What `commit`, `finish` and `heartbeat` compare."""
HEARTBEAT = {"lease_expires_at", "progress_percent"}


def written(before: Job, after: Job) -> set[str]:
    """The attributes that one write sets or removes."""
    changed = difference(job_to_item(before, 1), job_to_item(after, 1))
    return {*changed.to_set, *changed.to_remove}


def test_the_rights_are_what_the_moves_write() -> None:
    """A claim, every end of a run, and a heartbeat; nothing more may be written, and nothing less is needed."""
    # What a job may carry from an earlier life: a retry of a failed one, or one that was waited for.
    old: dict[str, Any] = {
        "detail": "line 3",
        "look_for_result": NOW,
        "retain_until": NOW,
        "reason": Reason.RETRYING,
    }
    queued = job_in(JobStatus.QUEUED, due=NOW, **old)
    # A job of the last release has no digest before its claim.
    claimed = replace(queued.claimed("pod:1", NOW, LEASE), reference_digest="d" * 64)
    running = replace(claimed, progress_percent=50, **old)
    later = NOW + timedelta(seconds=5)
    ends = [
        running.finished_with(RESULT, later, "0" * 64),
        running.refused_with(Reason.INPUT_REFUSED, "line 4", later),
        running.handed_back(later),
        running.handed_back(later, refusal=Refusal(Reason.STORAGE_REFUSED, "read the input", later)),
        running.handed_back(later, reference_wait=ReferenceWait("d" * 64, later, why="It cannot be loaded.")),
    ]

    touched = written(queued, claimed).union(*(written(running, end) for end in ends))

    assert touched | CONDITIONS | HEARTBEAT | {"job_id"} == set(ANNOTATOR_ATTRIBUTES)
