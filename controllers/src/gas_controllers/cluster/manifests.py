"""Builds the Kubernetes objects that the controllers create. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Any

from gas.domain.explanation import Reader, explain, reason_of
from gas.domain.job import Job, JobStatus
from gas.domain.plan import Plans
from gas.domain.spec import InputRef, JobPolicy
from gas.domain.times import time_text
from gas_controllers.cluster.annotation_job import COMPONENT, GROUP, KIND, MANAGED_BY, VERSION

AHEAD = timedelta(minutes=1)
"""How far a restore may lie in the future because two clocks differ; the cluster lets more than that in."""

_WARNINGS = {JobStatus.FAILED}


def annotation_job(job: Job, namespace: str, now: datetime) -> dict[str, Any]:
    """The custom resource of a record: what `kubectl apply` would have been given for the same job.

    But for a restore from the future, which the cluster refuses and an older GAS may have let in: it stands at the present
    time as long as it is to be served, and is left out once it was.
    """
    spec: dict[str, Any] = {
        "userID": job.user_id,
        "input": _file(job.input),
        "reference": job.reference,
        **({} if job.own_place is None else {"ownFile": _file(job.own_place)}),
        **_policy(job.policy),
        **_restore(job, now),
    }
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": KIND,
        "metadata": {
            "name": job.job_id,
            "namespace": namespace,
            "labels": {MANAGED_BY: COMPONENT},
        },
        "spec": spec,
    }


def transition_event(job: Job, namespace: str, plans: Plans) -> dict[str, Any]:
    """The Event that tells of the job's last move. Its name makes a second one of the same move impossible."""
    moment = job.last_move
    stamp = time_text(moment)
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": _event_name(job.job_id, moment), "namespace": namespace},
        "type": "Warning" if job.status in _WARNINGS else "Normal",
        "reason": job.status.value,
        "message": f"{reason_of(job).value}: {explain(job, plans, reader=Reader.OPERATOR)}",
        "involvedObject": {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": KIND,
            "name": job.job_id,
            "namespace": namespace,
            "uid": job.resource.uid,
        },
        "source": {"component": COMPONENT},
        "reportingComponent": COMPONENT,
        "reportingInstance": COMPONENT,
        "firstTimestamp": stamp,
        "lastTimestamp": stamp,
        "count": 1,
    }


def _event_name(job_id: str, moment: datetime) -> str:
    return f"{job_id}.{int(moment.timestamp() * 1_000_000):x}"


def _file(place: InputRef) -> dict[str, str]:
    return {"bucket": place.bucket, "key": place.key, "fileName": place.file_name}


def _policy(policy: JobPolicy) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "suspend": policy.suspend,
        "cancel": policy.cancel,
        "backoffLimit": policy.backoff_limit,
        "ttlSecondsAfterFinished": int(policy.ttl_after_finished.total_seconds()),
        "archivePolicy": policy.archive_policy.value,
        "deletionPolicy": policy.deletion_policy.value,
    }
    if policy.active_deadline is not None:
        spec["activeDeadlineSeconds"] = int(policy.active_deadline.total_seconds())
    if policy.retention is not None:
        spec["retentionSeconds"] = int(policy.retention.total_seconds())
    return spec


def _restore(job: Job, now: datetime) -> dict[str, Any]:
    restore = job.policy.restore
    if restore is None:
        return {}
    # To the fraction: another time would be another request.
    time = restore.request_time
    if time > now + AHEAD:
        if time in job.restore_served:
            return {}
        time = now
    written = time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"restore": {"requestTime": written, "tier": restore.tier.value}}
