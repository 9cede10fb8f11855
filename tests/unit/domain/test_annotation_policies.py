"""What is done with a job before it has a result."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gas.domain.built_in_references import BUILT_IN, RCRS
from gas.domain.catalogue import Catalogue
from gas.domain.decision import AnnotatorsUp, Fact, FactValue, PublishRequest, QueueEmpty, Rules
from gas.domain.explanation import explain
from gas.domain.job import Job, JobEvent, JobStatus
from gas.domain.line import EVERYBODY, Line
from gas.domain.objects import HotObject
from gas.domain.own_file import (
    MAX_OWN_BYTES,
    OwnFile,
    about_own_file,
    is_too_large_for_any_plan,
    own_file_too_large,
)
from gas.domain.plan import CpuLimit, Plan, PlanStanding
from gas.domain.reasons import Reason
from gas.domain.record import AcceptedInput, Intents, Lease, Publication, ReferenceWait
from gas.domain.spec import InputRef, JobPolicy
from tests.support.jobs import (
    BEFORE,
    FREE,
    INPUT,
    INPUTS,
    NOW,
    OWN,
    OWN_FILE,
    PREFIX,
    PREMIUM,
    RULES,
    USER,
    decided,
    job_in,
    pending,
)
from tests.support.plans import LINED, PLANS, PREMIUM_LINE, plans_with
from tests.support.references import an_entry

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SMALL: dict[Fact, FactValue] = {Fact.INPUT: HotObject(1000, "etag")}


def test_input_is_asked_for_and_accepted() -> None:
    """A pending job asks for its input and is queued with the ETag and size that were seen."""
    asked = decided(pending())
    accepted = decided(pending(), facts=SMALL)

    assert asked.asks is Fact.INPUT
    assert (accepted.after.status, accepted.after.due) == (JobStatus.QUEUED, NOW)
    assert accepted.after.accepted_input == AcceptedInput("etag", 1000, CpuLimit(30, Plan.FREE))
    assert accepted.effects == ()


NEWER = an_entry("rCRS", "b" * 64)
CATALOGUE = Catalogue((*BUILT_IN, NEWER))


def test_a_job_by_its_resource_gets_the_newest_release() -> None:
    """The catalogue is asked once, and the digest is written with what is written anyway: with the acceptance, or the suspension."""
    job = pending(reference_digest=None)
    asked = decided(job)
    accepted = decided(job, facts={**SMALL, Fact.CATALOGUE: CATALOGUE})
    suspended = decided(replace(job, policy=JobPolicy(suspend=True)), facts={Fact.CATALOGUE: CATALOGUE})

    assert asked.asks is Fact.CATALOGUE
    assert (accepted.after.status, accepted.after.reference_digest) == (JobStatus.QUEUED, NEWER.digest)
    assert (suspended.asks, suspended.after.reference_digest) == (None, NEWER.digest)


def test_a_submitted_job_keeps_its_release() -> None:
    """Nobody asks for the catalogue again, whatever was published, retired or removed since."""
    for catalogue in (CATALOGUE, Catalogue(())):
        after = decided(pending(), facts={**SMALL, Fact.CATALOGUE: catalogue}).after

        assert (after.status, after.reference_digest) == (JobStatus.QUEUED, RCRS.digest)


def test_an_unknown_reference_fails_the_job() -> None:
    """With the names that there are; a suspended job may wait until there is such a reference."""
    job = pending(reference="GRCh37", reference_digest=None)
    facts = {**SMALL, Fact.CATALOGUE: CATALOGUE}

    failed = decided(job, facts=facts).after
    waits = decided(replace(job, policy=JobPolicy(suspend=True)), facts=facts).after

    assert (failed.status, failed.reason) == (JobStatus.FAILED, Reason.REFERENCE_UNKNOWN)
    assert explain(failed, PLANS) == (
        "The job cannot be annotated. There is no reference GRCh37 here. The references of this installation are: rCRS."
    )
    assert not failed.retryable
    assert (waits.status, waits.reason) == (JobStatus.PENDING, Reason.SUSPENDED)


@pytest.mark.parametrize("plan", [FREE, PREMIUM, None], ids=["free", "premium", "unknown"])
def test_the_plan_at_acceptance_says_what_it_may_take(plan: PlanStanding | None) -> None:
    """The limit is part of what was accepted: a later plan does not change it, nor does losing its annotator."""
    accepted = decided(pending(), plan, SMALL).after
    lost = replace(accepted.claimed("annotator-1", NOW, MINUTE), due=NOW)

    again = decided(lost, PREMIUM if plan is FREE else FREE, now=NOW + 2 * MINUTE).after

    assert again.status is JobStatus.QUEUED
    assert again.accepted_input == accepted.accepted_input
    assert again.accepted_input == AcceptedInput("etag", 1000, RULES.plans.of(plan).cpu_limit)


@pytest.mark.parametrize("cpu_limit", [CpuLimit(30, Plan.FREE), None], ids=["free", "of-an-older-release"])
def test_a_retry_may_take_what_the_plan_allows_now(cpu_limit: CpuLimit | None) -> None:
    """Who became premium because a file took too long does not meet the same limit again."""
    failed = job_in(
        JobStatus.FAILED,
        intents=Intents(retry_requested=NOW),
        accepted_input=AcceptedInput("etag", 1, cpu_limit),
    )

    again = decided(failed, PREMIUM).after

    assert again.accepted_input == AcceptedInput("etag", 1, CpuLimit(900, Plan.PREMIUM))


@pytest.mark.parametrize(
    ("found", "plan", "job", "reason"),
    [
        (None, FREE, pending(), Reason.INPUT_NOT_FOUND),
        (HotObject(1001, "etag"), FREE, pending(), Reason.INPUT_TOO_LARGE),
        (HotObject(1001, "etag"), None, pending(), Reason.INPUT_TOO_LARGE),
        (HotObject(1_000_001, "etag"), PREMIUM, pending(), Reason.INPUT_TOO_LARGE),
        (HotObject(9, "new"), FREE, pending(accepted_input=AcceptedInput("old", 9)), Reason.INPUT_CHANGED),
        (HotObject(9, "new"), FREE, pending(submitted_etag="old"), Reason.INPUT_CHANGED),
        (HotObject(1001, "new"), FREE, pending(submitted_etag="old"), Reason.INPUT_CHANGED),
    ],
    ids=[
        "missing",
        "too-large-free",
        "too-large-unknown",
        "too-large-premium",
        "changed-since-accepted",
        "changed-since-submitted",
        "changed-and-too-large",
    ],
)
def test_input_is_refused(
    found: HotObject | None, plan: PlanStanding | None, job: Any, reason: Reason
) -> None:
    """An input that is missing, too large for the plan, or changed since it was submitted or accepted fails the job."""
    decision = decided(job, plan, {Fact.INPUT: found})

    assert (decision.after.status, decision.after.reason) == (JobStatus.FAILED, reason)


BOTH: dict[Fact, FactValue] = {**SMALL, Fact.OWN_FILE: HotObject(50, "own etag")}


def test_an_own_file_is_looked_at_after_the_input() -> None:
    """It is asked for when the input does, and accepted with the ETag and size that were seen."""
    job = pending(own_file=OwnFile(OWN))

    asked, accepted = decided(job, facts=SMALL), decided(job, facts=BOTH).after

    assert decided(job).asks is Fact.INPUT
    assert asked.asks is Fact.OWN_FILE
    assert (accepted.status, accepted.own_file) == (JobStatus.QUEUED, OWN_FILE)
    assert accepted.accepted_input == AcceptedInput("etag", 1000, CpuLimit(30, Plan.FREE))


@pytest.mark.parametrize(
    ("found", "plan", "own", "reason", "said"),
    [
        (None, FREE, OWN_FILE, Reason.INPUT_NOT_FOUND, ""),
        (HotObject(50, "another"), FREE, OWN_FILE, Reason.INPUT_CHANGED, ""),
        (
            HotObject(1001, "own etag"),
            FREE,
            OWN_FILE,
            Reason.INPUT_TOO_LARGE,
            "it has 1,001 bytes, a free user's",
        ),
        (
            HotObject(50, "own etag", archived=True),
            FREE,
            OWN_FILE,
            Reason.INPUT_REFUSED,
            "a rule of its bucket moved it",
        ),
        (
            HotObject(50, "own etag"),
            FREE,
            replace(OWN_FILE, place=replace(OWN, key=f"{PREFIX}/{'v' * 26}/upload-2~mine.bed")),
            Reason.INPUT_NOT_OWNED,
            "",
        ),
    ],
    ids=["missing", "changed", "too-large", "archived", "anothers"],
)
def test_an_own_file_is_refused(
    found: HotObject | None, plan: PlanStanding, own: OwnFile, reason: Reason, said: str
) -> None:
    """As an input would be; and it is told that it is this file, and not the input."""
    after = decided(pending(own_file=own), plan, {**SMALL, Fact.OWN_FILE: found}).after

    assert (after.status, after.reason) == (JobStatus.FAILED, reason)
    assert (after.detail or "").startswith(about_own_file(said))
    assert said or after.detail == about_own_file()
    assert "of your own variants" in explain(after, PLANS).replace("of own variants", "of your own variants")


def test_no_plan_takes_more_than_the_engine() -> None:
    """Where a plan takes larger inputs, a file that is brought beside one has a bound of its own."""
    rules = replace(RULES, plans=plans_with({"max_input_bytes": 2 * MAX_OWN_BYTES}))
    found = HotObject(MAX_OWN_BYTES + 1, "own etag")

    for each in (rules, RULES):
        after = decided(pending(own_file=OWN_FILE), facts={**SMALL, Fact.OWN_FILE: found}, rules=each).after

        assert after.reason is Reason.INPUT_TOO_LARGE
        assert after.detail == about_own_file(own_file_too_large(MAX_OWN_BYTES + 1))
        assert is_too_large_for_any_plan(after.detail)
    of_its_plan = decided(
        pending(own_file=OWN_FILE), facts={**BOTH, Fact.OWN_FILE: HotObject(1001, "own etag")}
    )
    assert not is_too_large_for_any_plan(of_its_plan.after.detail)
    assert not is_too_large_for_any_plan(None)


def test_input_that_is_as_submitted_is_accepted() -> None:
    """What the web saw at submission is what is accepted."""
    after = decided(pending(submitted_etag="etag"), facts=SMALL).after

    assert after.status is JobStatus.QUEUED
    assert after.pinned_etag == "etag"


@pytest.mark.parametrize(
    ("job", "pinned"),
    [
        (pending(), None),
        (pending(submitted_etag="one"), "one"),
        (pending(accepted_input=AcceptedInput("two", 1)), "two"),
        (pending(submitted_etag="one", accepted_input=AcceptedInput("two", 1)), "two"),
    ],
    ids=["unseen", "submitted", "accepted", "both"],
)
def test_the_pin(job: Job, pinned: str | None) -> None:
    """A job that came by its resource is pinned when it is accepted, one from the web from its submission on."""
    assert job.pinned_etag == pinned


@pytest.mark.parametrize(
    ("plan", "size", "said"),
    [
        (
            FREE,
            2000,
            "it has 2,000 bytes, a free user's limit is 1,000 bytes.",
        ),
        (
            PREMIUM,
            1_500_000,
            "it has 1,500,000 bytes, a premium user's limit is 1,000,000 bytes.",
        ),
    ],
    ids=["free", "premium"],
)
def test_too_large_says_the_limit(plan: PlanStanding, size: int, said: str) -> None:
    """The refusal of a large input names the size and the limit; what to do is said to whoever reads."""
    decision = decided(pending(), plan, {Fact.INPUT: HotObject(size, "etag")})

    assert decision.after.detail == said


def test_premium_limit_is_larger() -> None:
    """A premium user's input may be larger than a free user's."""
    decision = decided(pending(), PREMIUM, {Fact.INPUT: HotObject(1001, "etag")})

    assert decision.after.status is JobStatus.QUEUED


@pytest.mark.parametrize(
    "input_ref",
    [
        InputRef("other-bucket", INPUT.key, "a.vcf"),
        InputRef(INPUTS, f"{PREFIX}/{'v' * 26}/job-1~a.vcf", "a.vcf"),
        InputRef(INPUTS, f"other/{USER}/job-1~a.vcf", "a.vcf"),
    ],
    ids=["bucket", "user", "prefix"],
)
def test_input_of_somebody_else_is_never_read(input_ref: InputRef) -> None:
    """An input outside its owner's folder is refused without a look at it."""
    decision = decided(pending(input=input_ref))

    assert (decision.asks, decision.after.reason) == (None, Reason.INPUT_NOT_OWNED)


