"""What operators are told of a running platform."""

import pytest

from gas.domain.job import JobStatus
from gas.domain.names import Channel
from gas.domain.overview import Overview, troubles
from gas.domain.plan import Plan
from tests.support.desk import Desk
from tests.support.plans import CHANNELS

pytestmark = pytest.mark.kube


def _overview(desk: Desk) -> Overview:
    overview = desk.ports.overviews.read()
    assert overview is not None
    return overview


def _rests(overview: Overview) -> bool:
    busy = overview.longest_wait is not None or overview.pools[0].busy
    return not busy and overview.dead_letters[Channel.RESTORE] == 0


def test_the_overview_follows_the_platform(desk: Desk) -> None:
    """Who works, who waits, what nobody could read: told by the controllers within seconds, and nothing that is not so."""
    user, running, waiting = desk.user(Plan.PREMIUM), desk.name("running"), desk.name("waiting")
    hold = desk.gates["annotator"].hold("GetObject", running)
    desk.send(user, running)
    hold.wait()
    desk.send(user, waiting)

    desk.until(lambda: (wait := _overview(desk).longest_wait) is not None and wait.job_id == waiting)
    busy = _overview(desk)
    desk.send_text(Channel.RESTORE, "rubbish")
    desk.until(lambda: _overview(desk).dead_letters[Channel.RESTORE] == 1)
    dead = _overview(desk)
    hold.release()
    desk.wait([running, waiting], "Completed")
    desk.control.purge(f"{desk.instance}-{Channel.RESTORE.value}-dead")
    # One that was begun before the purge may come after it.
    desk.until(lambda: _rests(_overview(desk)), "an overview in which nobody waits, works, or was given up")
    idle = _overview(desk)

    assert (busy.pools[0].busy, busy.pools[0].ready) == (1, None)
    assert busy.jobs_in(JobStatus.RUNNING) >= 1
    assert busy.jobs_in(JobStatus.QUEUED) >= 1
    assert busy.requests is not None
    assert busy.requests.total >= 1
    assert set(busy.dead_letters) == set(CHANNELS)
    assert any("1 of restore" in trouble.sentence for trouble in troubles(dead, dead.time))
    assert idle.jobs_in(JobStatus.COMPLETED) >= 2
    assert idle.time > dead.time > busy.time
