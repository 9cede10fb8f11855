"""What Prometheus is told of the whole installation: every figure from the records, and none that is unknown or old."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from gas.domain.errors import TransientError
from gas.domain.job import JobStatus
from gas.domain.line import EVERYBODY
from gas.domain.names import Channel
from gas.domain.overview import QueueDepth, Wait
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas_controllers.cluster.resource_cache import Note
from gas_controllers.telling.figures import Figures, FiguresCollector
from gas_controllers.telling.overviews import (
    ARCHIVING_TAKES,
    Sight,
    given_up_jobs,
    oldest_pending,
    oldest_waits,
    overdue_archives,
    silent_claims,
    stored_bytes,
)
from tests.support.jobs import JOB_ID, NOW
from tests.support.plans import CHANNELS, LINED, PREMIUM_LINE
from tests.support.platform import CONTENT, LEASE, Platform, at
from tests.unit.controllers.telling.test_overviews import Deaf, Watching
from tests.unit.controllers.test_reconciler_drift import lose_hot_bytes

MINUTE = timedelta(minutes=1)


def sample(figures: FiguresCollector, name: str, **labels: str) -> float | None:
    """What a scrape would find."""
    registry = CollectorRegistry()
    registry.register(figures)
    return registry.get_sample_value(f"gas_controllers_{name}", labels)


def test_every_phase_and_queue_is_told() -> None:
    """With nothing anywhere each phase, queue, line, kind and tier is there, and zero."""
    watching = Watching()
    watching.written()

    figures = watching.figures
    assert {sample(figures, "jobs", phase=status.value) for status in JobStatus} == {0.0}
    for channel in CHANNELS:
        states = {
            sample(figures, "queue_messages", queue=channel.value, state=state)
            for state in ("visible", "in_flight", "delayed")
        }
        assert states == {0.0}
        assert sample(figures, "dead_letters", queue=channel.value) == 0.0
    assert sample(figures, "queue_oldest_seconds", line="everybody") == 0.0
    assert sample(figures, "queue_oldest_seconds", line="premium") == 0.0
    assert sample(figures, "pending_oldest_seconds") == 0.0
    assert {sample(figures, "given_up_jobs", kind=kind) for kind in ("result", "retrieval")} == {0.0}
    assert {sample(figures, "overdue_jobs", kind=kind) for kind in ("archive", "retrieval")} == {0.0}
    assert {sample(figures, "stored_bytes", tier=tier) for tier in ("hot", "archived")} == {0.0}
    assert sample(figures, "silent_claims") == 0.0


def test_a_queue_that_does_not_answer_is_not_told() -> None:
    """Its last figures are not shown again, nor is zero; the others are told."""
    watching = Watching()
    watching.queues[Channel.THAW].put("x")
    watching.written()
    before = sample(watching.figures, "queue_messages", queue="thaw", state="visible")
    watching.writer._queue = lambda c: Deaf() if c == Channel.THAW else watching.queues[c]  # type: ignore[assignment,return-value]

    watching.written()

    assert before == 1.0
    assert sample(watching.figures, "queue_messages", queue="thaw", state="visible") is None
    assert sample(watching.figures, "queue_messages", queue="archive", state="visible") == 0.0


def test_figures_grow_old_and_are_told_no_more() -> None:
    """The age is told from the start and always; the figures only while they are as fresh as an overview must be."""
    watching = Watching()
    watching.age = 5.0
    unheard = sample(watching.figures, "overview_age_seconds"), sample(watching.figures, "silent_claims")
    watching.written()
    fresh = sample(watching.figures, "overview_age_seconds"), sample(watching.figures, "silent_claims")

    watching.age = 5.0 + 31.0

    assert unheard == (5.0, None)
    assert fresh == (0.0, 0.0)
    assert sample(watching.figures, "overview_age_seconds") == 31.0
    assert sample(watching.figures, "silent_claims") is None


def test_figures_are_told_although_the_store_is_away() -> None:
    """The overview's store is not their source."""
    watching = Watching()
    watching.lose_board()

    with pytest.raises(TransientError):
        watching.writer.write()

    assert sample(watching.figures, "jobs", phase="Queued") == 0.0


def test_each_look_asks_each_queue_once() -> None:
    """Twelve calls of SQS, however many jobs there are."""
    asked: list[tuple[str, Channel]] = []

    def asking(kind: str) -> Callable[[Channel], Any]:
        class Counting:
            def __init__(self, channel: Channel) -> None:
                self.channel = channel

            def depth(self) -> QueueDepth:
                asked.append((kind, self.channel))
                return QueueDepth(1, 2, 3)

        return Counting

    watching = Watching(
        queue=asking("queue"),
        dead_letters=asking("dead"),
    )
    watching.platform.submit()
    watching.platform.look()

    overview = watching.written()

    assert len(asked) == len(set(asked)) == 2 * len(CHANNELS)
    assert overview.requests == QueueDepth(2, 4, 6)