def test_first_publication() -> None:
    """A queued job is published, and looked at again soon."""
    decision = decided(job_in(JobStatus.QUEUED, publication=Publication()))

    assert decision.effects == (PublishRequest(),)
    assert decision.after.publication == Publication(1, NOW + timedelta(seconds=15))
    assert decision.due == NOW + timedelta(seconds=15)


@pytest.mark.parametrize(("empty", "published"), [(True, True), (False, False)], ids=["lost", "waiting"])
def test_early_look(*, empty: bool, published: bool) -> None:
    """After a quarter of a minute the message is sent again only when the queue is empty, for then it was lost."""
    job = job_in(JobStatus.QUEUED, publication=Publication(1, NOW))

    asked = decided(job)
    decision = decided(job, facts={QueueEmpty(EVERYBODY): empty})

    assert asked.asks == QueueEmpty(EVERYBODY)
    assert bool(decision.effects) is published
    assert decision.after.publication == Publication(2, NOW + MINUTE)
    assert decision.due == NOW + MINUTE


@pytest.mark.parametrize(("count", "minutes"), [(2, 2), (3, 4), (4, 8), (5, 15), (6, 15), (50, 15)], ids=str)
def test_publication_is_repeated_ever_less_often(count: int, minutes: int) -> None:
    """A request that nobody claims is published again after 1, 2, 4 … 15 minutes."""
    decision = decided(job_in(JobStatus.QUEUED, publication=Publication(count, NOW)))

    assert decision.effects == (PublishRequest(),)
    assert decision.due == NOW + minutes * MINUTE


