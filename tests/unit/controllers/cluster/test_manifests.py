"""The objects that the controllers make."""

from datetime import UTC, datetime, timedelta

import pytest

from gas.domain.job import JobStatus
from gas.domain.own_file import OwnFile
from gas.domain.spec import ArchivePolicy, DeletionPolicy, JobPolicy, RestoreRequest, RetrievalTier
from gas_controllers.cluster.annotation_job import AnnotationJobResource
from gas_controllers.cluster.manifests import annotation_job, transition_event
from tests.support.jobs import INPUT, JOB_ID, NOW, OWN_FILE, USER, job_in, pending
from tests.support.plans import PLANS

SET_BY_SERVER = {
    "uid": "uid-1",
    "generation": 1,
    "resourceVersion": "5",
    "creationTimestamp": "2026-11-23T12:00:00Z",
}


@pytest.mark.parametrize(
    "policy",
    [
        JobPolicy(),
        JobPolicy(
            suspend=True,
            cancel=True,
            active_deadline=timedelta(seconds=90),
            backoff_limit=0,
            ttl_after_finished=timedelta(0),
            archive_policy=ArchivePolicy.IMMEDIATE,
            retention=timedelta(hours=3),
            restore=RestoreRequest(datetime(2026, 11, 23, 12, 30, tzinfo=UTC), RetrievalTier.BULK),
            deletion_policy=DeletionPolicy.DELETE,
        ),
        JobPolicy(retention=timedelta(0), restore=RestoreRequest(NOW)),
        JobPolicy(restore=RestoreRequest(NOW + timedelta(microseconds=250_000))),
    ],
    ids=["defaults", "everything", "zero-retention", "fraction-of-a-second"],
)
def test_manifest_parses_back(policy: JobPolicy) -> None:
    """The resource made from a record says exactly what the record says."""
    manifest = annotation_job(pending(policy=policy), "gas", NOW + timedelta(hours=1))
    manifest["metadata"] |= SET_BY_SERVER

    seen = AnnotationJobResource.model_validate(manifest).to_seen()

    assert (seen.name, seen.user_id, seen.input, seen.reference) == (JOB_ID, USER, INPUT, "rCRS")
    assert seen.policy == policy
    assert (seen.uid, seen.generation, seen.created, seen.terminating) == ("uid-1", 1, NOW, False)


@pytest.mark.parametrize(
    ("asked", "served", "told"),
    [
        (NOW - timedelta(days=1), False, "2026-11-22T12:00:00Z"),
        (NOW - timedelta(days=1), True, "2026-11-22T12:00:00Z"),
        (NOW + timedelta(days=1), False, "2026-11-23T12:00:00Z"),
        (NOW + timedelta(days=1), True, None),
    ],
    ids=["waits", "served", "future-waits", "future-served"],
)
def test_no_restore_from_the_future(asked: datetime, *, served: bool, told: str | None) -> None:
    """The cluster would refuse the resource: the request stands at the present time until it was served, then not at all."""
    job = job_in(
        JobStatus.RESTORING,
        policy=JobPolicy(restore=RestoreRequest(asked, RetrievalTier.BULK)),
        restore_served=frozenset({asked}) if served else frozenset(),
    )

    spec = annotation_job(job, "gas", NOW)["spec"]

    assert spec.get("restore") == (told and {"requestTime": told, "tier": "Bulk"})


def test_smallest_resource() -> None:
    """A resource with nothing but the required fields has the record's defaults; one under deletion is known as such."""
    body = {
        "metadata": {
            "name": JOB_ID,
            **SET_BY_SERVER,
            "deletionTimestamp": "2026-11-23T12:00:00Z",
            "labels": {},
        },
        "spec": {
            "userID": USER,
            "input": {"bucket": INPUT.bucket, "key": INPUT.key, "fileName": INPUT.file_name},
            "reference": "rCRS",
        },
    }

    seen = AnnotationJobResource.model_validate(body).to_seen()

    assert seen.policy == JobPolicy()
    assert seen.terminating
    assert not seen.made_here


@pytest.mark.parametrize("own_file", [OWN_FILE, None], ids=["with", "without"])
def test_an_own_file_stands_in_the_resource(own_file: OwnFile | None) -> None:
    """The resource of a job that brings one names it as it names the input; that of another has no such field."""
    manifest = annotation_job(pending(own_file=own_file), "gas", NOW)
    manifest["metadata"] |= SET_BY_SERVER

    seen = AnnotationJobResource.model_validate(manifest).to_seen()

    assert ("ownFile" in manifest["spec"]) is (own_file is not None)
    assert seen.own_place == (None if own_file is None else own_file.place)
    assert seen.made_here


def test_event_of_a_move() -> None:
    """The Event of a move names state, reason and sentence; the same move always has the same name, another has not."""
    failed = job_in(JobStatus.FAILED, detail="line 3 is empty.")

    event = transition_event(failed, "gas", PLANS)
    again = transition_event(failed, "gas", PLANS)
    other = transition_event(pending(submit_time=NOW, history=()), "gas", PLANS)

    assert (event["type"], event["reason"]) == ("Warning", "Failed")
    assert event["message"] == "InputRefused: The input file was refused: line 3 is empty."
    assert event["involvedObject"]["uid"] == "uid-1"
    assert event["metadata"]["name"] == again["metadata"]["name"]
    assert event["metadata"]["name"].startswith(f"{JOB_ID}.")
    assert event["metadata"]["name"] != other["metadata"]["name"]
    assert other["type"] == "Normal"