def test_a_life() -> None:
    """A free user's job waits, runs, lies hot, is overdue, and lies in the archive."""
    watching = Watching()
    watching.platform = platform = Platform(Plan.FREE)
    watching.writer._resources, watching.writer._clock = platform.resources, platform.clock
    figures = watching.figures
    platform.submit()
    platform.look()
    platform.clock.advance(MINUTE)
    watching.written()
    waiting = sample(figures, "queue_oldest_seconds", line="everybody")
    platform.claim()
    platform.look()
    platform.clock.advance(LEASE + timedelta(seconds=14))
    watching.written()
    held = sample(figures, "silent_claims")
    platform.clock.advance(timedelta(seconds=2))
    watching.written()
    silent = sample(figures, "silent_claims")
    platform.finish()
    platform.look()
    watching.written()
    hot = sample(figures, "stored_bytes", tier="hot"), sample(figures, "silent_claims")
    platform.clock.advance(platform.rules.retention + ARCHIVING_TAKES + timedelta(seconds=2))
    watching.written()
    overdue = sample(figures, "overdue_jobs", kind="archive")
    platform.look()
    watching.written()

    assert waiting == 60.0
    assert (held, silent) == (0.0, 1.0)
    assert hot == (len(CONTENT), 0.0)
    assert overdue == 1.0
    assert sample(figures, "overdue_jobs", kind="archive") == 0.0
    assert sample(figures, "stored_bytes", tier="hot") == 0.0
    assert sample(figures, "stored_bytes", tier="archived") == len(CONTENT)
    assert sample(figures, "jobs", phase="Archived") == 1.0


def test_a_premium_users_job_waits_in_its_own_line() -> None:
    """Where there is such a line; the wait is told for that line alone."""
    watching = Watching()
    platform = watching.platform
    platform.rules = platform.rules_with(plans=LINED)
    platform.restart()
    watching.writer._resources = platform.resources
    platform.submit()
    platform.look()
    platform.clock.advance(MINUTE)

    watching.written()

    assert sample(watching.figures, "queue_oldest_seconds", line="premium") == 60.0
    assert sample(watching.figures, "queue_oldest_seconds", line="everybody") == 0.0


def test_the_oldest_of_each_line() -> None:
    """Of all that wait in it."""
    sights: list[Sight] = [
        ("a", {}, Note(queued_since=NOW - MINUTE)),
        ("b", {}, Note(queued_since=NOW - 3 * MINUTE)),
        ("c", {}, Note(queued_since=NOW - 2 * MINUTE, line=PREMIUM_LINE)),
        ("d", {}, Note()),
    ]

    assert oldest_waits(sights, NOW) == {
        EVERYBODY: 3 * MINUTE,
        PREMIUM_LINE: 2 * MINUTE,
    }
    assert oldest_waits([], NOW) == {}


def test_the_oldest_that_is_not_accepted() -> None:
    """Of all that are Pending; those that are in a line count there."""
    sights: list[Sight] = [
        ("a", {}, Note(pending_since=NOW - MINUTE)),
        ("b", {}, Note(pending_since=NOW - 3 * MINUTE)),
        ("c", {}, Note(queued_since=NOW - 9 * MINUTE)),
        ("d", {}, Note()),
    ]

    assert oldest_pending(sights, NOW) == 3 * MINUTE
    assert oldest_pending(sights[2:], NOW) == timedelta(0)


def test_a_job_that_cannot_be_accepted_is_seen_to_wait() -> None:
    """Whose input cannot be asked for, or whose resource cannot be made: by figures and overview, until it is accepted."""
    watching = Watching()
    platform = watching.platform
    create, platform.cluster.create = platform.cluster.create, _refuse  # type: ignore[method-assign,assignment]
    platform.submit()
    platform.try_look()
    since = platform.job.submit_time
    platform.clock.advance(3 * MINUTE)

    overview = watching.written()
    waited = sample(watching.figures, "pending_oldest_seconds")
    counted = sample(watching.figures, "jobs", phase="Pending")
    platform.cluster.create = create  # type: ignore[method-assign]
    platform.look()
    watching.written()

    assert overview.longest_wait == Wait(JOB_ID, since)
    assert (waited, counted) == ((platform.clock.now() - since).total_seconds(), 1.0)
    assert sample(watching.figures, "pending_oldest_seconds") == 0.0
    assert sample(watching.figures, "jobs", phase="Queued") == 1.0


def test_a_suspended_job_does_not_wait() -> None:
    """Neither before a pass has come over it nor after; once it may run, it does."""
    watching = Watching()
    platform = watching.platform
    platform.apply(suspend=True)
    platform.clock.advance(3 * MINUTE)

    watching.written()
    before = sample(watching.figures, "pending_oldest_seconds")
    platform.look()
    platform.clock.advance(3 * MINUTE)
    overview = watching.written()

    assert (before, sample(watching.figures, "pending_oldest_seconds")) == (0.0, 0.0)
    assert overview.longest_wait is None