@pytest.mark.parametrize("count", [0, 2], ids=["handed-back", "published"])
def test_pause_before_a_publication(count: int) -> None:
    """A job that was put back with a pause is not published before it is over, and then at once."""
    job = job_in(JobStatus.QUEUED, publication=Publication(count, NOW + 30 * SECOND))

    early = decided(job, now=NOW + 29 * SECOND)
    ready = decided(job, now=NOW + 30 * SECOND)

    assert (early.policy, early.effects, early.due) == ("settled", (), NOW + 30 * SECOND)
    assert ready.effects == (PublishRequest(),)


@pytest.mark.parametrize(
    ("lost_before", "seconds"), [(0, 0), (1, 10), (2, 20), (3, 40), (6, 320), (7, 360), (90, 360)], ids=str
)
def test_lost_attempts_wait_ever_longer(lost_before: int, seconds: int) -> None:
    """The first lost attempt is repeated at once, the next after 10, 20, 40 … 360 seconds."""
    lost = job_in(
        JobStatus.RUNNING,
        lease=Lease("a", BEFORE),
        attempts=lost_before,
        policy=JobPolicy(backoff_limit=100),
    )

    requeued = decided(lost).after
    published = decided(requeued, now=NOW + seconds * SECOND)

    assert requeued.publication == Publication(0, NOW + seconds * SECOND)
    assert published.effects == (PublishRequest(),)
    if seconds:
        assert decided(requeued).due == NOW + seconds * SECOND


