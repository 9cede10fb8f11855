"""Builds the Kubernetes objects that the controllers create. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Any

from gas.domain.explanation import Reader, explain, standing
from gas.domain.job import Job, JobStatus
from gas.domain.spec import JobPolicy
from gas_controllers.resources.annotation_job import GROUP, KIND, VERSION

COMPONENT = "gas-controllers"
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
        "input": {"bucket": job.input.bucket, "key": job.input.key, "fileName": job.input.file_name},
        "reference": job.reference,
        **_policy(job.policy),
        **_restore(job, now),
    }
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": KIND,
        "metadata": {
            "name": job.job_id,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": COMPONENT},
        },
        "spec": spec,
    }


def transition_event(job: Job, namespace: str) -> dict[str, Any]:
    """The Event that tells of the job's last move. Its name makes a second one of the same move impossible."""
    moment = job.last_move
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": _event_name(job.job_id, moment), "namespace": namespace},
        "type": "Warning" if job.status in _WARNINGS else "Normal",
        "reason": job.status.value,
        "message": f"{standing(job).value}: {explain(job, reader=Reader.OPERATOR)}",
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
