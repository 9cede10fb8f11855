"""What the controllers tell the operators: from the resources, the notes of their passes, and the queues."""

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.messaging import InMemoryQueue
from gas.adapters.memory.overviews import InMemoryOverviewBoard
from gas.adapters.wire_messages import write_message
from gas.domain.errors import TransientError
from gas.domain.job import JobStatus
from gas.domain.messages import JobHint
from gas.domain.names import Channel
from gas.domain.overview import Overview, PauseCause, Pool, QueueDepth, Situation, Wait
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas.domain.record import ClusterSight, Home, ReferenceWait
from gas_controllers.cluster.absences import Absences
from gas_controllers.cluster.resource_cache import Note, ResourceCache
from gas_controllers.lanes.sweep import Periodic
from gas_controllers.telling.figures import FiguresCollector
from gas_controllers.telling.overviews import (
    OverviewWriter,
    Sight,
    busy_annotators,
    late_retrievals,
    longest_wait,
    pinned_bundles,
    situations,
)
from tests.support.jobs import JOB_ID, NOW
from tests.support.plans import CHANNELS, LINES, PREMIUM_REQUESTS
from tests.support.platform import Platform

MINUTE = timedelta(minutes=1)


class Deaf:
    """A queue that does not answer."""

    def depth(self) -> QueueDepth:
        """Fail."""
        raise TransientError("no answer")


