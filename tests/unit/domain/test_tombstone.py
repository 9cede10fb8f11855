"""What is left of a deleted job."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gas.adapters.wire import job_from_item, job_to_item
from gas.domain.job import JobEvent, JobStatus
from gas.domain.record import Intents
from gas.domain.spec import InputRef
from gas.domain.tombstone import is_same_job, keyed_hash, tombstone
from tests.support.jobs import INPUT, JOB_ID, NOW, OWN, OWN_FILE, PRESENT, USER, job_in

ALIVE = [status for status in JobStatus if status is not JobStatus.DELETED]


@pytest.mark.parametrize("status", ALIVE, ids=lambda status: status.value)
def test_nothing_of_anybody_is_left(status: JobStatus) -> None:
    """Whatever a job had come through: no user, file, key, ETag, trace, detail or time of its life stands in its record."""
    job = job_in(
        status,
        submitted_etag="0cc175b9c0f1b6a831c399e269772661",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        detail="line 7: something",
        own_file=OWN_FILE,
        own_sha256="0" * 64,
        intents=Intents(delete_requested=NOW),
    )
    gone = job.moved(JobEvent.DELETED, NOW)

    left = tombstone(gone)

    item = job_to_item(left, 1)
    assert set(item) == {
        "archived",
        "attempts",
        "fence",
        "history",
        "job_id",
        "job_status",
        "policy",
        "progress_percent",
        "publication",
        "reason",
        "resource",
        "schema",
        "submit_time",
        "swept_fence",
        "tombstone",
        "version",
    }
    assert not {USER, INPUT.key, INPUT.file_name, OWN.key} & set(map(str, item.values()))
    assert left.submit_time == NOW
    assert job_from_item(item) == left
    assert tombstone(left) == left


def test_it_meets_its_own_resource() -> None:
    """The same user, input and reference are known again; any other is another job's."""
    left = tombstone(job_in(JobStatus.DELETED))

    assert is_same_job(left, USER, INPUT, "rCRS")
    assert not is_same_job(left, "v" * 26, INPUT, "rCRS")
    assert not is_same_job(left, USER, replace(INPUT, file_name="b.vcf"), "rCRS")
    assert not is_same_job(left, USER, INPUT, "GRCh38")
    assert not is_same_job(replace(left, job_id="job-2"), USER, INPUT, "rCRS")
    assert left.resource == PRESENT


def test_it_meets_its_own_resource_with_an_own_file() -> None:
    """The file that came with the job is a part of what it was, unless an older release, which knew of none, buried it."""
    left = tombstone(job_in(JobStatus.DELETED, own_file=OWN_FILE))
    without = tombstone(job_in(JobStatus.DELETED))

    assert is_same_job(left, USER, INPUT, "rCRS", OWN)
    assert not is_same_job(left, USER, INPUT, "rCRS")
    assert not is_same_job(left, USER, INPUT, "rCRS", replace(OWN, key="another"))
    assert is_same_job(without, USER, INPUT, "rCRS", OWN)
    assert not is_same_job(without, USER, INPUT, "GRCh38", OWN)
    assert without.tombstone == "ba263aafd786fb5ffe10698c04e8d28e4ab8fb66c4d6f6afbfbdbe1ec334e92b"


@given(st.text(), st.text(), st.text(), st.text())
def test_parts_are_not_confused(bucket: str, key: str, name: str, reference: str) -> None:
    """Two identities whose parts run together alike have different hashes, and no hash is that of another owner."""
    place = InputRef(bucket, key, name)
    one = keyed_hash(JOB_ID, USER, place, reference)

    assert one != keyed_hash(JOB_ID, "v" * 26, place, reference)
    if key:
        shifted = InputRef(bucket + key[0], key[1:], name)
        assert one != keyed_hash(JOB_ID, USER, shifted, reference)
