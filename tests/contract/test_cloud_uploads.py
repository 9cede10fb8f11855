"""S3 of the local AWS: uploads and links that a policy, an expiry, a checksum or a condition forbids are refused."""

import base64
import hashlib
import json
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from urllib3 import encode_multipart_formdata

from tests.support.aws import TestCloud, code, status, unique
from tests.support.waiting import PATIENCE_SECONDS, until

BODY = b"##fileformat=VCFv4.3\n"
SHA256 = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
WRONG = base64.b64encode(hashlib.sha256(b"other").digest()).decode()


@pytest.fixture
def s3(cloud: TestCloud) -> Any:
    """A client of S3."""
    return cloud.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    """An empty bucket."""
    name = unique("bucket")
    s3.create_bucket(Bucket=name)
    return name


def http(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, str]:
    """The status of a plain HTTP request, and the code of S3's error if it carries one."""
    request = urllib.request.Request(
        url, body, headers={k.replace("_", "-"): v for k, v in headers.items()}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, ET.fromstring(refused.read()).findtext("Code") or ""


def post(form: dict[str, Any], body: bytes = BODY, **changes: str | None) -> tuple[int, str]:
    """Send a presigned form, with some fields changed or, by None, left out."""
    fields = {**form["fields"], **{name.replace("_", "-"): value for name, value in changes.items()}}
    kept = {name: value for name, value in fields.items() if value is not None}
    data, content_type = encode_multipart_formdata({**kept, "file": ("f.vcf", body, "text/plain")})
    return http(form["url"], "POST", data, Content_Type=content_type)


@pytest.fixture
def form(s3: Any, bucket: str) -> dict[str, Any]:
    """A form that allows one key below `in/`, the redirect it names, and at most 100 bytes."""
    return dict(
        s3.generate_presigned_post(
            bucket,
            "in/a.vcf",
            Fields={"x-amz-meta-job": "7"},
            Conditions=[["starts-with", "$x-amz-meta-job", ""], ["content-length-range", 1, 100]],
            ExpiresIn=60,
        )
    )


def test_an_upload_that_keeps_the_policy_is_taken(s3: Any, bucket: str, form: dict[str, Any]) -> None:
    """The form as it was signed uploads its file."""
    answer = post(form)

    assert answer == (204, "")
    assert s3.get_object(Bucket=bucket, Key="in/a.vcf")["Body"].read() == BODY


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"key": "in/other.vcf"}, (403, "AccessDenied")),
        ({"x_amz_meta_user": "root"}, (403, "AccessDenied")),
        ({"x_amz_storage_class": "GLACIER"}, (403, "AccessDenied")),
        ({"policy": None}, (403, "AccessDenied")),
        ({"x_amz_signature": None}, (403, "AccessDenied")),
        ({"body": b"x" * 101}, (400, "EntityTooLarge")),
        ({"body": b""}, (400, "EntityTooSmall")),
    ],
    ids=["other key", "extra field", "storage class", "no policy", "no signature", "too large", "empty"],
)
def test_an_upload_that_breaks_the_policy_is_refused(
    s3: Any, bucket: str, form: dict[str, Any], changed: dict[str, Any], refusal: tuple[int, str]
) -> None:
    """What the policy does not allow is refused with S3's error, and nothing is stored."""
    answer = post(form, **changed)

    assert answer == refusal
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_a_form_for_one_bucket_is_refused_by_another(s3: Any, bucket: str, form: dict[str, Any]) -> None:
    """The bucket is part of the policy."""
    other = unique("bucket")
    s3.create_bucket(Bucket=other)

    answer = post({**form, "url": form["url"].replace(bucket, other)})

    assert answer == (403, "AccessDenied")


def test_a_prefix_condition_allows_only_its_prefix(s3: Any, bucket: str) -> None:
    """`starts-with` on the key holds for the file name that the browser fills in, and for nothing outside."""
    form = s3.generate_presigned_post(bucket, "in/${filename}", Conditions=[["starts-with", "$key", "in/"]])

    answers = [post(form), post(form, key="out/f.vcf")]

    assert answers == [(204, ""), (403, "AccessDenied")]
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["in/f.vcf"]


