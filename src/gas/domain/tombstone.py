"""What is left of a deleted job: a record that revives nothing, and that nobody can read anything about anybody from.

It must still know its own resource when that is applied again. So it keeps a hash of whose job it was, of which input,
reference and own file, and the hash is keyed with the owner's id, which nobody has who has only the record: without the key no
file name can be guessed at, and once the account is gone, nobody has it.
"""

import hashlib
import hmac
import json

from gas.domain.job import Job
from gas.domain.reasons import Reason
from gas.domain.spec import InputRef

NOTHING = InputRef("", "", "")


def keyed_hash(
    job_id: str, user_id: str, place: InputRef, reference: str, own: InputRef | None = None
) -> str:
    """The hash of one job's identity: without the owner's id it tells nothing."""
    # A job without an own file has the hash that older releases gave it.
    parts = [job_id, *_texts(place), reference, *(() if own is None else _texts(own))]
    return hmac.new(user_id.encode(), json.dumps(parts).encode(), hashlib.sha256).hexdigest()


def is_same_job(job: Job, user_id: str, place: InputRef, reference: str, own: InputRef | None = None) -> bool:
    """True when a record is of that user's job of that input, reference and own file, be it a tombstone or not.

    A tombstone that an older release made does not tell with which own file, or whether with any.
    """
    if job.tombstone is None:
        return (job.user_id, job.input, job.reference, job.own_place) == (user_id, place, reference, own)
    hashes = [keyed_hash(job.job_id, user_id, place, reference, each) for each in {own, None}]
    return any(hmac.compare_digest(job.tombstone, each) for each in hashes)


def tombstone(job: Job) -> Job:
    """The record of a deleted job without anything of its owner. Made anew, so that no field stays by oversight."""
    return Job(
        job_id=job.job_id,
        user_id="",
        input=NOTHING,
        reference="",
        submit_time=job.last_move,
        status=job.status,
        version=job.version,
        history=job.history[-1:],
        reason=Reason.DELETED,
        fence=job.fence,
        swept_fence=job.fence,
        resource=job.resource,
        tombstone=job.tombstone
        or keyed_hash(job.job_id, job.user_id, job.input, job.reference, job.own_place),
    )


def _texts(place: InputRef) -> tuple[str, str, str]:
    return place.bucket, place.key, place.file_name
