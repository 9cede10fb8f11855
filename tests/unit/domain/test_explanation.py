"""Every reason has a sentence, and every sentence can be said of every job."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.domain.explanation import (
    Outlook,
    Reader,
    clock_time,
    counted,
    downloadable_until,
    explain,
    lost_files,
    outlook,
    reason_of,
    remark,
    without_index,
)
from gas.domain.job import JobStatus
from gas.domain.outputs import Output
from gas.domain.plan import PlanTerms
from gas.domain.reasons import SENTENCES, Reason
from gas.domain.record import ReferenceWait
from gas.domain.spec import ArchivePolicy, JobPolicy
from tests.support.jobs import INPUT, NOW, OWN_FILE, USER, job_in
from tests.support.plans import FREE_TERMS, PLANS, PREMIUM_TERMS


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (None, "it is being fetched, expected"),
        (19_733, "it is being fetched (19.7 kB), expected"),
        (29_800_000_000, "it is being fetched (29.8 GB), expected"),
    ],
)
def test_a_bundle_on_its_way_is_told_with_its_size(size: int | None, said: str) -> None:
    """Where it is known; a small one has its unit, too."""
    job = replace(job_in(JobStatus.QUEUED), reference_wait=ReferenceWait("a" * 64, NOW, size))

    assert said in explain(job, PLANS, Reason.WAITING_FOR_REFERENCE)


@pytest.mark.parametrize("reason", Reason, ids=lambda r: r.value)
@pytest.mark.parametrize("status", JobStatus, ids=lambda s: s.value)
def test_every_sentence_is_whole(reason: Reason, status: JobStatus) -> None:
    """Whatever is missing from a job, its sentence has no gap, and ends as a sentence does."""
    sentence = explain(job_in(status), PLANS, reason)

    assert "{" not in sentence
    assert "}" not in sentence
    assert "None" not in sentence
    assert "  " not in sentence
    assert sentence.endswith(".")
    assert sentence[0].isupper()


def test_every_reason_has_a_sentence_and_a_word() -> None:
    """Reasons are words that Kubernetes takes, and none lacks its sentence."""
    assert set(SENTENCES) == set(Reason)
    assert all(reason.value.isalpha() and reason.value[0].isupper() for reason in Reason)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("Pending", "CheckingInput"),
        ("Queued", "WaitingForAnnotator"),
        ("Running", "Annotating"),
        ("Completed", "RetentionRunning"),
        ("Archived", "RetentionOver"),
        ("Restoring", "RetrievalExpedited"),
        ("Restored", "RetentionRunning"),
        ("Failed", "InputRefused"),
        ("Cancelled", "Cancelled"),
        ("Deleted", "Deleted"),
    ],
)
def test_usual_reason(status: str, reason: str) -> None:
    """A job without a recorded reason stands where its state usually does; a recorded one wins."""
    job = job_in(JobStatus(status), reason=None)

    assert reason_of(job) is Reason(reason)
    assert reason_of(job_in(JobStatus(status), reason=Reason.PREMIUM)) is Reason.PREMIUM


@pytest.mark.parametrize(
    ("job", "reason", "sentence"),
    [
        (
            job_in(JobStatus.COMPLETED, retain_until=NOW),
            Reason.RETENTION_RUNNING,
            "The result can be downloaded until 2026-11-23 12:00:00 UTC, then it is archived.",
        ),
        (job_in(JobStatus.COMPLETED), Reason.RETENTION_RUNNING, "The result can be downloaded."),
        (
            job_in(JobStatus.RESTORING),
            None,
            "The result is being restored from the archive, expected about 2026-11-23 12:05:00 UTC.",
        ),
        (
            job_in(JobStatus.FAILED),
            Reason.INPUT_NOT_FOUND,
            "The input file is not there any more. Upload it again, as a new job.",
        ),
        (
            job_in(JobStatus.FAILED, policy=JobPolicy(active_deadline=timedelta(minutes=2))),
            Reason.DEADLINE_EXCEEDED,
            "The job did not end within its deadline of 120 seconds, waiting included.",
        ),
        (
            job_in(JobStatus.QUEUED, attempts=2, detail="{attempts}"),
            Reason.RETRYING,
            "Attempt 2 did not end. The job will run again by itself.",
        ),
        (
            job_in(JobStatus.FAILED, detail="line 7 has {braces}."),
            Reason.INPUT_REFUSED,
            "The input file was refused: line 7 has {braces}.",
        ),
    ],
    ids=["until", "no-end", "expected", "place", "deadline", "attempts", "detail-is-never-formatted"],
)
def test_sentences(job: object, reason: Reason | None, sentence: str) -> None:
    """Times, places and numbers stand in the sentence; what a stranger's file says is never taken as a pattern."""
    assert explain(job, PLANS, reason) == sentence  # type: ignore[arg-type]


def test_owner_is_named() -> None:
    """A refused input names, for operators, the user whose folder it is not in."""
    assert USER in explain(job_in(JobStatus.FAILED), PLANS, Reason.INPUT_NOT_OWNED, reader=Reader.OPERATOR)