def test_an_expired_policy_is_refused(form: dict[str, Any]) -> None:
    """A form is refused once its policy's time is over."""
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    policy["expiration"] = (datetime.now(UTC) - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    answer = post(form, policy=base64.b64encode(json.dumps(policy).encode()).decode())

    assert answer == (403, "AccessDenied")


@pytest.mark.parametrize("method", ["get_object", "put_object"])
def test_a_presigned_link_ends(s3: Any, bucket: str, method: str) -> None:
    """A link works, and is refused after its seconds."""
    s3.put_object(Bucket=bucket, Key="k", Body=BODY)
    verb = method.partition("_")[0].upper()
    lasting, brief = (
        s3.generate_presigned_url(method, {"Bucket": bucket, "Key": "k"}, ExpiresIn=seconds)
        for seconds in (300, 1)
    )
    body = BODY if verb == "PUT" else None

    refused = until(lambda: (got := http(brief, verb, body)) != (200, "") and got)

    assert refused == (403, "AccessDenied")
    assert http(lasting, verb, body) == (200, "")


def test_a_link_shows_the_file_under_its_name(s3: Any, bucket: str) -> None:
    """The name that a link gives the file arrives as Content-Disposition."""
    s3.put_object(Bucket=bucket, Key="k", Body=BODY)
    wanted = {"Bucket": bucket, "Key": "k", "ResponseContentDisposition": 'attachment; filename="a.vcf"'}

    with urllib.request.urlopen(
        s3.generate_presigned_url("get_object", wanted), timeout=PATIENCE_SECONDS
    ) as answer:
        assert answer.headers["Content-Disposition"] == 'attachment; filename="a.vcf"'


@pytest.mark.parametrize(
    "wrong", [{"ChecksumSHA256": WRONG}, {"ContentMD5": "AAAAAAAAAAAAAAAAAAAAAA=="}], ids=["sha256", "md5"]
)
def test_a_wrong_checksum_is_refused(s3: Any, bucket: str, wrong: dict[str, str]) -> None:
    """Bytes that are not those that were summed are not stored."""
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="k", Body=BODY, **wrong)

    assert (code(refused.value), status(refused.value)) == ("BadDigest", 400)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize(
    "given", [{"ChecksumSHA256": SHA256}, {"ChecksumAlgorithm": "SHA256"}], ids=["given", "computed"]
)
def test_a_checksum_is_kept(s3: Any, bucket: str, given: dict[str, str]) -> None:
    """An upload's SHA-256 can be read back."""
    s3.put_object(Bucket=bucket, Key="k", Body=BODY, **given)

    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")["ChecksumSHA256"] == SHA256


def test_a_copy_to_the_archive_has_a_checksum(s3: Any, bucket: str) -> None:
    """A copy computes the SHA-256 that it is asked for, and HEAD shows it on an archived object."""
    s3.put_object(Bucket=bucket, Key="k", Body=BODY)

    copied = s3.copy_object(
        Bucket=bucket,
        Key="archive/k",
        CopySource={"Bucket": bucket, "Key": "k"},
        StorageClass="GLACIER",
        ChecksumAlgorithm="SHA256",
    )

    head = s3.head_object(Bucket=bucket, Key="archive/k", ChecksumMode="ENABLED")
    assert copied["CopyObjectResult"]["ChecksumSHA256"] == SHA256
    assert (head["ChecksumSHA256"], head["StorageClass"], head["ContentLength"]) == (
        SHA256,
        "GLACIER",
        len(BODY),
    )


def test_a_copy_of_changed_bytes_is_refused(s3: Any, bucket: str) -> None:
    """CopySourceIfMatch pins the bytes that are copied."""
    etag = s3.put_object(Bucket=bucket, Key="k", Body=BODY)["ETag"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"changed")

    with pytest.raises(ClientError) as refused:
        s3.copy_object(
            Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"}, CopySourceIfMatch=etag
        )

    assert status(refused.value) == 412


def test_an_upload_if_absent_happens_once(s3: Any, bucket: str) -> None:
    """If-None-Match lets the first upload of a key pass and no other."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"first", IfNoneMatch="*")

    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="k", Body=b"second", IfNoneMatch="*")

    assert status(refused.value) == 412
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"first"


def test_the_local_aws_is_on_loopback_only(cloud: TestCloud) -> None:
    """Its address is loopback's."""
    assert urlsplit(cloud.local.endpoint).hostname == "127.0.0.1"
