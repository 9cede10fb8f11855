"""The contract of `Links`, for memory and S3 alike: the store refuses whatever a form or link does not permit."""

import base64
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from urllib3 import encode_multipart_formdata

from gas.adapters.aws.bucket_rules import BucketSpec
from gas.adapters.aws.encryption import Encryption
from gas.adapters.aws.links_s3 import S3Links
from gas.adapters.aws.objects_s3 import S3ObjectStore
from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.links import InMemoryLinks
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.adapters.system_clock import SystemClock
from gas.domain.names import Bucket
from gas.ports.links import Links, UploadForm, UploadPermit
from gas.ports.objects import ObjectStore
from gas_setup.infrastructure import TopicSpec
from tests.contract.adapters import BACKENDS, client, fresh_names
from tests.support.aws import OUR_KEY
from tests.support.waiting import PATIENCE_SECONDS, until

KEY = "gas/" + "u" * 26 + "/job-1~sample é+ ~.vcf"
BODY = b"##fileformat=VCFv4.2\n"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Place:
    """A bucket, the links into it, and what a browser does with them."""

    links: Links
    objects: ObjectStore
    bucket: str
    post: Callable[[UploadForm, bytes], int]
    get: Callable[[str], tuple[int, str, bytes]]
    passes: Callable[[timedelta], object]

    def permit(self, **changes: Any) -> UploadPermit:
        """A permit for one file of at most 100 bytes."""
        metadata = {"job-id": "job-1"}
        return replace(UploadPermit(self.bucket, KEY, 100, "text/plain", metadata), **changes)


def _memory() -> Place:
    clock = FakeClock(datetime(2026, 11, 23, 12, tzinfo=UTC))
    objects = InMemoryObjectStore()
    links = InMemoryLinks(objects, clock)
    return Place(
        links,
        objects,
        "bucket",
        lambda form, body: links.receive(form.url, form.fields, body),
        links.fetch,
        clock.advance,
    )


def _post(form: UploadForm, body: bytes) -> int:
    data, content_type = encode_multipart_formdata({**form.fields, "file": ("f.vcf", body, "text/plain")})
    request = urllib.request.Request(form.url, data, {"Content-Type": content_type}, method="POST")
    return _open(request)[0]


def _open(request: urllib.request.Request | str) -> tuple[int, str, bytes]:
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=PATIENCE_SECONDS) as answer:
            name = re.search(r"filename\*=UTF-8''(.+)", answer.headers["Content-Disposition"] or "")
            return answer.status, unquote(name[1]) if name else "", answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, "", b""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        """Do not follow."""


@pytest.fixture(params=BACKENDS)
def place(request: pytest.FixtureRequest) -> Place:
    """An empty bucket of each kind."""
    if request.param == "memory":
        return _memory()
    bucket = fresh_names(BucketSpec, TopicSpec).bucket(Bucket.INPUTS)
    s3 = client("s3")
    return Place(S3Links(s3, SystemClock()), S3ObjectStore(s3), bucket, _post, _open, lambda _time: None)


def changed(form: UploadForm, **fields: str | None) -> UploadForm:
    """A form with some fields changed or, by None, left out."""
    wanted = {**form.fields, **{name.replace("_", "-"): value for name, value in fields.items()}}
    return replace(form, fields={name: value for name, value in wanted.items() if value is not None})


def test_a_form_uploads_what_it_permits(place: Place) -> None:
    """The form as it was signed stores the file under the exact key."""
    form = place.links.upload(place.permit(), MINUTE)

    status = place.post(form, BODY)

    seen = place.objects.head(place.bucket, KEY)
    assert status == 201
    assert seen is not None
    assert seen.size_bytes == len(BODY)


def test_a_browser_is_sent_on_after_its_upload(place: Place) -> None:
    """With a redirect, the upload answers 303."""
    form = place.links.upload(place.permit(redirect="https://gas.example/after"), MINUTE)

    assert place.post(form, BODY) == 303


@pytest.mark.parametrize(
    "change",
    [
        {"key": "gas/" + "v" * 26 + "/job-1~a.vcf"},
        {"Content_Type": "text/html"},
        {"x_amz_meta_job_id": "job-2"},
        {"x_amz_meta_other": "1"},
        {"x_amz_storage_class": "GLACIER"},
        {"acl": "public-read"},
        {"x_amz_signature": None},
    ],
    ids=["key", "type", "metadata", "more metadata", "storage class", "acl", "unsigned"],
)
def test_what_a_form_does_not_permit_is_refused(place: Place, change: Mapping[str, str | None]) -> None:
    """Every field is bound, and no other may be sent; nothing is stored."""
    form = place.links.upload(place.permit(), MINUTE)

    status = place.post(changed(form, **change), BODY)

    assert status == 403
    assert place.objects.head(place.bucket, KEY) is None


