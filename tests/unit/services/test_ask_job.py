"""The use cases behind the web that write little or nothing: listing, asking, viewing, opening."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.bootstrap import memory_ports
from gas.domain.built_in_references import NOTHING_PUBLISHED
from gas.domain.errors import NotFoundError, TooManyRequestsError, UsageError
from gas.domain.explanation import outlook
from gas.domain.job import UNFINISHED, JobEvent, JobStatus
from gas.domain.names import Channel
from gas.domain.offer import Offer
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.quota import ActiveJobs
from gas.domain.reasons import Reason
from gas.domain.record import AcceptedInput, Intents, Retrieval
from gas.domain.spec import RestoreRequest, RetrievalTier
from gas.ports.quotas import QuotaStore
from gas.ports.stores import JobPage
from gas.services.ask_job import AskJob
from gas.services.get_job import get_job
from gas.services.job_view import job_view
from gas.services.list_jobs import LONG_LOOK, MAX_LOOKS, JobFilter, list_jobs
from gas.services.take_place import WISH_COMES_WITHIN, TakePlace
from tests.support.by_hand import make_unreadable
from tests.support.jobs import NOW, USER, job_in
from tests.support.plans import PLANS, PREMIUM_TERMS, plans_with

OFFER = Offer(PLANS)
FREE = User(USER, "a@example.org", "Ada", PlanStanding(Plan.FREE, NOW))
PREMIUM = replace(FREE, standing=PlanStanding(Plan.PREMIUM, NOW))


class Asking:
    """One job in memory, and the use cases that ask it for something."""

    def __init__(self, status: JobStatus, **changes: Any) -> None:
        """A job in a state."""
        self.clock = FakeClock(NOW)
        self.ports = memory_ports(self.clock)
        self.before = job_in(status, due=None, **changes)
        assert self.ports.jobs.create(self.before)
        place = TakePlace(self.ports.quotas, self.ports.jobs)
        self.ask = AskJob(self.ports.jobs, self.ports.publisher, place, self.clock, OFFER)

    @property
    def changed(self) -> bool:
        """True when the record is another one now."""
        return self.ports.jobs.get(self.before.job_id) != self.before

    @property
    def hinted(self) -> bool:
        """True when the controllers got a hint."""
        return bool(self.ports.queue(Channel.JOB_RESULTS).receive(10, 0, 30))


@pytest.mark.parametrize("status", JobStatus)
def test_cancel_is_noted_for_what_is_unfinished(status: JobStatus) -> None:
    """A finished job is left alone, and nobody is told."""
    asking = Asking(status)

    asking.ask.cancel(FREE, asking.before.job_id)

    assert asking.changed is asking.hinted is (status in UNFINISHED)


@pytest.mark.parametrize("status", JobStatus)
def test_delete_is_noted_in_every_state_but_deleted(status: JobStatus) -> None:
    """Data can go at any time; a tombstone has none."""
    asking = Asking(status)

    asking.ask.delete(FREE, asking.before.job_id)

    assert asking.changed is asking.hinted is (status is not JobStatus.DELETED)


FAILED_FOR_GOOD = Retrieval(RetrievalTier.EXPEDITED, tries=3)
ASKED = Intents(restore_requested=RestoreRequest(NOW - timedelta(hours=2)))


@pytest.mark.parametrize(
    ("status", "changes", "noted"),
    [
        (JobStatus.ARCHIVED, {"reason": Reason.POLICY_IMMEDIATE}, True),
        (JobStatus.ARCHIVED, {"intents": ASKED}, False),
        (
            JobStatus.ARCHIVED,
            {"intents": ASKED, "retrieval": FAILED_FOR_GOOD, "reason": Reason.RETRIEVAL_FAILED},
            True,
        ),
        (JobStatus.RESTORING, {}, False),
        (JobStatus.COMPLETED, {}, False),
        (JobStatus.RESTORED, {}, False),
    ],
    ids=["archived", "asked", "failed for good", "restoring", "completed", "restored"],
)
def test_restore_is_noted_when_it_would_change_something(
    status: JobStatus, changes: dict[str, Any], *, noted: bool
) -> None:
    """A restoration under way is not asked for again, nor offered; one that failed for good is."""
    asking = Asking(status, **changes)

    asking.ask.restore(PREMIUM, asking.before.job_id)

    assert asking.changed is asking.hinted is noted
    assert job_view(asking.before, PREMIUM, PLANS, NOTHING_PUBLISHED).offers("restore") is noted


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (JobStatus.RUNNING, "Only a failed job can be tried again"),
        (JobStatus.FAILED, "Trying again would change nothing"),
    ],
)
def test_a_retry_that_would_never_come_is_refused(status: JobStatus, said: str) -> None:
    """A job whose input was never accepted has nothing to run again: no wish is noted that nobody would fulfil."""
    asking = Asking(status, accepted_input=None)

    with pytest.raises(UsageError, match=said):
        asking.ask.retry(FREE, asking.before.job_id)

    assert not asking.changed
    assert not job_view(asking.before, FREE, PLANS, NOTHING_PUBLISHED).offers("retry")


LATER = NOW + timedelta(minutes=1)
FULL = replace(OFFER, plans=plans_with({"max_active_jobs": 1}))


def retrying(asking: Asking, quotas: QuotaStore | None = None, limit: Offer = FULL) -> AskJob:
    """The use case for a user with a single place, a minute after the job has failed."""
    asking.clock.advance(LATER - asking.clock.now())
    place = TakePlace(quotas or asking.ports.quotas, asking.ports.jobs)
    return replace(asking.ask, take_place=place, offer=limit)


def take(asking: Asking, job_id: str, at: datetime = LATER) -> None:
    """Take the single place for another job, as a submission does."""
    TakePlace(asking.ports.quotas, asking.ports.jobs)(USER, job_id, 1, at)


@pytest.mark.parametrize("held", [False, True], ids=["its place is gone", "it kept its place"])
def test_a_job_about_to_be_retried_holds_a_place(*, held: bool) -> None:
    """Between the wish and the queue the job is still Failed: a submission in that time does not get its place."""
    asking = Asking(JobStatus.FAILED)
    if held:
        take(asking, asking.before.job_id, asking.before.submit_time)

    retrying(asking).retry(FREE, asking.before.job_id)

    for minutes in (0, 10):
        with pytest.raises(TooManyRequestsError):
            take(asking, "job-2", LATER + timedelta(minutes=minutes))


def test_a_retry_and_a_submission_cannot_both_have_the_last_place() -> None:
    """Whatever comes between the place and the wish: the place of the job's earlier run counts for nothing."""
    asking = Asking(JobStatus.FAILED)
    take(asking, asking.before.job_id, asking.before.submit_time)
    quotas = asking.ports.quotas

    class Racing:
        def active_jobs(self, user_id: str) -> ActiveJobs:
            return quotas.active_jobs(user_id)

        def commit(self, user_id: str, before: ActiveJobs, after: ActiveJobs) -> None:
            quotas.commit(user_id, before, after)
            with pytest.raises(TooManyRequestsError):
                take(asking, "job-2")

        def forget(self, user_id: str) -> None:
            quotas.forget(user_id)

    retrying(asking, Racing()).retry(FREE, asking.before.job_id)

    assert set(quotas.active_jobs(USER).since) == {asking.before.job_id}


