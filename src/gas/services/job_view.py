"""One view of a job for scripts and pages alike: plain values only, and no sentence of its own."""

from datetime import datetime
from typing import Any

from gas.domain.explanation import comes_back, explain, outlook, remark, standing, without_index
from gas.domain.job import HOT, UNFINISHED, Job, JobStatus
from gas.domain.plan import Plan, User
from gas.domain.reasons import Reason
from gas.services.open_file import STAYS_HOT, JobFile


def job_view(job: Job, user: User, *, operator: bool = False) -> dict[str, Any]:
    """What its owner may know of a job. The same job gives the same view, so that a view can be compared by its hash.

    `actions` and `files` are what may be asked for now: a button or a link is offered for these and for no others.
    """
    premium = user.standing.plan is Plan.PREMIUM
    next_step = outlook(job, premium=premium)
    result = job.result
    return {
        "id": job.job_id,
        "file": job.input.file_name,
        "reference": job.reference,
        "state": job.status.value,
        "reason": standing(job).value,
        "sentence": explain(job, premium=premium),
        "remark": remark(job),
        "next": next_step.sentence,
        "nextTime": time_text(next_step.time),
        "finished": job.finished,
        "progressPercent": job.progress_percent,
        "attempts": job.attempts_made,
        "submitted": time_text(job.submit_time),
        "started": time_text(job.start_time),
        "completed": time_text(job.complete_time),
        "archived": time_text(job.archive_time if job.archived else None),
        "retainUntil": time_text(job.retain_until),
        "restoreExpected": time_text(_restore_expected(job)),
        "inputBytes": job.accepted_input.size_bytes if job.accepted_input else None,
        "resultBytes": result.size_bytes if result else None,
        "resultSha256": result.sha256 if result else None,
        "variants": result.variants if result else None,
        "annotatedVariants": result.annotated_variants if result else None,
        "problems": [
            {"kind": problem.kind, "records": problem.records, "firstLine": problem.first_line}
            for problem in (result.problems if result else ())
        ],
        "indexRemark": without_index(job),
        "history": [{"state": move.status.value, "time": time_text(move.time)} for move in job.history],
        "actions": _actions(job, premium=premium, operator=operator),
        "files": [file.value for file in _files(job)],
    }


def time_text(moment: datetime | None) -> str | None:
    """A time as RFC 3339 writes it, in UTC to the second."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _restore_expected(job: Job) -> datetime | None:
    return job.retrieval.expected if job.status is JobStatus.RESTORING and job.retrieval else None


def _actions(job: Job, *, premium: bool, operator: bool) -> list[str]:
    # What comes back by itself needs no button.
    restores = (premium or operator) and not comes_back(job, premium=premium)
    offered = {
        "cancel": job.status in UNFINISHED and not job.cancel_wanted,
        "retry": job.retryable and not job.retry_wanted,
        "restore": job.status is JobStatus.ARCHIVED and restores and not job.restore_wanted,
        "delete": job.status is not JobStatus.DELETED and job.intents.delete_requested is None,
    }
    return [action for action, possible in offered.items() if possible]


def _files(job: Job) -> list[JobFile]:
    if job.status is JobStatus.DELETED:
        return []
    files = [JobFile.INPUT]
    if job.result is None:
        return files
    result = job.result
    if job.status in HOT and standing(job) not in {Reason.RESULT_MISSING, Reason.DELETION_REFUSED}:
        files += [
            JobFile.RESULT,
            *_there((JobFile.INDEX, result.index_key), (JobFile.TABLE, result.table_key)),
        ]
    return [
        *files,
        *STAYS_HOT,
        *_there((JobFile.PROBLEMS, result.problems_key), (JobFile.SUMMARY, result.summary_key)),
    ]


def _there(*files: tuple[JobFile, str | None]) -> list[JobFile]:
    """Those that the result has: an earlier release wrote fewer."""
    return [file for file, key in files if key]