WITH_A_LINE = replace(RULES, plans=LINED)
COUNTED = replace(RULES, annotators_counted=True)


@pytest.mark.parametrize(
    ("plan", "rules", "line"),
    [
        (PREMIUM, WITH_A_LINE, PREMIUM_LINE),
        (FREE, WITH_A_LINE, EVERYBODY),
        (None, WITH_A_LINE, EVERYBODY),
        (PREMIUM, RULES, EVERYBODY),
    ],
    ids=["premium", "free", "unknown", "no-line"],
)
def test_who_stands_in_the_premium_line(plan: PlanStanding | None, rules: Rules, line: Line) -> None:
    """Only a premium user's job is published to the premium queue, and only where there is one."""
    decision = decided(job_in(JobStatus.QUEUED, publication=Publication()), plan, rules=rules)

    assert decision.effects == (PublishRequest(line),)


def test_each_line_looks_at_its_own_queue() -> None:
    """Whether the message was lost is asked of the queue that it went to."""
    job = job_in(JobStatus.QUEUED, publication=Publication(1, NOW))

    assert decided(job, PREMIUM, rules=WITH_A_LINE).asks == QueueEmpty(PREMIUM_LINE)
    assert decided(job, FREE, rules=WITH_A_LINE).asks == QueueEmpty(EVERYBODY)


