"""What end-to-end claims read off records."""

from dataclasses import replace

from gas.domain.job import HistoryEntry, JobStatus
from gas.domain.record import Lease
from tests.support.jobs import ATTEMPT_1, NOW, RESULT, job_in, stored
from tests.support.records import attempts, differences, handed_back, held_by_pods, with_pace

QUEUED = HistoryEntry(JobStatus.QUEUED, NOW)
RUNNING = HistoryEntry(JobStatus.RUNNING, NOW)
DONE = HistoryEntry(JobStatus.COMPLETED, NOW)


def test_attempts_in_vain_are_lost_or_handed_back() -> None:
    """Of four claims the last one finished the job and one was lost, so two were handed back."""
    jobs = [
        job_in(JobStatus.COMPLETED, fence=4, attempts=1),
        job_in(JobStatus.COMPLETED, fence=1, attempts=0),
    ]

    assert attempts(jobs) == {"lost": 1, "handedBack": 2}


def test_of_the_ways_back_to_the_queue_those_at_no_cost_were_handed_back() -> None:
    """A job under way, one that went back twice and lost an attempt by it once, and one that waits after its first way back."""
    once = (QUEUED, RUNNING, QUEUED)

    assert handed_back(job_in(JobStatus.RUNNING, history=(QUEUED, RUNNING), attempts=0)) == 0
    assert handed_back(job_in(JobStatus.RUNNING, history=(*once, RUNNING, QUEUED, RUNNING), attempts=1)) == 1
    assert handed_back(job_in(JobStatus.QUEUED, history=once, attempts=0)) == 1


def test_a_pod_holds_the_job_of_its_lease() -> None:
    """A holder is a pod and a process in it; a job that nobody holds is no pod's."""
    held = job_in(JobStatus.RUNNING, lease=Lease("gas-annotator-1:7", NOW))

    assert held_by_pods([held, job_in(JobStatus.QUEUED, lease=None)]) == {"gas-annotator-1": held.job_id}


def test_more_moves_are_no_difference() -> None:
    """A job that went on is the same job."""
    old = job_in(JobStatus.RUNNING, history=(QUEUED, RUNNING))
    new = job_in(JobStatus.COMPLETED, history=(QUEUED, RUNNING, DONE))

    assert differences({"a": old}, {"a": new, "b": old}) == []


def test_what_is_lost_is_told() -> None:
    """A record that is away, a move that was forgotten, a result that is another, a job that is somebody else's."""
    old = job_in(JobStatus.COMPLETED, history=(QUEUED, RUNNING, DONE))

    assert differences({"a": old}, {}) == ["a has no record any more"]
    forgot = differences({"a": old}, {"a": replace(old, history=(QUEUED, DONE))})
    assert forgot == ["a forgot a move: ['Queued', 'Running', 'Completed'] became ['Queued', 'Completed']"]
    other = differences(
        {"a": old}, {"a": replace(old, result=replace(RESULT, outputs=stored(ATTEMPT_1, sha256="1" * 64)))}
    )
    assert other == ["a has another result"]
    assert differences({"a": old}, {"a": replace(old, user_id="v" * 26)}) == ["a is another job"]


def test_what_is_doubled_is_told() -> None:
    """A job that was completed twice."""
    twice = job_in(JobStatus.COMPLETED, history=(QUEUED, RUNNING, DONE, QUEUED, RUNNING, DONE))

    assert differences({}, {"a": twice}) == ["a was completed twice"]


def test_pace_changes_nothing_else() -> None:
    """The values with a pace are those without, but for three of them; and those without stay as they were."""
    values = {
        "settings": {"env": "local", "annotator": {"leaseSeconds": 20, "drainSeconds": 20}},
        "annotator": {"terminationGracePeriodSeconds": 60},
    }

    assert with_pace(values, pace_seconds=45, drain_seconds=5, grace_seconds=35) == {
        "settings": {
            "env": "local",
            "annotator": {"leaseSeconds": 20, "drainSeconds": 5, "paceSeconds": 45},
        },
        "annotator": {"terminationGracePeriodSeconds": 35},
    }
    assert values["annotator"] == {"terminationGracePeriodSeconds": 60}