def test_a_retry_that_came_second_is_refused() -> None:
    """The place that a failed job once had has gone to a newer job: no wish is noted."""
    asking = Asking(JobStatus.FAILED)
    take(asking, asking.before.job_id, asking.before.submit_time)
    take(asking, "job-2")

    with pytest.raises(TooManyRequestsError):
        retrying(asking).retry(FREE, asking.before.job_id)

    assert not asking.changed


def test_a_retry_that_died_before_its_wish_gives_the_place_back() -> None:
    """A web part that was killed in between costs a minute and no place."""
    asking = Asking(JobStatus.FAILED)
    TakePlace(asking.ports.quotas, asking.ports.jobs)(USER, asking.before.job_id, 1, LATER, retry=True)

    take(asking, "job-2", LATER + WISH_COMES_WITHIN + timedelta(seconds=1))

    assert set(asking.ports.quotas.active_jobs(USER).since) == {"job-2"}


WRONG_CLOCKS = {"behind": -timedelta(seconds=40), "right": timedelta(0), "ahead": timedelta(seconds=40)}


@pytest.mark.parametrize("wrong", WRONG_CLOCKS.values(), ids=WRONG_CLOCKS)
def test_a_retry_is_served_once_whatever_the_webs_clock_says(wrong: timedelta) -> None:
    """A job that has just failed is tried again, by a web whose clock is wrong too; when it fails again, not by itself."""
    asking = Asking(JobStatus.FAILED)
    ask = retrying(asking)
    asking.clock.set(asking.before.last_move + timedelta(seconds=1) + wrong)

    asked = ask.retry(FREE, asking.before.job_id)
    moved = asked.last_move + timedelta(seconds=2)
    queued = asked.moved(JobEvent.RETRIED, moved)
    failed = replace(
        queued.moved(JobEvent.DEADLINE_PASSED, moved + timedelta(seconds=1)),
        accepted_input=asked.accepted_input,
    )

    assert asked.retry_wanted
    assert not failed.retry_wanted
    assert not queued.cancel_wanted