NOT_FOR_OWNERS = ("spec.", "metadata", "s3://", INPUT.bucket, "kubectl", "owner", "resource", USER)
NOT_FOR_OPERATORS = (" you ", "You ", "your ")


@pytest.mark.parametrize("premium", [False, True])
@pytest.mark.parametrize("reason", Reason, ids=lambda r: r.value)
@pytest.mark.parametrize("status", JobStatus, ids=lambda s: s.value)
def test_each_reader_has_words_of_their_own(status: JobStatus, reason: Reason, premium: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Owners read of themselves and of no field or place of the installation; operators are not told what is the owner's."""
    job = job_in(status, reason=reason)

    to_owner = f"{explain(job, PLANS, own=PREMIUM_TERMS if premium else None)} {outlook(job, PLANS, own=PREMIUM_TERMS if premium else None).sentence}"
    to_operator = explain(job, PLANS, reader=Reader.OPERATOR)

    assert not [word for word in NOT_FOR_OWNERS if word in to_owner]
    assert not [word for word in NOT_FOR_OPERATORS if word in to_operator]


def test_a_suspended_job_is_told_to_each_reader() -> None:
    """Its owner cannot set a field of a resource; whoever runs GAS can."""
    job = job_in(JobStatus.PENDING, reason=Reason.SUSPENDED)

    assert explain(job, PLANS) == "Operations have suspended the job."
    assert outlook(job, PLANS).sentence == "Nothing happens until they let it go on. You can cancel it."
    assert explain(job, PLANS, reader=Reader.OPERATOR).endswith("Set spec.suspend to false to let it run.")


def test_the_moment_after_subscribing_is_told_as_it_is() -> None:
    """Nobody who has just become premium is told to become it."""
    job = job_in(JobStatus.ARCHIVED, reason=Reason.RETENTION_OVER)

    assert (
        explain(job, PLANS) == "The result is in the archive. It is restored when you become a premium user."
    )
    assert explain(job, PLANS, own=PREMIUM_TERMS) == "The result is in the archive."
    assert (
        outlook(job, PLANS, own=PREMIUM_TERMS).sentence
        == "You are a premium user now: it is about to be restored."
    )


def test_the_moment_after_subscribing_a_hot_result_stays() -> None:
    """Its owner is told no time that their plan has done away with, unless operations want it archived all the same."""
    job = job_in(JobStatus.COMPLETED, reason=Reason.RETENTION_RUNNING, retain_until=NOW)
    wanted_away = replace(job, policy=JobPolicy(archive_policy=ArchivePolicy.IMMEDIATE))

    assert (
        explain(job, PLANS, own=PREMIUM_TERMS)
        == "The result can be downloaded as long as you are a premium user."
    )
    assert outlook(job, PLANS, own=PREMIUM_TERMS) == Outlook("Nothing changes as long as that is so.")
    assert downloadable_until(job, PREMIUM_TERMS) is None
    assert downloadable_until(job, FREE_TERMS) == downloadable_until(wanted_away, PREMIUM_TERMS) == NOW
    assert "then it is archived" in explain(wanted_away, PLANS, own=PREMIUM_TERMS)
    assert "then it is archived" in explain(job, PLANS, own=FREE_TERMS)


def test_the_moment_after_leaving_a_result_does_not_stay() -> None:
    """When it is archived nobody has reckoned yet; what never is stays."""
    job = job_in(JobStatus.COMPLETED, reason=Reason.PREMIUM)
    never = replace(job, reason=Reason.POLICY_NEVER, policy=JobPolicy(archive_policy=ArchivePolicy.NEVER))

    assert explain(job, PLANS, own=FREE_TERMS) == "The result can be downloaded."
    assert outlook(job, PLANS, own=FREE_TERMS).sentence == (
        "When it is archived, its log, statistics and preview stay here. Results of premium users are not archived."
    )
    assert "it is never archived" in explain(never, PLANS, own=FREE_TERMS)


STOPPED = {
    Reason.INPUT_TOO_LARGE: "it has 2,000 bytes, a free user's limit is 1,000 bytes.",
    Reason.LIMIT_EXCEEDED: "it took more than 30 seconds of processor time, a free user's limit.",
}


@pytest.mark.parametrize(
    ("reason", "own", "advised", "next_step"),
    [
        (Reason.INPUT_TOO_LARGE, FREE_TERMS,
         "Become a premium user, whose limit is 1,000,000 bytes, or split the file.", "Submit a smaller file"),
        (Reason.INPUT_TOO_LARGE, PREMIUM_TERMS,
         "You are a premium user now, whose limit is 1,000,000 bytes. Submit the file again, as a new job.",
         "Submit the file as a new job."),
        (Reason.LIMIT_EXCEEDED, None,
         "Become a premium user, whose limit is 900 seconds, or split the file.", "Submit a smaller file"),
        (Reason.LIMIT_EXCEEDED, PREMIUM_TERMS,
         "You are a premium user now, whose limit is 900 seconds. Try the job again.", "The job can be retried."),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "older", ["", " Become a premium user, or split the file."], ids=["facts", "older-record"]
)
def test_advice_on_a_limit_is_that_of_the_plan_now(
    reason: Reason, own: PlanTerms | None, advised: str, next_step: str, older: str
) -> None:
    """Nobody who is premium is told to become it, whatever an older release wrote down; operators get the facts alone."""
    job = job_in(JobStatus.FAILED, reason=reason, detail=f"{STOPPED[reason]}{older}")

    assert explain(job, PLANS, own=own).endswith(f"{STOPPED[reason]} {advised}")
    assert next_step in outlook(job, PLANS, own=own).sentence
    assert explain(job, PLANS, reader=Reader.OPERATOR).endswith(STOPPED[reason])


def test_a_result_without_its_own_file_is_told_to_each_reader() -> None:
    """Operators know the file by its field, and it is not theirs."""
    job = replace(job_in(JobStatus.COMPLETED), own_file=OWN_FILE)

    assert "The file of your own variants was not looked up" in explain(job, PLANS, Reason.RESULT_STORED)
    said = explain(job, PLANS, Reason.RESULT_STORED, reader=Reader.OPERATOR)
    assert "The file that spec.ownFile names was not looked up" in said
    assert not [word for word in NOT_FOR_OPERATORS if word in said]


@pytest.mark.parametrize(
    ("policy", "premium", "told"),
    [
        (ArchivePolicy.FOLLOW_PLAN, False, True),
        (ArchivePolicy.IMMEDIATE, False, False),
        (ArchivePolicy.IMMEDIATE, True, False),
    ],
)
def test_premium_is_held_out_only_where_it_keeps_the_result(
    policy: ArchivePolicy,
    premium: bool,  # noqa: FBT001 - a parameter of the test
    told: bool,  # noqa: FBT001 - as above
) -> None:
    """Who is premium has it already, and no plan keeps what operations want in the archive."""
    job = job_in(
        JobStatus.RESTORED,
        reason=Reason.RETENTION_RUNNING,
        retain_until=NOW,
        policy=JobPolicy(archive_policy=policy),
    )

    said = outlook(job, PLANS, own=PREMIUM_TERMS if premium else None)

    assert said.sentence.startswith("When it is archived, its log, statistics and preview stay here.")
    assert ("Results of premium users are not archived." in said.sentence) is told
    assert said.time == NOW


def test_unknown_time() -> None:
    """A time that is not known is said to be so."""
    assert clock_time(None) == "an unknown time"


@pytest.mark.parametrize(
    ("variants", "annotated", "said"),
    [
        (12, None, None),
        (12, 12, None),
        (12, 1, "1 of 12 annotated; 11 got no consequence."),
        (0, 0, "The file holds no variants, so its result is the header alone."),
        (
            1200,
            0,
            (
                "None of 1,200 annotated; 1,200 got no consequence. The file may have been made for another reference "
                "than rCRS."
            ),
        ),
    ],
    ids=["not counted", "all", "some", "no variants", "none of them"],
)
def test_remark_on_a_result(variants: int, annotated: int | None, said: str | None) -> None:
    """A result in which nothing is annotated says so, wherever the job is explained."""
    job = job_in(JobStatus.COMPLETED)
    assert job.result is not None
    job = replace(
        job, result=replace(job.result, variants=variants, annotated_variants=annotated, problems=())
    )

    assert remark(job) == said
    assert explain(job, PLANS, Reason.RESULT_STORED).endswith(said or "are stored.")


def test_counts_for_a_list() -> None:
    """A few words where something is missing, and none where nothing is."""
    job = job_in(JobStatus.COMPLETED)
    assert job.result is not None
    of = [
        replace(job, result=replace(job.result, variants=variants, annotated_variants=annotated))
        for variants, annotated in ((2, 1), (2, 2), (2, None), (0, 0))
    ]

    assert [counted(one) for one in of] == ["1 of 2 annotated", None, None, "no variants"]


def test_a_missing_index_is_explained() -> None:
    """A result without an index says where the reason stands and what helps for the usual one; others say nothing."""
    job = job_in(JobStatus.COMPLETED)
    assert job.result is not None
    unsorted = replace(
        job, result=replace(job.result, outputs={Output.RESULT: job.result.outputs[Output.RESULT]})
    )

    said = without_index(unsorted) or ""
    assert said.startswith("The log says why: ")
    assert "Where they are not in order, sort the file (bcftools sort)" in said
    assert without_index(job) is None
    assert without_index(job_in(JobStatus.RUNNING)) is None


def test_lost_files_are_told_for_good() -> None:
    """Owners and operators read which are lost, and that the annotated VCF is not."""
    job = job_in(JobStatus.COMPLETED)
    assert job.result is not None
    one = replace(job, result=job.result.without((Output.INDEX,)))
    two = replace(job, result=job.result.without((Output.INDEX, Output.TABLE)))

    assert "no other copy: index. The annotated VCF is whole." in (remark(one) or "")
    assert "no other copy: index and table." in explain(two, PLANS, Reason.RESULT_STORED)
    assert (without_index(one) or "").startswith("It was lost.")
    assert lost_files(job) is None


def test_no_result_no_remark() -> None:
    """A job without a result has nothing to be remarked on."""
    assert remark(job_in(JobStatus.RUNNING)) is None
