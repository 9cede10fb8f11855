"""What becomes of a bucket's settings: ours beside those of others, and nothing weaker than it was."""

from typing import Any

import pytest

from gas.adapters.aws.bucket_rules import BucketSpec, lifecycle_rules
from gas_setup.merge import (
    changes,
    encrypted,
    private,
    with_cors_rule,
    with_lifecycle_rules,
    with_notice,
)
from gas_setup.request_parts import restores_notice, uploads_rule

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
WIDE = {**EXPIRE, "Filter": {"Prefix": ""}}
"""As they wrote it until it was narrowed to our keys."""
OLD_FORM = {"ID": "expire", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 30}}
LONGER = {**EXPIRE, "Expiration": {"Days": 365}, "Status": "Disabled"}
THEIRS = {**WIDE, "ID": "expire", "Expiration": {"Days": 365}}
EXPIRES = {"Expiration": EXPIRE["Expiration"]}
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

    after = with_lifecycle_rules({"Rules": [old]}, [EXPIRE])

    moved = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "old/"}, "Expiration": {"Days": 2}}
    assert after == {"Rules": [moved, EXPIRE]}
    assert with_lifecycle_rules({"Rules": [old]}, []) == {"Rules": [old]}


@pytest.mark.parametrize(
    ("found", "after"),
    [
        ({**EXPIRE, "Expiration": {"Days": 365}}, None),
        ({**EXPIRE, "Status": "Disabled"}, None),
        ({**EXPIRE, **COLD}, None),
        (WIDE, [EXPIRE]),
        ({**WIDE, **COLD}, None),
        ({**WIDE, "Expiration": {"Days": 365}, "Status": "Disabled"}, [LONGER]),
        (FORMER, None),
        ({**WIDE, "ID": "expire"}, [FORMER]),
        (OLD_FORM, [FORMER]),
        ({**FORMER, "Expiration": {"Days": 365}, "Status": "Disabled"}, None),
        ({**EXPIRE, "Expiration": {"Days": 7}}, [EXPIRE]),
        ({**EXPIRE, "Expiration": {"Days": 7}, **COLD}, [{**EXPIRE, **COLD}]),
        (
            {**OLD_FORM, "Expiration": {"Days": 7}},
            [{**FORMER, **WIDE, "ID": "expire", "Expiration": {"Days": 7}}, EXPIRE],
        ),
        ({**OLD_FORM, "Status": "Disabled"}, [{**FORMER, "Status": "Disabled"}]),
        (THEIRS, [THEIRS, EXPIRE]),
        (
            {**THEIRS, "Filter": {"Prefix": "g"}, **EXPIRES},
            [{**THEIRS, "Filter": {"Prefix": "g"}, **EXPIRES}, EXPIRE],
        ),
        ({**WIDE, "ID": "expire", **COLD}, [{**WIDE, "ID": "expire", **COLD}, EXPIRE]),
        (ON_TMP, [ON_TMP, EXPIRE]),
        ({**FORMER, "Filter": {"Tag": {"Key": "a", "Value": "b"}}}, None),
        ({**ON_TMP, "ID": EXPIRE["ID"]}, None),
    ],
    ids=[
        "longer",
        "disabled",
        "with more in it",
        "for all keys",
        "for all keys, with more in it",
        "for all keys, longer and disabled",
        "as releases before called it",
        "as releases before wrote it",
        "in the old form",
        "of a release before, longer and disabled",
        "shorter",
        "shorter, with more in it",
        "by the former id, for all keys and shorter",
        "of a release before, disabled",
        "by the former id, for all keys and longer",
        "by the former id, for other keys",
        "by the former id, for all keys and with more in it",
        "of somebody else by the former id",
        "by the former id, for tagged files",
        "of somebody else by our id",
    ],
)
def test_a_rule_becomes_no_stricter_than_its_owner_made_it(
    found: dict[str, Any], after: list[dict[str, Any]] | None
) -> None:
    """A longer time, a rule that is disabled and a rule of somebody else stay; a time that is too short is ours to set.

    So are keys beside ours, where it does nothing else.

    What is written has no rule with both a filter and a bare prefix, which S3 refuses.
    """
    tagged = "Tag" in found.get("Filter", {})

    now = with_lifecycle_rules({"Rules": [found]}, [EXPIRE])["Rules"]

    assert now == (after or [found, *([EXPIRE] if tagged else [])])
    assert not any({"Filter", "Prefix"} <= set(each) for each in now)
    assert with_lifecycle_rules({"Rules": now}, [EXPIRE])["Rules"] == now


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


def test_notices_to_whatever_else_stay() -> None:
    """Queues, functions and the event bus go on being told; the bus has no more of a setting than that it is there."""
    found = {
        "QueueConfigurations": [{"Id": "a", "QueueArn": "q", "Events": ["s3:ObjectCreated:*"]}],
        "LambdaFunctionConfigurations": [
            {"Id": "b", "LambdaFunctionArn": "f", "Events": ["s3:ObjectRemoved:*"]}
        ],
        "EventBridgeConfiguration": dict[str, Any](),
    }

    assert with_notice(found, OUR_NOTICE) == found | {"TopicConfigurations": [OUR_NOTICE]}


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
