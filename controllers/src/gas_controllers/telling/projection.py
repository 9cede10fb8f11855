"""The status of a resource, from its record alone: pure, so that any lost status can be rebuilt."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from gas.domain.admission import RefuseResource, SeenResource
from gas.domain.explanation import Reader, explain, reason_of
from gas.domain.job import ANNOTATED, HOT, Job, JobStatus, created
from gas.domain.outputs import Output
from gas.domain.own_file import OwnFile
from gas.domain.plan import Plans
from gas.domain.reasons import Reason
from gas.domain.times import time_text

PROGRESS_STEP = 25
"""Progress is shown in quarters: finer steps would cost a write to the API server each."""


_NOT_READY = {Reason.RESULT_MISSING, Reason.STORAGE_REFUSED, Reason.DELETION_REFUSED}
"""Why a result that ought to be hot cannot be downloaded all the same."""


def project(job: Job, plans: Plans) -> dict[str, Any]:
    """The status that the job's resource should show. Absent values are left out."""
    status: dict[str, Any] = {
        "phase": job.status.value,
        "observedGeneration": job.resource.generation,
        "recordVersion": job.version,
        "conditions": _conditions(job, plans),
        "startTime": _time(job.start_time),
        "completionTime": _time(job.complete_time),
        "archiveTime": _time(job.archive_time if job.archived else None),
        "restoreExpectedTime": _time(job.restore_expected),
        "retainUntilTime": _time(job.retain_until),
        "referenceDigest": job.reference_digest,
        "attempts": job.attempts_made,
        "progressPercent": job.progress_percent // PROGRESS_STEP * PROGRESS_STEP,
        "archiveID": job.archive_id if job.archived else None,
    }
    if job.result is not None:
        result = job.result
        status["variants"] = result.variants
        status["result"] = {
            "bucket": result.bucket,
            "key": result.key,
            "sizeBytes": result.size_bytes,
            "sha256": result.sha256,
        }
        status["log"] = {"bucket": result.bucket, "key": result.outputs[Output.LOG].key}
    return {name: value for name, value in status.items() if value is not None}


def project_refusal(
    seen: SeenResource, refusal: RefuseResource, now: datetime, plans: Plans
) -> dict[str, Any]:
    """The status of a resource that has no effect: it names another user's file, or another job's name."""
    stand_in = created(
        Job(
            job_id=seen.name,
            user_id=seen.user_id,
            input=seen.input,
            reference=seen.reference,
            own_file=None if seen.own_place is None else OwnFile(seen.own_place),
            submit_time=now,
            status=JobStatus.FAILED,
            reason=refusal.reason,
            detail=refusal.detail,
        )
    )
    return {
        "phase": JobStatus.FAILED.value,
        "observedGeneration": seen.generation,
        "conditions": [{**c, "observedGeneration": seen.generation} for c in _conditions(stand_in, plans)],
    }


def same_status(current: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """True when a status needs no write.

    The record version it was derived from does not count, nor do the times of conditions that did not change.
    """
    return _comparable(current) == _comparable(wanted)


def _comparable(status: dict[str, Any]) -> dict[str, Any]:
    conditions = [
        {name: value for name, value in condition.items() if name != "lastTransitionTime"}
        for condition in status.get("conditions", [])
    ]
    rest = {name: value for name, value in status.items() if name not in {"recordVersion", "conditions"}}
    return {**rest, "conditions": sorted(conditions, key=lambda condition: str(condition.get("type")))}


def _conditions(job: Job, plans: Plans) -> list[dict[str, Any]]:
    ready = reason_of(job)
    annotated, archived = job.status in ANNOTATED, job.archived
    restored, failed = job.status is JobStatus.RESTORED, job.status is JobStatus.FAILED
    tells = job.status is JobStatus.RESTORING or ready is Reason.RETRIEVAL_FAILED
    restored_reason = ready if tells else Reason.NOT_REQUESTED
    stored = annotated and ready is not Reason.RESULT_MISSING
    condition = partial(_condition, job, plans)
    return [
        condition("Ready", lambda s: s in HOT, ready, denied=ready in _NOT_READY),
        condition("Completed", lambda s: s in ANNOTATED, Reason.RESULT_STORED if stored else ready),
        condition(
            "Archived",
            lambda s: s in {JobStatus.ARCHIVED, JobStatus.RESTORING},
            ready if archived else Reason.NOT_ARCHIVED,
        ),
        condition(
            "Restored",
            lambda s: s is JobStatus.RESTORED,
            Reason.BROUGHT_BACK if restored else restored_reason,
        ),
        condition("Failed", lambda s: s is JobStatus.FAILED, ready if failed else Reason.NOT_FAILED),
    ]


def _condition(
    job: Job,
    plans: Plans,
    kind: str,
    holds: Callable[[JobStatus], bool],
    reason: Reason,
    *,
    denied: bool = False,
) -> dict[str, Any]:
    """A condition that holds in some states, unless something else denies it."""
    value = holds(job.status) and not denied
    since = job.submit_time
    for before, entry in zip([None, *job.history], job.history, strict=False):
        if before is None or holds(before.status) is not holds(entry.status):
            since = entry.time
    return {
        "type": kind,
        "status": "True" if value else "False",
        "reason": reason.value,
        "message": explain(job, plans, reason, reader=Reader.OPERATOR),
        "lastTransitionTime": _time(since),
        "observedGeneration": job.resource.generation,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)
