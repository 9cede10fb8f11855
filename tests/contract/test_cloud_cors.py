"""CORS of the local AWS: a bucket's own rules say which pages may send to it and read its answers, and nothing else does."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import Message
from typing import Any

import pytest

from dev.run.cloud.cors import CorsRule
from tests.support.aws import TestCloud, code, unique
from tests.support.waiting import PATIENCE_SECONDS

OURS, THEIRS = "https://gas.example", "https://evil.example"
RULE = {"AllowedOrigins": [OURS], "AllowedMethods": ["POST"], "MaxAgeSeconds": 3600}


@pytest.fixture
def s3(cloud: TestCloud) -> Any:
    """A client of S3."""
    return cloud.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    """A bucket to which pages of ours may POST."""
    name = unique("bucket")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [RULE]})
    return name


def ask(cloud: TestCloud, path: str, method: str, **headers: str) -> tuple[int, Message]:
    """The status and the headers of an answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{cloud.local.endpoint}/{path}", headers=named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers


def preflight(
    cloud: TestCloud, bucket: str, origin: str, method: str, names: str = ""
) -> tuple[int, Message]:
    """What a browser is told before it sends a page's request."""
    more = {"Access_Control_Request_Headers": names} if names else {}
    return ask(cloud, bucket, "OPTIONS", Origin=origin, Access_Control_Request_Method=method, **more)


def said(headers: Message) -> dict[str, str]:
    """The headers that are about other origins."""
    return {name: value for name, value in headers.items() if name.lower().startswith("access-control-")}


def test_a_preflight_from_the_allowed_origin_is_granted(cloud: TestCloud, bucket: str) -> None:
    """The origin, the method and for how long; caches are told what the answer depends on."""
    status, headers = preflight(cloud, bucket, OURS, "POST")

    assert status == 200
    assert said(headers) == {
        "Access-Control-Allow-Origin": OURS,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Max-Age": "3600",
        "Access-Control-Allow-Credentials": "true",
    }
    assert "Origin" in headers["Vary"]


@pytest.mark.parametrize(
    ("origin", "method", "names"),
    [
        (THEIRS, "POST", ""),
        (f"{OURS}.evil.example", "POST", ""),
        (OURS.replace("https", "http"), "POST", ""),
        ("null", "POST", ""),
        (OURS, "PUT", ""),
        (OURS, "GET", ""),
        (OURS, "DELETE", ""),
        (OURS, "POST", "x-amz-acl"),
    ],
    ids=["other origin", "longer origin", "plain http", "null", "put", "get", "delete", "header"],
)
def test_every_other_preflight_is_refused(
    cloud: TestCloud, bucket: str, origin: str, method: str, names: str
) -> None:
    """403, and no word that a browser would take for a permission."""
    status, headers = preflight(cloud, bucket, origin, method, names)

    assert status == 403
    assert said(headers) == {}


def test_a_bucket_without_rules_allows_nobody(cloud: TestCloud, s3: Any) -> None:
    """That is how the results bucket is."""
    name = unique("bucket")
    s3.create_bucket(Bucket=name)

    assert preflight(cloud, name, OURS, "POST")[0] == 403


@pytest.mark.parametrize(("origin", "told"), [(OURS, OURS), (THEIRS, None)], ids=["ours", "theirs"])
def test_an_answer_is_readable_by_the_allowed_origin_alone(
    cloud: TestCloud, bucket: str, origin: str, told: str | None
) -> None:
    """A refusal too: a page of ours learns that its upload was refused, another's learns nothing."""
    status, headers = ask(cloud, bucket, "POST", Origin=origin)

    assert status in {400, 403}
    assert headers["Access-Control-Allow-Origin"] == told


def test_a_method_that_no_rule_names_is_answered_and_not_readable(
    cloud: TestCloud, s3: Any, bucket: str
) -> None:
    """Links are followed by browsers, which needs no permission; a script gets nothing to read."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=60)

    status, headers = ask(cloud, url.removeprefix(f"{cloud.local.endpoint}/"), "GET", Origin=OURS)

    assert status == 200
    assert said(headers) == {}


def test_programs_are_not_told_of_it(cloud: TestCloud, bucket: str) -> None:
    """An answer to a request without an origin says nothing about origins."""
    assert said(ask(cloud, bucket, "POST")[1]) == {}


def test_rules_can_be_read_back_and_removed(s3: Any, bucket: str) -> None:
    """What was put is what is got, and after a removal there is none."""
    found = s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
    s3.delete_bucket_cors(Bucket=bucket)

    with pytest.raises(s3.exceptions.ClientError) as refused:
        s3.get_bucket_cors(Bucket=bucket)

    assert found == [RULE]
    assert code(refused.value) == "NoSuchCORSConfiguration"


@pytest.mark.parametrize(
    ("rule", "asked", "fits"),
    [
        ({"origins": ["*"]}, {}, True),
        ({"origins": ["https://*.example"]}, {}, True),
        ({"origins": ["https://*.example"]}, {"origin": "https://gas.example.evil"}, False),
        ({"origins": ["https://gas.e*gas.example"]}, {}, False),
        ({"origins": ["https://ga?.example"]}, {}, False),
        ({"headers": ["x-amz-*"]}, {"headers": ["X-Amz-Meta-Job"]}, True),
        ({"headers": ["x-amz-*"]}, {"headers": ["x-amz-acl", "content-md5"]}, False),
        ({"headers": ["*"]}, {"headers": ["anything"]}, True),
        ({"methods": ["GET", "PUT"]}, {"method": "POST"}, False),
    ],
)
def test_a_rule_fits(rule: Mapping[str, Any], asked: Mapping[str, Any], *, fits: bool) -> None:
    """One star stands for anything, nothing else does; header names have no case."""
    whole = CorsRule(**{"origins": [OURS], "methods": ["POST"], **rule})

    assert whole.fits(**{"origin": OURS, "method": "POST", **asked}) is fits


def test_a_rule_for_everybody_names_nobody() -> None:
    """A browser takes a star together with credentials for a mistake, so S3 never sends both."""
    told = dict(CorsRule(["*"], ["GET"], exposed=["ETag"]).answer_to(OURS))

    assert told["Access-Control-Allow-Origin"] == "*"
    assert told["Access-Control-Expose-Headers"] == "ETag"
    assert "Access-Control-Allow-Credentials" not in told
