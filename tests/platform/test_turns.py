"""One user's burst of slow jobs on the running platform, and what another user waits who comes after it."""

from datetime import UTC, datetime, timedelta

import pytest

from gas.domain.job import Job, created
from gas.domain.plan import Plan
from gas.domain.spec import InputRef, JobPolicy
from gas.services.take_place import TakePlace
from tests.support.desk import FILE_NAME, KEPT, MANY_WORKERS, Desk

pytestmark = pytest.mark.kube

IN_LINE = 2
BURST = 12
PACE_SECONDS = "1.5"
"""Each job holds the only annotator for that long at least."""


def _submit(desk: Desk, user: str, names: list[str]) -> None:
    """As the web does it: a place and a record for each. No hint is sent: a sweep, each second, finds them."""
    for name in names:
        desk.put_input(user, name, desk.files["premium"])
        now, kept = datetime.now(UTC), JobPolicy(retention=timedelta(seconds=KEPT))
        TakePlace(desk.ports.quotas, desk.ports.jobs)(user, name, 100, now)
        at = InputRef(f"{desk.instance}-inputs", desk.input_key(user, name), FILE_NAME)
        assert desk.ports.jobs.create(created(Job(name, user, at, "rCRS", now, policy=kept)))


def _record(desk: Desk, name: str) -> Job:
    job = desk.ports.jobs.get(name)
    assert job is not None
    return job


def _waiting(desk: Desk, names: list[str]) -> list[str]:
    """Those of which kubectl says that they wait for their turn."""
    shown = desk.resources()
    return [
        name for name in names if desk.reason_in(shown.get(name, {}).get("status", {})) == "WaitingForTurn"
    ]


def test_a_burst_of_slow_jobs_does_not_starve_another_user(desk: Desk) -> None:
    """With twelve slow jobs before it and one annotator, another user's job waits for three of them, not for twelve."""
    ada, ben = desk.user(Plan.PREMIUM), desk.user()
    burst, theirs = desk.names("burst", BURST), desk.name("theirs")
    desk.kill("controllers")
    line = {"GAS_PLANS__JOBS_IN_LINE": str(IN_LINE)}
    desk.platform.start_part(
        "controllers", more={**desk.gates["controllers"].settings, **MANY_WORKERS, **line}
    )
    desk.kill("annotator")

    _submit(desk, ada, burst)
    desk.until(lambda: _waiting(desk, burst) == burst[IN_LINE:], "all but two to wait for their turn")
    _submit(desk, ben, [theirs])
    desk.wait([theirs], "Queued")
    desk.start_annotator("slow", GAS_ANNOTATOR__PACE_SECONDS=PACE_SECONDS)
    desk.wait([theirs], "Completed")
    desk.until(lambda: all(_record(desk, name).annotated for name in burst), "the burst to end")

    begun, ended = _record(desk, theirs).start_time, _record(desk, theirs).complete_time
    starts = [_record(desk, name).start_time for name in burst]
    assert begun is not None
    assert ended is not None
    assert len([start for start in starts if start and start < begun]) <= IN_LINE + 1
    assert len([start for start in starts if start and start <= ended]) < BURST / 2