@pytest.mark.parametrize("wrong", WRONG_CLOCKS.values(), ids=WRONG_CLOCKS)
def test_a_cancellation_after_a_retry_stands(wrong: timedelta) -> None:
    """Who cancels a job that was just retried, at another pod whose clock is behind, is heard."""
    asking = Asking(JobStatus.QUEUED, intents=Intents(retry_requested=NOW + timedelta(minutes=1)))
    asking.clock.set(NOW + wrong)

    asked = asking.ask.cancel(FREE, asking.before.job_id)

    assert asked.cancel_wanted


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.QUEUED, JobStatus.RUNNING])
def test_a_retry_may_be_repeated(status: JobStatus) -> None:
    """Whoever got no answer asks again, and learns how the job stands, whether the controllers have begun or not."""
    asking = Asking(status, intents=Intents(retry_requested=NOW))

    job = retrying(asking).retry(FREE, asking.before.job_id)

    assert job == asking.before
    assert not asking.changed
    assert not job_view(job, FREE, PLANS, NOTHING_PUBLISHED).offers("retry")


@pytest.mark.parametrize("job_id", ["job-2", "../x", "", "x" * 64, "É"])
def test_what_is_not_there_is_not_found(job_id: str) -> None:
    """What can be no id is not even looked for."""
    with pytest.raises(NotFoundError):
        get_job(Asking(JobStatus.RUNNING).ports.jobs, USER, job_id)


def test_another_users_job_is_not_found_in_the_same_words() -> None:
    """Nobody learns that it exists."""
    jobs = Asking(JobStatus.RUNNING).ports.jobs

    said = []
    for user, job_id in (("v" * 26, "job-1"), (USER, "job-2")):
        with pytest.raises(NotFoundError) as refused:
            get_job(jobs, user, job_id)
        said.append(str(refused.value))

    assert said[0] == said[1]


def test_a_filter_that_finds_nothing_ends_soon_with_a_cursor() -> None:
    """A long list is not read to its end for one page; the cursor goes on where it stopped."""
    ports = memory_ports(FakeClock())
    for number in range(2 + (MAX_LOOKS - 1) * LONG_LOOK + 1):
        ports.jobs.create(job_in(JobStatus.RUNNING, job_id=f"job-{number}"))

    page = list_jobs(ports.jobs, USER, JobFilter(frozenset({JobStatus.FAILED})), limit=2)
    rest = list_jobs(ports.jobs, USER, JobFilter(frozenset({JobStatus.FAILED})), page.cursor, limit=2)

    assert (page.jobs, page.cursor is None) == ((), False)
    assert rest == JobPage((), None)


def test_a_filtered_page_is_never_longer_than_asked() -> None:
    """And no job is skipped or told twice."""
    ports = memory_ports(FakeClock())
    for number in range(30):
        status = JobStatus.FAILED if number % 3 == 0 else JobStatus.RUNNING
        ports.jobs.create(job_in(status, job_id=f"job-{number:02}"))

    seen, cursor = [], None
    for _ in range(20):
        page = list_jobs(ports.jobs, USER, JobFilter(frozenset({JobStatus.FAILED})), cursor, limit=4)
        assert len(page.jobs) <= 4
        seen += [job.job_id for job in page.jobs]
        cursor = page.cursor
        if cursor is None:
            break

    assert seen == [f"job-{number:02}" for number in range(27, -1, -3)]


def test_one_page_finds_what_lies_far_back() -> None:
    """Among hundreds of other jobs the one that is looked for is on the first page, and nothing is left to look through."""
    ports = memory_ports(FakeClock())
    for number in range(LONG_LOOK * 2):
        ports.jobs.create(job_in(JobStatus.RUNNING, job_id=f"job-{number:03}"))
    ports.jobs.create(job_in(JobStatus.FAILED, job_id="a-job"))

    page = list_jobs(ports.jobs, USER, JobFilter(frozenset({JobStatus.FAILED})), limit=25)

    assert ([job.job_id for job in page.jobs], page.cursor) == (["a-job"], None)