@pytest.mark.parametrize(
    ("size", "taken"), [(0, False), (1, True), (100, True), (101, False)], ids=["none", "1", "limit", "more"]
)
def test_a_form_binds_the_size(place: Place, size: int, taken: bool) -> None:  # noqa: FBT001 - a column of the table
    """From 1 byte to the limit, and not one more."""
    form = place.links.upload(place.permit(), MINUTE)

    status = place.post(form, b"x" * size)

    assert status == (201 if taken else 400)
    assert (place.objects.head(place.bucket, KEY) is not None) is taken


def test_a_form_ends(place: Place) -> None:
    """A form is refused once it has expired."""
    form = place.links.upload(place.permit(), timedelta(seconds=1))
    place.passes(timedelta(seconds=1))

    assert until(lambda: place.post(form, BODY) == 403)


def test_a_link_gives_the_bytes_under_the_name(place: Place) -> None:
    """A link's download is saved under the name that people know."""
    place.post(place.links.upload(place.permit(), MINUTE), BODY)

    link = place.links.download(place.bucket, KEY, "sample é.vcf", MINUTE)

    assert place.get(link.url) == (200, "sample é.vcf", BODY)


def test_a_link_ends(place: Place) -> None:
    """A link is refused once it has expired."""
    place.post(place.links.upload(place.permit(), MINUTE), BODY)
    link = place.links.download(place.bucket, KEY, "a.vcf", timedelta(seconds=1))
    place.passes(timedelta(seconds=1))

    assert until(lambda: place.get(link.url)[0] == 403)


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(minutes=6)], ids=["none", "too long"])
def test_no_link_lives_too_long(place: Place, lifetime: timedelta) -> None:
    """Forms live at most five minutes and links one: a mistake in a setting does not get further."""
    with pytest.raises(ValueError, match="lifetime"):
        place.links.upload(place.permit(), lifetime)
    with pytest.raises(ValueError, match="lifetime"):
        place.links.download(place.bucket, KEY, "a.vcf", lifetime)


def test_the_policy_of_s3_says_exactly_what_is_permitted() -> None:
    """Each field by its value, the size, the bucket, the key and the expiry: as AWS reads it, not as a double does."""
    asked = datetime.now(UTC)
    form = S3Links(client("s3"), SystemClock()).upload(
        UploadPermit("inputs", "gas/u/j~a.vcf", 153_600, "text/plain", {"job-id": "j"}), 5 * MINUTE
    )

    policy = json.loads(base64.b64decode(form.fields["policy"]))

    plain = {
        name: value for part in policy["conditions"] if isinstance(part, dict) for name, value in part.items()
    }
    signing = {"x-amz-algorithm", "x-amz-credential", "x-amz-date"}
    assert {name: value for name, value in plain.items() if name not in signing} == {
        "bucket": "inputs",
        "key": "gas/u/j~a.vcf",
        "Content-Type": "text/plain",
        "x-amz-meta-job-id": "j",
        "success_action_status": "201",
    }
    assert [part for part in policy["conditions"] if isinstance(part, list)] == [
        ["content-length-range", 1, 153_600]
    ]
    assert set(form.fields) == {*plain, "policy", "x-amz-signature"} - {"bucket"}
    # Told in whole seconds.
    ends = datetime.fromisoformat(policy["expiration"]) - 5 * MINUTE
    assert asked - timedelta(seconds=1) < ends <= datetime.now(UTC)


def test_links_are_signed_with_version_4() -> None:
    """The older signature names no host and no region."""
    link = S3Links(client("s3"), SystemClock()).download("results", "k", "a.vcf", MINUTE)

    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link.url
    assert "X-Amz-Expires=60" in link.url


def test_an_upload_is_encrypted_with_the_key_that_is_set() -> None:
    """The form says so, and a form whose key was changed is refused."""
    bucket = fresh_names(BucketSpec).bucket(Bucket.INPUTS)
    permit = UploadPermit(bucket, KEY, 100, "text/plain", {"job-id": "job-1"})
    form = S3Links(client("s3"), SystemClock(), Encryption(OUR_KEY)).upload(permit, MINUTE)
    other = {**form.fields, "x-amz-server-side-encryption-aws-kms-key-id": OUR_KEY.replace("ours", "theirs")}

    refused = _post(replace(form, fields=other), BODY)
    taken = _post(form, BODY)

    head = client("s3").head_object(Bucket=bucket, Key=KEY)
    assert (refused, taken) == (403, 201)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", OUR_KEY)
