"""Every reason has a sentence, and every sentence can be said of every job."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.domain.explanation import clock_time, explain, remark, standing
from gas.domain.job import JobStatus
from gas.domain.reasons import SENTENCES, Reason
from gas.domain.spec import JobPolicy
from tests.support.jobs import INPUT, NOW, USER, job_in


@pytest.mark.parametrize("reason", Reason, ids=lambda r: r.value)
@pytest.mark.parametrize("status", JobStatus, ids=lambda s: s.value)
def test_every_sentence_is_whole(reason: Reason, status: JobStatus) -> None:
    """Whatever is missing from a job, its sentence has no gap, and ends as a sentence does."""
    sentence = explain(job_in(status), reason)

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

    assert standing(job) is Reason(reason)
    assert standing(job_in(JobStatus(status), reason=Reason.PREMIUM)) is Reason.PREMIUM


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
            "The result is being brought back from the archive, expected about 2026-11-23 12:05:00 UTC.",
        ),
        (
            job_in(JobStatus.FAILED),
            Reason.INPUT_NOT_FOUND,
            f"There is no input file at s3://{INPUT.bucket}/{INPUT.key}. Upload it, then submit the job again.",
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
    assert explain(job, reason) == sentence  # type: ignore[arg-type]


def test_owner_is_named() -> None:
    """A refused input names the user whose folder it is not in."""
    assert USER in explain(job_in(JobStatus.FAILED), Reason.INPUT_NOT_OWNED)


def test_unknown_time() -> None:
    """A time that is not known is said to be so."""
    assert clock_time(None) == "an unknown time"


@pytest.mark.parametrize(
    ("variants", "annotated", "said"),
    [
        (12, None, None),
        (12, 12, None),
        (12, 1, None),
        (0, 0, "The file holds no variants, so its result is the header alone."),
        (
            1200,
            0,
            (
                "None of the file's 1,200 variants got a consequence: it may have been made for another reference than "
                "grch38. The log names what was found, by line."
            ),
        ),
    ],
    ids=["not counted", "all", "some", "no variants", "none of them"],
)
def test_remark_on_a_result(variants: int, annotated: int | None, said: str | None) -> None:
    """A result in which nothing is annotated says so, wherever the job is explained."""
    job = job_in(JobStatus.COMPLETED)
    assert job.result is not None
    job = replace(job, result=replace(job.result, variants=variants, annotated_variants=annotated))

    assert remark(job) == said
    assert explain(job, Reason.RESULT_STORED).endswith(said or "are stored.")


def test_no_result_no_remark() -> None:
    """A job without a result has nothing to be remarked on."""
    assert remark(job_in(JobStatus.RUNNING)) is None
