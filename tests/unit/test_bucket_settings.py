"""What becomes of a bucket's settings, and what is told of them: the pure part of `gas-setup`."""

import json
from typing import Any

import pytest

from gas.adapters.aws.bucket_cautions import surprises
from gas.adapters.aws.infrastructure import BucketSpec
from gas.adapters.aws.infrastructure_merge import (
    changes,
    encrypted,
    private,
    with_cors_rule,
    with_lifecycle_rules,
    with_notice,
)
from gas.adapters.aws.infrastructure_requests import lifecycle_rules, restores_notice, uploads_rule

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


ABORT, EXPIRE = lifecycle_rules(INPUTS)
FORMER = {**EXPIRE, "ID": "expire"}
"""As releases before wrote it."""
OLD_FORM = {"ID": "expire", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 30}}
COLD = {"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}
ON_TMP = {
    "ID": "expire",
    "Status": "Enabled",
    "Filter": {"Prefix": "tmp/"},
    "Expiration": {"Days": 2},
    **COLD,
}


def test_a_rule_of_the_old_form_means_the_same() -> None:
    """S3 takes no bare prefix beside a filter; where nothing of ours is missing, nothing is written."""
    old = {"ID": "old", "Status": "Enabled", "Prefix": "old/", "Expiration": {"Days": 2}}

    after = with_lifecycle_rules({"Rules": [old]}, [EXPIRE], "gas/")

    moved = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "old/"}, "Expiration": {"Days": 2}}
    assert after == {"Rules": [moved, EXPIRE]}
    assert with_lifecycle_rules({"Rules": [old]}, [], "gas/") == {"Rules": [old]}


@pytest.mark.parametrize(
    ("found", "after"),
    [
        ({**EXPIRE, "Expiration": {"Days": 365}}, None),
        ({**EXPIRE, "Status": "Disabled"}, None),
        ({**EXPIRE, **COLD}, None),
        ({**EXPIRE, "Filter": {"Prefix": "gas/"}}, None),
        (FORMER, None),
        (OLD_FORM, None),
        ({**FORMER, "Expiration": {"Days": 365}, "Status": "Disabled"}, None),
        ({**EXPIRE, "Expiration": {"Days": 7}}, [EXPIRE]),
        ({**EXPIRE, "Expiration": {"Days": 7}, **COLD}, [{**EXPIRE, **COLD}]),
        (
            {**OLD_FORM, "Expiration": {"Days": 7}},
            [{"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}],
        ),
        (ON_TMP, [ON_TMP, EXPIRE]),
        ({**FORMER, "Filter": {"Tag": {"Key": "a", "Value": "b"}}}, None),
        ({**ON_TMP, "ID": EXPIRE["ID"]}, None),
    ],
    ids=[
        "longer",
        "disabled",
        "with more in it",
        "where ours are",
        "as releases before wrote it",
        "in the old form",
        "of a release before, longer and disabled",
        "shorter",
        "shorter, with more in it",
        "shorter, in the old form",
        "of somebody else by the former id",
        "by the former id, for tagged files",
        "of somebody else by our id",
    ],
)
def test_a_rule_becomes_no_stricter_than_its_owner_made_it(
    found: dict[str, Any], after: list[dict[str, Any]] | None
) -> None:
    """A longer time, a rule that is disabled and a rule of somebody else stay; only a time that is too short is ours to set.

    What is written has no rule with both a filter and a bare prefix, which S3 refuses.
    """
    tagged = "Tag" in found.get("Filter", {})

    now = with_lifecycle_rules({"Rules": [found]}, [EXPIRE], "gas/")["Rules"]

    assert now == (after or [found, *([EXPIRE] if tagged else [])])
    assert not any({"Filter", "Prefix"} <= set(each) for each in now)
    assert with_lifecycle_rules({"Rules": now}, [EXPIRE], "gas/")["Rules"] == now


OUR_NOTICE = restores_notice("arn:aws:sns:us-east-1:1:gas-thaw")
OUR_ORIGIN = uploads_rule("https://gas.example")


@pytest.mark.parametrize(
    ("found", "after"),
    [
        ([], [OUR_NOTICE]),
        ([OUR_NOTICE], [OUR_NOTICE]),
        ([{**OUR_NOTICE, "Id": "restores"}], [{**OUR_NOTICE, "Id": "restores"}]),
        ([{**OUR_NOTICE, "Events": ["x"]}], [OUR_NOTICE]),
        (
            [{**OUR_NOTICE, "Id": "restores", "TopicArn": "theirs"}],
            [{**OUR_NOTICE, "Id": "restores", "TopicArn": "theirs"}, OUR_NOTICE],
        ),
    ],
    ids=["none", "ours", "as releases before wrote it", "changed", "of somebody else by the former id"],
)
def test_a_notice_of_somebody_else_stays(found: list[Any], after: list[Any]) -> None:
    """It is ours by our id, or by the former one and our topic."""
    assert with_notice({"TopicConfigurations": found}, OUR_NOTICE) == {"TopicConfigurations": after}


@pytest.mark.parametrize(
    ("found", "after"),
    [
        ([OUR_ORIGIN], [OUR_ORIGIN]),
        ([{**OUR_ORIGIN, "AllowedOrigins": ["https://before"]}], [OUR_ORIGIN]),
        ([{**OUR_ORIGIN, "ID": "uploads"}], [{**OUR_ORIGIN, "ID": "uploads"}]),
        (
            [{**OUR_ORIGIN, "ID": "uploads", "AllowedOrigins": ["https://before"]}],
            [{**OUR_ORIGIN, "ID": "uploads"}],
        ),
        (
            [{"ID": "uploads", "AllowedOrigins": ["https://theirs"], "AllowedMethods": ["PUT"]}],
            [{"ID": "uploads", "AllowedOrigins": ["https://theirs"], "AllowedMethods": ["PUT"]}, OUR_ORIGIN],
        ),
    ],
    ids=["ours", "of another address", "as before", "as before, of another address", "of somebody else"],
)
def test_an_origin_of_somebody_else_stays(found: list[Any], after: list[Any]) -> None:
    """It is ours by our id, or by the former one if it lets pages send forms and nothing else."""
    assert with_cors_rule({"CORSRules": found}, OUR_ORIGIN) == {"CORSRules": after}


@pytest.mark.parametrize(
    ("spec", "found", "word"),
    [
        (INPUTS, EXPIRE, None),
        (INPUTS, FORMER, None),
        (INPUTS, {**EXPIRE, "Expiration": {"Days": 7}}, None),
        (INPUTS, {**EXPIRE, "Expiration": {"Days": 365}}, "keeps inputs for 365 days"),
        (INPUTS, {**EXPIRE, "Status": "Disabled"}, "is disabled"),
        (INPUTS, {**ABORT, "Status": "Disabled"}, "is disabled"),
        (INPUTS, {**ON_TMP, "ID": EXPIRE["ID"]}, "has an id of ours"),
        (RESULTS, {**FORMER, "Expiration": {"Days": 9}}, "deletes results after 9 days"),
    ],
    ids=["ours", "former", "shorter", "longer", "disabled", "parts", "elsewhere", "of results"],
)
def test_a_rule_of_ours_that_is_left_otherwise_is_told(
    spec: BucketSpec, found: dict[str, Any], word: str | None
) -> None:
    """What its owner made of it stays, and there is a sentence about what follows."""
    said = list(surprises(spec, [found], versioned=False, lock={}))

    assert len(said) == (1 if word else 0)
    assert word is None or (word in said[0] and found["ID"] in said[0])


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