def test_an_upgrade_moves_a_waiting_job_up() -> None:
    """Whoever becomes premium while the job waits stands in the premium line from the next publication on."""
    job = job_in(JobStatus.QUEUED, publication=Publication(2, NOW))

    decision = decided(job, PREMIUM, rules=WITH_A_LINE)

    assert decision.effects == (PublishRequest(PREMIUM_LINE),)


@pytest.mark.parametrize(
    ("up", "reason"),
    [
        (False, Reason.WAKING_ANNOTATOR),
        (True, Reason.WAITING_FOR_ANNOTATOR),
        (None, Reason.WAITING_FOR_ANNOTATOR),
    ],
    ids=["none", "some", "unknown"],
)
def test_waking_is_told_of_none_alone(*, up: bool | None, reason: Reason) -> None:
    """A job that is published while no annotator is up wakes one; where that is not known it just waits."""
    job = job_in(JobStatus.QUEUED, publication=Publication(), reason=Reason.WAITING_FOR_ANNOTATOR)

    asked = decided(job, rules=COUNTED)
    decision = decided(job, rules=COUNTED, facts={AnnotatorsUp(EVERYBODY): up})

    assert asked.asks == AnnotatorsUp(EVERYBODY)
    assert (decision.after.reason, decision.effects) == (reason, (PublishRequest(),))
    assert decision.due == NOW + 15 * SECOND


def test_the_early_look_ends_the_waking() -> None:
    """When annotators have come up meanwhile, the next look says that the job waits for a free one."""
    job = job_in(JobStatus.QUEUED, publication=Publication(1, NOW), reason=Reason.WAKING_ANNOTATOR)

    decision = decided(
        job, rules=COUNTED, facts={AnnotatorsUp(EVERYBODY): True, QueueEmpty(EVERYBODY): False}
    )

    assert (decision.after.reason, decision.effects) == (Reason.WAITING_FOR_ANNOTATOR, ())


def test_the_premium_line_wakes_its_own_annotators() -> None:
    """Annotators of the other queue are no help."""
    rules = replace(COUNTED, plans=LINED)

    decision = decided(job_in(JobStatus.QUEUED, publication=Publication()), PREMIUM, rules=rules)

    assert decision.asks == AnnotatorsUp(PREMIUM_LINE)