def test_a_list_tells_of_what_cannot_be_read() -> None:
    """Whatever is looked for, for nobody knows whether it would be that; and the others are listed."""
    ports = memory_ports(FakeClock())
    for name in ("job-1", "job-2", "job-3"):
        ports.jobs.create(job_in(JobStatus.RUNNING, job_id=name))
    make_unreadable(ports.jobs, "job-2")

    pages = [
        list_jobs(ports.jobs, USER, JobFilter(states), limit=25)
        for states in (frozenset[JobStatus](), frozenset({JobStatus.FAILED}))
    ]

    assert [[job.job_id for job in page.jobs] for page in pages] == [["job-3", "job-1"], []]
    assert [[record.job_id for record in page.unread] for page in pages] == [["job-2"], ["job-2"]]


def test_a_job_that_cannot_be_read_keeps_its_place() -> None:
    """It goes on once its record is put right, and then there are no more than the plan allows."""
    asking = Asking(JobStatus.RUNNING)
    take(asking, asking.before.job_id)
    make_unreadable(asking.ports.jobs, asking.before.job_id)

    with pytest.raises(TooManyRequestsError):
        take(asking, "job-2", LATER + timedelta(hours=1))


@pytest.mark.parametrize("status", JobStatus)
@pytest.mark.parametrize("user", [FREE, PREMIUM], ids=["free", "premium"])
def test_the_view_offers_what_will_be_taken(status: JobStatus, user: User) -> None:
    """Each action that is offered is accepted."""
    for action in job_view(job_in(status), user, PLANS, NOTHING_PUBLISHED).actions:
        asking = Asking(status)

        getattr(asking.ask, action.value)(user, asking.before.job_id)

        assert asking.changed


@pytest.mark.parametrize("status", JobStatus)
def test_every_state_has_words_for_what_comes_next(status: JobStatus) -> None:
    """No state leaves a person with a gap, and none of our braces is left unfilled."""
    view = job_view(job_in(status), FREE, PLANS, NOTHING_PUBLISHED)

    for sentence in (view.sentence, view.next):
        assert sentence.endswith(".")
        assert "{" not in sentence


def test_the_outlook_knows_what_was_asked_for() -> None:
    """A wish that is noted and not yet fulfilled is what comes next; so is a retrieval's next try."""
    soon = NOW + timedelta(minutes=5)
    cancelled = job_in(JobStatus.RUNNING, intents=Intents(cancel_requested=NOW))
    deleted = job_in(JobStatus.COMPLETED, intents=Intents(delete_requested=NOW))
    failing = job_in(
        JobStatus.ARCHIVED,
        reason=Reason.RETRIEVAL_FAILED,
        retrieval=Retrieval(RetrievalTier.EXPEDITED, tries=1, next_try=soon),
    )
    retried = Intents(retry_requested=NOW)
    again = job_in(JobStatus.FAILED, intents=retried, accepted_input=AcceptedInput("etag", 100))
    never = job_in(JobStatus.FAILED, intents=retried, accepted_input=None)
    back = job_in(
        JobStatus.ARCHIVED,
        intents=Intents(restore_requested=RestoreRequest(NOW, RetrievalTier.EXPEDITED)),
    )
    served = replace(back, restore_served=frozenset({NOW}))

    assert outlook(cancelled, PLANS).sentence == "It is about to be cancelled."
    assert outlook(again, PLANS).sentence == "It is about to be queued again."
    assert "about to" not in outlook(never, PLANS).sentence
    assert outlook(back, PLANS).sentence == "It is about to be restored from the archive."
    assert "about to" not in outlook(served, PLANS).sentence
    assert outlook(deleted, PLANS).sentence == "Its files are about to be deleted."
    assert outlook(failing, PLANS).time == soon
    assert outlook(failing, PLANS).sentence == "It is tried again about 2026-11-23 12:05:00 UTC."


@pytest.mark.parametrize(
    ("reason", "premium", "comes"),
    [
        (Reason.RETENTION_OVER, True, True),
        (Reason.RETENTION_OVER, False, False),
        (Reason.POLICY_IMMEDIATE, True, False),
    ],
)
def test_the_outlook_knows_the_plan(reason: Reason, *, premium: bool, comes: bool) -> None:
    """What retention archived comes back by itself once its owner is premium; what a policy archived does not."""
    job = job_in(JobStatus.ARCHIVED, reason=reason)

    assert (
        "about to be restored" in outlook(job, PLANS, own=PREMIUM_TERMS if premium else None).sentence
    ) == comes
