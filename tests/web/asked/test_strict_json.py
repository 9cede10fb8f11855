"""Every body that cannot be read as JSON, or that two readers may understand differently, is 400 with a sentence."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from gas_web.asked.strict_json import MAX_DEPTH, parsed
from tests.support.api import ApiSite, make_api_site

WRONG: dict[str, bytes] = {
    "deep lists": b"[" * 100_000,
    "deep and whole lists": b"[" * 900 + b"]" * 900,
    "deep objects": b'{"a":' * 20_000,
    "deep within a field": b'{"fileName": ' + b"[" * 500 + b"]" * 500 + b"}",
    "a number of many digits": b'{"fileName": "a.vcf", "sizeBytes": ' + b"9" * 5000 + b"}",
    "a number of some digits": b'{"fileName": "a.vcf", "sizeBytes": ' + b"9" * 50 + b"}",
    "a large exponent": b'{"fileName": "a.vcf", "sizeBytes": 1e400}',
    "a long fraction": b'{"fileName": "a.vcf", "sizeBytes": 0.' + b"1" * 5000 + b"}",
    "not a number": b'{"fileName": "a.vcf", "sizeBytes": NaN}',
    "infinity": b'{"fileName": "a.vcf", "sizeBytes": -Infinity}',
    "half a character": b'{"fileName": "\\ud800.vcf"}',
    "half a character in a name": b'{"\\udfff": 1}',
    "a name twice": b'{"fileName": "a.vcf", "fileName": "b.vcf"}',
    "no UTF-8": b'{"fileName": "\xff.vcf"}',
    "UTF-16": '{"fileName": "a.vcf"}'.encode("utf-16"),
    "UTF-32": '{"fileName": "a.vcf"}'.encode("utf-32-le"),
    "a mark of the byte order": b'\xef\xbb\xbf{"fileName": "a.vcf"}',
    "control characters": b'{"fileName": "a\x00.vcf"}',
    "nothing": b"",
    "spaces": b"   ",
    "two values": b"{}{}",
    "a comment": b'{"fileName": "a.vcf"} // mine',
    "half": b'{"fileName": "a.v',
    "no object": b"[1]",
    "a word": b"true",
}


@pytest.fixture(scope="module")
def site() -> ApiSite:
    """One application for all bodies."""
    return make_api_site()


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("path", ["/uploads", "/jobs", "/tokens"])
def test_what_cannot_be_read_is_refused(site: ApiSite, path: str, wrong: str) -> None:
    """Never an error of ours, whatever the operation."""
    who = site.browser(site.user())

    answer = Client(site.app, use_cookies=False).post(
        f"/api/v1{path}", data=WRONG[wrong], content_type="application/json", headers=who.headers
    )

    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith("The request")


def test_what_is_wrong_is_said_and_not_repeated(site: ApiSite) -> None:
    """The sentence helps, and quotes nothing of the body."""
    who = site.caller()
    sent = {"headers": who.headers, "content_type": "application/json"}
    client = Client(site.app, use_cookies=False)

    twice = client.post("/api/v1/jobs", data=b'{"key": "s3cret", "key": 1}', **sent).get_json()["detail"]
    half = client.post("/api/v1/jobs", data=b'{"key": "s3cret"', **sent).get_json()["detail"]

    assert twice == "The request's body cannot be read as JSON: an object has a name twice."
    assert half.startswith(
        "The request's body cannot be read as JSON: expecting ',' delimiter, at line 1, column"
    )
    assert "s3cret" not in twice + half


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(_VALUES)
def test_good_json_is_read_as_before(value: object) -> None:
    """Whatever a usual writer writes."""
    assert parsed(json.dumps(value)) == value
    assert parsed(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary())
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    """Nothing but ValueError comes of them, and what was read can be written again."""
    with suppress(ValueError):
        json.dumps(parsed(text)).encode()


def test_the_depth_is_bounded() -> None:
    """Just as deep as is said."""
    assert parsed("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    with pytest.raises(ValueError, match="more than 32 deep"):
        parsed("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