def test_a_retry_says_that_it_is_one() -> None:
    """A lost attempt is what people want to know, whether or not annotators are up."""
    job = job_in(JobStatus.QUEUED, publication=Publication(), reason=Reason.RETRYING)

    decision = decided(job, rules=COUNTED, facts={AnnotatorsUp(EVERYBODY): False})

    assert decision.after.reason is Reason.RETRYING


def test_publication_waits_for_its_time() -> None:
    """Before its time nothing is published."""
    decision = decided(job_in(JobStatus.QUEUED, publication=Publication(2, NOW + SECOND)))

    assert (decision.policy, decision.due) == ("settled", NOW + SECOND)


def test_live_lease_is_left_alone() -> None:
    """A lease counts as live for a second after its end, for clocks a little apart."""
    job = job_in(JobStatus.RUNNING, lease=Lease("a", NOW))

    decision = decided(job, now=NOW + timedelta(seconds=0.9))

    assert (decision.policy, decision.due) == ("settled", NOW + SECOND)


def test_lost_lease_costs_an_attempt() -> None:
    """A job whose annotator fell silent is queued again and will be published at once."""
    job = job_in(
        JobStatus.RUNNING, lease=Lease("a", NOW), progress_percent=50, publication=Publication(3, NOW)
    )

    after = decided(job, now=NOW + SECOND).after

    assert (after.status, after.attempts, after.reason) == (JobStatus.QUEUED, 1, Reason.RETRYING)
    assert (after.lease, after.publication, after.progress_percent, after.fence) == (
        None,
        Publication(0, NOW + SECOND),
        0,
        1,
    )


def test_running_without_a_lease_is_lost() -> None:
    """A running job that has no lease at all is not waited for."""
    after = decided(job_in(JobStatus.RUNNING, lease=None)).after

    assert after.status is JobStatus.QUEUED


@pytest.mark.parametrize(
    ("lost_before", "limit", "status"),
    [(0, 0, JobStatus.FAILED), (1, 2, JobStatus.QUEUED), (2, 2, JobStatus.FAILED)],
    ids=["no-retries", "last-retry", "over"],
)
def test_attempts_are_limited(lost_before: int, limit: int, status: JobStatus) -> None:
    """A job runs at most once more than its backoff limit."""
    job = job_in(
        JobStatus.RUNNING,
        lease=Lease("a", BEFORE),
        attempts=lost_before,
        policy=JobPolicy(backoff_limit=limit),
    )

    after = decided(job).after

    assert (after.status, after.attempts) == (status, lost_before + 1)
    assert after.lease is None


@pytest.mark.parametrize(
    "status", [JobStatus.PENDING, JobStatus.QUEUED, JobStatus.RUNNING], ids=lambda s: s.value
)
@pytest.mark.parametrize(
    ("changes", "reason", "end"),
    [
        ({"policy": JobPolicy(cancel=True)}, Reason.CANCELLED, JobStatus.CANCELLED),
        ({"intents": Intents(cancel_requested=NOW)}, Reason.CANCELLED, JobStatus.CANCELLED),
        (
            {"policy": JobPolicy(active_deadline=timedelta(hours=1))},
            Reason.DEADLINE_EXCEEDED,
            JobStatus.FAILED,
        ),
        ({"policy": JobPolicy(suspend=True, cancel=True)}, Reason.CANCELLED, JobStatus.CANCELLED),
    ],
    ids=["spec", "web", "deadline", "suspended-too"],
)
def test_ends_of_unfinished_jobs(
    status: JobStatus, changes: dict[str, Any], reason: Reason, end: JobStatus
) -> None:
    """Cancelling and the deadline end a job in every unfinished state, and take its lease."""
    after = decided(job_in(status, **changes)).after

    assert (after.status, after.reason, after.lease) == (end, reason, None)