def test_a_resource_that_no_pass_has_looked_at_waits() -> None:
    """Since it was made: many at once wait for a worker."""
    watching = Watching()
    watching.platform.apply()
    watching.platform.clock.advance(3 * MINUTE)

    watching.written()

    assert sample(watching.figures, "pending_oldest_seconds") == 180.0


def test_what_was_given_up_is_told_until_somebody_acts() -> None:
    """Not while it is tried again; after a restart of the controllers as well."""
    watching = Watching()
    platform = watching.platform
    platform.change_plan(Plan.FREE)
    platform.complete()
    platform.pass_time(60 * MINUTE)
    platform.lose_copies()
    platform.change_plan(Plan.PREMIUM)
    platform.pass_time(6 * MINUTE)
    early = given_up_jobs(platform.resources.survey())

    platform.pass_time(24 * 60 * MINUTE)
    watching.written()
    told = sample(watching.figures, "given_up_jobs", kind="retrieval")
    platform.restart()
    platform.look()
    again = given_up_jobs(platform.resources.survey())
    platform.intend(delete_requested=platform.clock.now())
    platform.look()

    assert (early, told, again) == ({}, 1.0, {"retrieval": 1})
    assert given_up_jobs(platform.resources.survey()) == {}


def test_a_result_that_is_missing_is_told() -> None:
    """As long as it is."""
    watching = Watching()
    platform = watching.platform
    platform.change_plan(Plan.FREE)
    platform.complete()
    lose_hot_bytes(platform)
    platform.pass_time(24 * 60 * MINUTE)

    watching.written()

    assert sample(watching.figures, "given_up_jobs", kind="result") == 1.0
    assert sample(watching.figures, "given_up_jobs", kind="retrieval") == 0.0


def _refuse(*_: object) -> None:
    raise TransientError("the quota of the namespace is used up")


@pytest.mark.parametrize(
    ("status", "overdue"),
    [
        ({"phase": "Completed", "retainUntilTime": at(NOW - 2 * MINUTE)}, 1),
        ({"phase": "Restored", "retainUntilTime": at(NOW - 2 * MINUTE)}, 1),
        ({"phase": "Completed", "retainUntilTime": at(NOW - MINUTE / 2)}, 0),
        ({"phase": "Completed"}, 0),
        ({"phase": "Archived", "retainUntilTime": at(NOW - 2 * MINUTE)}, 0),
        ({}, 0),
    ],
    ids=["overdue", "restored", "being-archived", "kept", "archived", "new"],
)
def test_what_is_overdue(status: dict[str, Any], overdue: int) -> None:
    """Only what is hot, had a time, and had a minute more."""
    assert overdue_archives([(JOB_ID, status, Note())], NOW) == overdue


def test_a_result_that_is_missing_for_ever_is_not_overdue() -> None:
    """It was given up, of which another alert tells; nobody can archive it, so that being late would never end."""
    platform = Platform()
    platform.complete()
    lose_hot_bytes(platform)
    overdue = []
    for _ in range(24):
        platform.pass_time(60 * MINUTE + ARCHIVING_TAKES)
        overdue.append(overdue_archives([(JOB_ID, platform.status, Note())], platform.clock.now()))

    assert platform.status["phase"] == "Completed"
    assert platform.job.reason is Reason.RESULT_MISSING
    assert set(overdue) == {0}


def test_claims_without_a_lease_are_not_silent() -> None:
    """Nor are those whose lease still runs."""
    notes = [Note(), Note(holder="a", lease_ends=NOW), Note(holder="b", lease_ends=NOW - MINUTE)]

    assert silent_claims([(note.holder or "", {}, note) for note in notes], NOW) == 1


def test_bytes_on_their_way_back_are_archived() -> None:
    """Until they are verified, the archived copy is the one that counts; an unfinished job has none."""
    sights: list[Sight] = [
        ("a", {"phase": "Restoring", "result": {"sizeBytes": 5}}, Note()),
        ("b", {"phase": "Restored", "result": {"sizeBytes": 7}}, Note()),
        ("c", {"phase": "Running"}, Note()),
        ("d", {"phase": "Deleted", "result": {"sizeBytes": 9}}, Note()),
    ]

    assert stored_bytes(sights) == (7, 5)


def test_describing_needs_no_figures() -> None:
    """A registry learns the names without a look at anything."""
    names = {family.name for family in FiguresCollector().describe()}

    assert "gas_controllers_jobs" in names
    assert names == {family.name for family in _shown(FiguresCollector(lambda: 0.0), Figures()).collect()}


def _shown(collector: FiguresCollector, figures: Figures) -> FiguresCollector:
    collector.show(figures, MINUTE)
    return collector
