"""What records tell of jobs that were disturbed: pure, so that it is tried without a cluster."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from gas.domain.job import Job, JobStatus
from gas.domain.record import Result
from gas_controllers.cluster.pod_costs import pod_of


def attempts(jobs: Iterable[Job]) -> dict[str, int]:
    """How often finished jobs were begun in vain: lost with their annotator, and handed back, which costs nothing."""
    found = list(jobs)
    lost = sum(job.attempts for job in found)
    # Each claim moves the fence; the last one finished the job.
    return {"lost": lost, "handedBack": sum(job.fence - 1 for job in found) - lost}


def handed_back(job: Job) -> int:
    """How often a job went back to the queue at no cost, whether it has ended since or not; it must not have failed."""
    back = pairwise(entry.status for entry in job.history)
    return list(back).count((JobStatus.RUNNING, JobStatus.QUEUED)) - job.attempts


def held_by_pods(jobs: Iterable[Job]) -> dict[str, str]:
    """The job that each pod holds, by the holders of the leases."""
    return {pod_of(job.lease.holder): job.job_id for job in jobs if job.lease is not None}


def differences(before: Mapping[str, Job], after: Mapping[str, Job]) -> list[str]:
    """What was lost or doubled in between, a sentence each: records, moves, results. Moves that were added are none."""
    found = []
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            found.append(f"{name} has no record any more")
            continue
        if new.history[: len(old.history)] != old.history:
            found.append(f"{name} forgot a move: {_states(old)} became {_states(new)}")
        if old.result is not None and _bytes(new.result) != _bytes(old.result):
            found.append(f"{name} has another result")
        if (new.user_id, new.input, new.submit_time) != (old.user_id, old.input, old.submit_time):
            found.append(f"{name} is another job")
    done_twice = [name for name, job in after.items() if _states(job).count(JobStatus.COMPLETED.value) > 1]
    return found + [f"{name} was completed twice" for name in done_twice]


def with_pace(
    values: Mapping[str, Any], *, pace_seconds: float, drain_seconds: int, grace_seconds: int
) -> dict[str, Any]:
    """The values with annotators that hold each job for so long, and may take so long to end."""
    settings, annotator = values["settings"], values["annotator"]
    slow = {**settings["annotator"], "paceSeconds": pace_seconds, "drainSeconds": drain_seconds}
    return {
        **values,
        "settings": {**settings, "annotator": slow},
        "annotator": {**annotator, "terminationGracePeriodSeconds": grace_seconds},
    }


def _bytes(result: Result | None) -> object:
    """Which files a result has, and what is in them: not whether they are archived."""
    return result and {
        output: (result.bucket, each.key, each.size_bytes, each.sha256)
        for output, each in result.outputs.items()
    }


def _states(job: Job) -> list[str]:
    return [entry.status.value for entry in job.history]