class Slow:
    """A queue that is away: asking it takes until the time limit."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def depth(self) -> QueueDepth:
        """Fail after a while."""
        self._clock.advance(timedelta(seconds=9))
        raise TransientError("no answer")


class FullBoard:
    """A board that takes nothing."""

    def write(self, _overview: Overview) -> None:
        """Fail."""
        raise TransientError("throttled")


class Watching:
    """A platform whose controllers write overviews."""

    def __init__(self, **queues: Any) -> None:
        """With queues that answer, unless others are given."""
        self.platform = Platform(Plan.PREMIUM)
        self.board = InMemoryOverviewBoard()
        self.absences = Absences(1, 60.0)
        clock = self.platform.clock
        self.queues = {channel: InMemoryQueue(channel, clock) for channel in CHANNELS} | self.platform.queues
        self.dead = {channel: InMemoryQueue(channel, clock) for channel in CHANNELS}
        self.age = 0.0
        self.sight: ClusterSight | None = None
        self.figures = FiguresCollector(lambda: self.age)
        self.writer = OverviewWriter(
            board=self.board,
            resources=self.platform.resources,
            absences=self.absences,
            lines=queues.get("lines", LINES),
            queue=queues.get("queue", self.queues.__getitem__),
            dead_letters=queues.get("dead_letters", self.dead.__getitem__),
            sweep=Periodic("sweep", 15, lambda: None),
            clock=queues.get("clock", clock),
            period_seconds=10,
            sight=lambda: self.sight,
            figures=self.figures,
        )

    def written(self) -> Overview:
        """A new overview."""
        self.writer.write()
        overview = self.board.read()
        assert overview is not None
        return overview

    def lose_board(self) -> None:
        """From now on the store of overviews takes nothing."""
        self.writer._board = FullBoard()  # type: ignore[assignment]


def test_an_empty_cluster() -> None:
    """Nothing anywhere, everything read: zeros that are known."""
    watching = Watching()

    overview = watching.written()

    assert overview.time == watching.platform.clock.now()
    assert overview.situations == {}
    assert overview.longest_wait is None
    assert overview.requests == QueueDepth(0, 0, 0)
    assert overview.dead_letters == dict.fromkeys(CHANNELS, 0)
    assert overview.pools == (Pool("annotators", 0),)
    assert (overview.period, overview.sweep_period) == (timedelta(seconds=10), timedelta(seconds=15))
    assert overview.sweep_age < MINUTE
    assert not overview.absences_paused


def test_a_job_on_its_way() -> None:
    """It waits since it was queued, its message is in the queue, then its annotator is busy, then neither."""
    watching = Watching()
    platform = watching.platform
    platform.submit()
    platform.look()
    since = platform.clock.now()
    platform.clock.advance(MINUTE)
    waiting = watching.written()

    platform.claim()
    platform.look()
    running = watching.written()
    platform.finish()
    platform.look()
    done = watching.written()

    assert waiting.situations == {Situation(JobStatus.QUEUED, Reason.WAITING_FOR_ANNOTATOR): 1}
    assert waiting.longest_wait == Wait(JOB_ID, since)
    assert waiting.requests == QueueDepth(visible=1)
    assert running.situations == {Situation(JobStatus.RUNNING, Reason.ANNOTATING): 1}
    assert (running.longest_wait, running.pools) == (None, (Pool("annotators", 1),))
    assert done.situations == {Situation(JobStatus.COMPLETED, Reason.PREMIUM): 1}
    assert done.pools == (Pool("annotators", 0),)


def test_after_a_restart_the_notes_come_back() -> None:
    """The first passes over all resources, which every start makes, tell who waits and who works."""
    platform = Platform()
    platform.submit()
    platform.look()
    platform.claim()
    platform.restart()
    before = busy_annotators(platform.resources.survey())

    platform.look()

    assert before == 0
    assert busy_annotators(platform.resources.survey()) == 1


def test_bundles_of_unfinished_jobs_are_told() -> None:
    """Each once, and none that only finished jobs had: the others must not be removed."""
    shown = [
        ("Pending", None),
        ("Queued", "b"),
        ("Running", "a"),
        ("Running", "b"),
        ("Completed", "c"),
        ("Failed", "d"),
    ]
    sights: list[Sight] = [
        (f"job-{n}", {"phase": phase} | ({"referenceDigest": digest} if digest else {}), Note())
        for n, (phase, digest) in enumerate(shown)
    ]

    assert pinned_bundles(sights) == ("a", "b")


def test_what_cannot_be_read_is_left_out() -> None:
    """A queue that does not answer is unknown, not empty, and the rest is told."""
    watching = Watching()
    watching = Watching(
        queue=lambda c: Deaf() if c == Channel.JOB_REQUESTS else watching.queues[c],
        dead_letters=lambda c: Deaf() if c == Channel.THAW else watching.dead[c],
    )
    watching.dead[Channel.RESTORE].put("rubbish")

    overview = watching.written()

    assert overview.requests is None
    assert set(overview.dead_letters) == set(CHANNELS) - {Channel.THAW}
    assert overview.dead_letters[Channel.RESTORE] == 1


def test_the_log_names_the_queue_that_cannot_be_read() -> None:
    """Where operators and the runbook are sent to look, with the reason."""
    watching = Watching()

    with capture_logs() as told:
        Watching(dead_letters=lambda c: Deaf() if c == Channel.THAW else watching.dead[c]).written()

    assert told == [
        {"event": "queue cannot be read", "log_level": "warning", "channel": "thaw", "error": "no answer"}
    ]


def test_queues_that_are_away_do_not_hold_up_the_rest() -> None:
    """The first that takes too long is the last that is asked, and who waits for how long is told soon."""
    asked: list[Channel] = []
    clock = FakeClock()

    def away(channel: Channel) -> Slow:
        asked.append(channel)
        return Slow(clock)

    watching = Watching(clock=clock, queue=away)
    before = clock.now()

    with capture_logs() as told:
        overview = watching.written()

    assert asked == [CHANNELS[0]]
    assert clock.now() - before == timedelta(seconds=9)
    assert (overview.requests, overview.dead_letters) == (None, {})
    assert "cannot be read" in told[0]["event"]
    assert "were not asked" in told[1]["event"]


def test_a_store_that_does_not_answer_is_told() -> None:
    """The thread that writes logs it and tries again at its next time."""
    watching = Watching()
    watching.lose_board()

    with pytest.raises(TransientError):
        watching.writer.write()


def test_doubt_is_told() -> None:
    """Operators learn how many resources are missing, that too many are to be believed, and that the kind is gone."""
    watching = Watching()

    for name in ("a", "b"):
        watching.absences.doubt(name)
    two = watching.written()
    watching.absences.found("a")
    one = watching.written()
    watching.platform.resources.home = None
    none = watching.written()

    assert [(o.absent, o.absences_paused, o.unserved) for o in (two, one, none)] == [
        (2, True, False),
        (1, True, False),
        (1, True, True),
    ]
    assert two.pause_cause is PauseCause.MANY


def test_the_cluster_is_told_as_it_was_seen() -> None:
    """Whoever starts next knows by it whether the cluster was set back meanwhile; that it was is told as such."""
    watching = Watching()
    watching.sight = ClusterSight(Home("crd", "namespace"), 17)
    watching.absences.set_back()

    overview = watching.written()

    assert (overview.sight, overview.pause_cause) == (watching.sight, PauseCause.SET_BACK)


def test_one_annotator_with_two_jobs_is_one() -> None:
    """Annotators are counted, not claims."""
    sights: list[Sight] = [
        (name, {}, Note(holder=holder)) for name, holder in (("a", "x"), ("b", "x"), ("c", "y"))
    ]

    assert busy_annotators([*sights, ("d", {}, Note())]) == 2


def test_the_longest_wait_is_the_earliest() -> None:
    """Of all that wait."""
    sights: list[Sight] = [
        (name, {}, Note(queued_since=NOW - MINUTE * n)) for name, n in (("a", 1), ("b", 9), ("c", 3))
    ]

    assert longest_wait([*sights, ("d", {}, Note())]) == Wait("b", NOW - MINUTE * 9)
    assert longest_wait([("d", {}, Note())]) is None


def test_late_retrievals() -> None:
    """Those whose expected time is over."""
    times = [None, "2026-11-23T11:59:59Z", "2026-11-23T12:00:01Z"]
    sights = [("x", {"restoreExpectedTime": time} if time else {}, Note()) for time in times]

    assert late_retrievals(sights, NOW) == 1


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ({}, Situation(JobStatus.PENDING, Reason.CHECKING_INPUT)),
        (
            {"phase": "Failed", "conditions": [{"type": "Ready", "reason": "NameTaken"}]},
            Situation(JobStatus.FAILED, Reason.NAME_TAKEN),
        ),
        (
            {"phase": "Queued", "conditions": [{"type": "Ready", "reason": "ByHand"}]},
            Situation(JobStatus.QUEUED, Reason.CHECKING_INPUT),
        ),
    ],
    ids=["new", "refused", "edited"],
)
def test_what_a_resource_shows(status: dict[str, Any], standing: Situation) -> None:
    """New ones, refused ones, and ones that somebody edited."""
    assert situations([("x", status, Note())]) == {standing: 1}


def test_a_job_whose_bundle_is_fetched_waits_for_no_annotator() -> None:
    """No alert on a missing annotator may wake anybody for it."""
    platform = Platform()
    platform.submit()
    platform.look()
    platform.jobs.await_reference(JOB_ID, ReferenceWait("d" * 64, NOW + MINUTE))

    platform.look()

    assert platform.job.reason is Reason.WAITING_FOR_REFERENCE
    assert [note.queued_since for _, _, note in platform.resources.survey()] == [None]


def test_a_job_whose_bundle_does_not_come_waits() -> None:
    """It is old before somebody acts, whoever looks at its age: one whose bundle cannot be had, and one that nobody fetches any more."""
    platform = Platform()
    platform.submit()
    platform.look()
    queued = platform.job.last_move
    platform.jobs.await_reference(JOB_ID, ReferenceWait("d" * 64, NOW + MINUTE, why="It is not stored."))
    platform.look()
    reason, lacking = platform.job.reason, [note.queued_since for _, _, note in platform.resources.survey()]

    platform.jobs.await_reference(JOB_ID, ReferenceWait("d" * 64, NOW + MINUTE))
    platform.pass_time(2 * MINUTE)
    forgotten = [note.queued_since for _, _, note in platform.resources.survey()]

    assert reason is Reason.WAITING_FOR_REFERENCE
    assert lacking == forgotten == [queued]


def test_notes_are_dropped_with_the_resource() -> None:
    """A resource that is gone leaves nothing behind."""
    platform = Platform()
    platform.submit()
    platform.look()
    cache: ResourceCache = platform.resources
    assert [note.queued_since for _, _, note in cache.survey()] == [NOW]

    cache.forget(JOB_ID)

    assert cache.survey() == []
    assert cache._notes == {}


def test_both_lines_are_counted_together() -> None:
    """Where premium users' jobs have a queue of their own, its messages wait as well; one that is deaf leaves both unknown."""
    watching = Watching()
    queues, lines = watching.queues, [Channel.JOB_REQUESTS, PREMIUM_REQUESTS]
    both = Watching(queue=queues.__getitem__)
    half = Watching(queue=lambda c: Deaf() if c == PREMIUM_REQUESTS else queues[c])
    for line, count in zip(lines, (1, 2), strict=True):
        for number in range(count):
            queues[line].put(write_message(JobHint(f"job-{number}", 1)))

    assert both.written().requests == QueueDepth(3, 0, 0)
    assert half.written().requests is None
