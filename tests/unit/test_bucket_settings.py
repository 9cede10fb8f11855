"""What becomes of a bucket's settings, and what is told of them: the pure part of `gas-setup`."""

import json
from typing import Any

import pytest

from gas.adapters.aws.bucket_cautions import surprises
from gas.adapters.aws.infrastructure import BucketSpec
from gas.adapters.aws.infrastructure_merge import changes, encrypted, private, with_lifecycle_rules

KEY = "arn:aws:kms:us-east-1:123456789012:key/theirs"
OURS = "arn:aws:kms:us-east-1:123456789012:key/ours"
INPUTS = BucketSpec("gas-inputs", "gas/", expire_days=30)
RESULTS = BucketSpec("gas-results", "gas/", restores_topic="gas-thaw")

Default = tuple[str, str | None]


@pytest.mark.parametrize(
    ("found", "key", "expected"),
    [
        (None, "", ("AES256", None)),
        (("AES256", None), "", None),
        (("aws:kms", None), "", None),
        (("aws:kms", KEY), "", None),
        (("aws:kms:dsse", KEY), "", None),
        (None, OURS, ("aws:kms", OURS)),
        (("AES256", None), OURS, ("aws:kms", OURS)),
        (("aws:kms", KEY), OURS, ("aws:kms", OURS)),
        (("aws:kms", OURS), OURS, None),
        (("aws:kms:dsse", OURS), OURS, None),
        (("aws:kms:dsse", KEY), OURS, ("aws:kms:dsse", OURS)),
    ],
)
def test_no_encryption_becomes_weaker(found: Default | None, key: str, expected: Default | None) -> None:
    """A key of KMS stays, ours takes its place where one is set, and nothing is changed that is strong enough."""
    before = {} if found is None else {"Rules": [rule(found)]}

    after = encrypted(before, key)

    if expected is None:
        assert after == before
        return
    [now] = after["Rules"]
    default = now["ApplyServerSideEncryptionByDefault"]
    assert (default["SSEAlgorithm"], default.get("KMSMasterKeyID")) == expected
    assert ("BucketKeyEnabled" in now) is (expected[0] == "aws:kms")


def rule(default: Default) -> dict[str, Any]:
    """A bucket's encryption."""
    algorithm, key = default
    named = {"KMSMasterKeyID": key} if key else {}
    return {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm, **named}}


def test_doors_that_are_shut_stay_shut() -> None:
    """Of the block of public access, only what was open is shut, and named."""
    half = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}

    after = private({**half, "BlockPublicPolicy": False})

    assert set(after.values()) == {True}
    told = changes("block public access", {**half, "BlockPublicPolicy": False}, after)
    assert [str(each) for each in told] == ["block public access BlockPublicPolicy: false -> true"]


def test_a_rule_of_the_old_form_means_the_same() -> None:
    """S3 takes no bare prefix beside a filter; where nothing of ours is missing, nothing is written."""
    old = {"ID": "old", "Status": "Enabled", "Prefix": "old/", "Expiration": {"Days": 2}}
    ours = {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}

    after = with_lifecycle_rules({"Rules": [old]}, [ours])

    moved = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "old/"}, "Expiration": {"Days": 2}}
    assert after == {"Rules": [moved, ours]}
    assert with_lifecycle_rules({"Rules": [old]}, []) == {"Rules": [old]}


def moves(prefix: str, storage_class: str, **more: Any) -> dict[str, Any]:
    """A rule that moves what begins so to a class after a day."""
    transition = {"Days": 1, "StorageClass": storage_class}
    return {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": prefix}, "Transitions": [transition], **more}


ALL_OF_IT: dict[str, Any] = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}}
TAGS = [{"Key": "old", "Value": "yes"}]


@pytest.mark.parametrize(
    ("spec", "rule", "word"),
    [
        (RESULTS, moves("", "GLACIER"), "moves files to GLACIER"),
        (RESULTS, moves("gas/", "DEEP_ARCHIVE"), "moves files to DEEP_ARCHIVE"),
        (INPUTS, moves("gas/someone", "GLACIER"), "moves files to GLACIER"),
        (
            RESULTS,
            moves("", "GLACIER", Filter={"And": {"Prefix": "ga", "ObjectSizeGreaterThan": 1}}),
            "moves",
        ),
        (RESULTS, moves("archive/", "DEEP_ARCHIVE"), "never Expedited"),
        (RESULTS, {**ALL_OF_IT, "Expiration": {"Days": 90}}, "deletes results after 90 days"),
        (
            RESULTS,
            {**ALL_OF_IT, "Filter": {"Prefix": "archive/"}, "Expiration": {"Days": 9}},
            "deletes results",
        ),
        (INPUTS, {**ALL_OF_IT, "Expiration": {"Days": 3}}, "deletes inputs after 3 days"),
        (INPUTS, {**ALL_OF_IT, "Expiration": {"Date": "2027-01-01"}}, "deletes inputs from 2027-01-01 on"),
        (INPUTS, {**ALL_OF_IT, "Expiration": {"Days": 90}}, None),
        (INPUTS, {**ALL_OF_IT, "ID": "expire", "Expiration": {"Days": 3}}, None),
        (RESULTS, {**ALL_OF_IT, "Expiration": {"ExpiredObjectDeleteMarker": True}}, None),
        (RESULTS, moves("", "GLACIER_IR"), None),
        (RESULTS, moves("", "STANDARD_IA"), None),
        (RESULTS, moves("logs/", "GLACIER"), None),
        (RESULTS, moves("", "GLACIER", Status="Disabled"), None),
        (RESULTS, moves("", "GLACIER", Filter={"And": {"Prefix": "", "Tags": TAGS}}), None),
        (RESULTS, moves("", "GLACIER", Filter={"Tag": TAGS[0]}), None),
        (RESULTS, moves("archive/", "GLACIER"), None),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else None,
)
def test_rules_that_will_surprise_are_told(spec: BucketSpec, rule: dict[str, Any], word: str | None) -> None:
    """A rule that moves or deletes what people use is named; one that harms nothing is not mentioned."""
    said = list(surprises(spec, [rule], versioned=False, lock={}))

    assert [sentence.startswith("lifecycle rule x ") for sentence in said] == ([True] if word else [])
    assert word is None or word in said[0]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({**ALL_OF_IT, "NoncurrentVersionExpiration": {"NoncurrentDays": 30}}, False),
        (
            {**ALL_OF_IT, "Filter": {"Prefix": "a/"}, "NoncurrentVersionExpiration": {"NoncurrentDays": 3}},
            True,
        ),
        ({**ALL_OF_IT, "Status": "Disabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 3}}, True),
    ],
    ids=["ended", "elsewhere", "disabled"],
)
def test_versions_that_nothing_ends_are_told(rule: dict[str, Any], *, told: bool) -> None:
    """A versioned bucket keeps what is archived or deleted, until a rule for all of it ends it."""
    said = list(surprises(RESULTS, [rule], versioned=True, lock={}))

    assert ["NoncurrentVersionExpiration" in sentence for sentence in said] == ([True] if told else [])
    assert list(surprises(RESULTS, [rule], versioned=False, lock={})) == []