def test_cancel_after_completion_is_a_no_op() -> None:
    """A finished job stays as it is."""
    job = job_in(JobStatus.COMPLETED, intents=Intents(cancel_requested=NOW))

    assert decided(job, PREMIUM).after.status is JobStatus.COMPLETED


def test_deadline_is_waited_for() -> None:
    """The deadline is a time to look, counted from the submission."""
    job = job_in(JobStatus.QUEUED, policy=JobPolicy(active_deadline=timedelta(hours=1, seconds=5)))

    assert decided(job).due == NOW + timedelta(seconds=5)


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.RUNNING], ids=lambda s: s.value)
def test_suspended(status: JobStatus) -> None:
    """A suspended job goes back to Pending, at no cost, and is looked at now and then."""
    job = job_in(status, policy=JobPolicy(suspend=True), progress_percent=50)

    after = decided(job).after
    waiting = decided(after)

    assert (after.status, after.reason, after.lease, after.attempts) == (
        JobStatus.PENDING,
        Reason.SUSPENDED,
        None,
        0,
    )
    assert (waiting.policy, waiting.due) == ("settled", NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"intents": Intents(retry_requested=NOW)}, JobStatus.QUEUED),
        ({"intents": Intents(retry_requested=BEFORE)}, JobStatus.FAILED),
        ({}, JobStatus.FAILED),
        ({"intents": Intents(retry_requested=NOW), "accepted_input": None}, JobStatus.FAILED),
        ({"intents": Intents(retry_requested=NOW, cancel_requested=BEFORE)}, JobStatus.QUEUED),
    ],
    ids=["asked", "asked-before-it-failed", "not-asked", "never-accepted", "cancelled-before"],
)
def test_retry(changes: dict[str, Any], status: JobStatus) -> None:
    """A failed job is queued with a clean count when a retry was asked for after it failed and its input is known."""
    failed = {"accepted_input": AcceptedInput("etag", 1), "attempts": 3, "progress_percent": 75, **changes}

    after = decided(job_in(JobStatus.FAILED, **failed)).after
    published = decided(after)

    assert after.status is status
    if status is JobStatus.QUEUED:
        assert (after.attempts, after.progress_percent, after.publication) == (0, 0, Publication())
        assert published.effects == (PublishRequest(),)


WAIT = ReferenceWait("d" * 64, NOW + 60 * SECOND, 30_000_000_000)


@pytest.mark.parametrize(
    "reason", [Reason.WAITING_FOR_ANNOTATOR, Reason.WAITING_FOR_REFERENCE, Reason.WAKING_ANNOTATOR]
)
def test_a_job_says_that_it_waits_for_its_bundle(reason: Reason) -> None:
    """It is not published meanwhile, however long ago it was: who took it up keeps its message. It is looked at after the wait."""
    job = job_in(
        JobStatus.QUEUED, publication=Publication(3, NOW - SECOND), reason=reason, reference_wait=WAIT
    )

    decision = decided(job)

    assert decision.effects == ()
    assert decision.after.reason is Reason.WAITING_FOR_REFERENCE
    assert decision.after.due == WAIT.until + 15 * SECOND


def test_a_wait_that_is_over_is_published() -> None:
    """Who kept the message may be gone."""
    job = job_in(
        JobStatus.QUEUED,
        publication=Publication(3, NOW - SECOND),
        reason=Reason.WAITING_FOR_REFERENCE,
        reference_wait=replace(WAIT, until=NOW - 15 * SECOND),
    )

    decision = decided(job)

    assert decision.effects == (PublishRequest(),)
    assert decision.after.reason is Reason.WAITING_FOR_ANNOTATOR


@pytest.mark.parametrize("event", [JobEvent.CLAIMED, JobEvent.SUSPENDED, JobEvent.CANCELLED])
def test_a_wait_ends_with_the_state(event: JobEvent) -> None:
    """Whoever moves on waits for nothing."""
    assert job_in(JobStatus.QUEUED, reference_wait=WAIT).moved(event, NOW).reference_wait is None
