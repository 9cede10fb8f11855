"""What is told of a bucket's settings: rules of others, and ours that were left otherwise."""

import json
from typing import Any

import pytest

from gas.adapters.aws.bucket_cautions import surprises
from gas.adapters.aws.bucket_rules import BucketSpec, bucket_specs, lifecycle_rules
from gas.domain.names import Names

INPUTS = BucketSpec("gas-inputs", "gas/", expire_days=30)
RESULTS = BucketSpec("gas-results", "gas/", restores_topic="gas-thaw")
REFERENCES = BucketSpec("gas-references", "gas/", "references")
ABORT, EXPIRE = lifecycle_rules(INPUTS)
FORMER = {**EXPIRE, "ID": "expire"}
"""As releases before wrote it."""
ON_TMP = {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 2}}
NONCURRENT = {"NoncurrentVersionExpiration": {"NoncurrentDays": 30}}


@pytest.mark.parametrize(
    ("spec", "found", "word"),
    [
        (INPUTS, EXPIRE, None),
        (INPUTS, FORMER, None),
        (INPUTS, {**EXPIRE, "Expiration": {"Days": 7}}, None),
        (INPUTS, {**EXPIRE, "Expiration": {"Days": 365}}, "keeps inputs for 365 days"),
        (INPUTS, {**EXPIRE, "Status": "Disabled"}, "is disabled"),
        (INPUTS, {**ABORT, "Status": "Disabled"}, "is disabled"),
        (INPUTS, {**EXPIRE, "Filter": {"Prefix": ""}}, None),
        (INPUTS, {**EXPIRE, "Filter": {"Prefix": ""}, **NONCURRENT}, "reaches more than gas/"),
        (INPUTS, {**FORMER, "Filter": {"Prefix": ""}}, None),
        (INPUTS, {**FORMER, "Filter": {"Prefix": ""}, **NONCURRENT}, "gas-expire stands beside it"),
        (INPUTS, {**FORMER, "Filter": {"Prefix": ""}, "Expiration": {"Days": 365}}, "not as GAS wrote it"),
        (INPUTS, {**ON_TMP, "ID": EXPIRE["ID"]}, "has an id of ours"),
        (RESULTS, {**FORMER, "Expiration": {"Days": 9}}, "deletes results after 9 days"),
    ],
    ids=[
        "ours",
        "former",
        "shorter",
        "longer",
        "disabled",
        "parts",
        "of all",
        "of all, and more",
        "former, of all",
        "former, of all, and more",
        "former, of all, longer",
        "elsewhere",
        "of results",
    ],
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
        (REFERENCES, moves("gas/bundles/", "GLACIER"), "moves files to GLACIER"),
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


def replicates(prefix: str | None = "", **more: Any) -> dict[str, Any]:
    """A replication rule for what begins so."""
    chosen = {} if prefix is None else {"Prefix": prefix}
    destination = {"Bucket": "arn:aws-cn:s3:::copies"}
    return {"ID": "r", "Status": "Enabled", "Filter": chosen, "Destination": destination, **more}


@pytest.mark.parametrize(
    ("holds", "rule", "told"),
    [
        ("results", replicates(), True),
        ("results", replicates(None), True),
        ("inputs", replicates("gas/"), True),
        ("inputs", replicates("gas/someone"), True),
        ("results", replicates("archive/"), True),
        ("results", replicates("archive/gas/"), True),
        ("results", replicates("archive/gas2/"), False),
        ("results", replicates(Filter={"And": {"Prefix": "gas/", "Tags": TAGS}}), True),
        ("results", replicates(Filter={"And": {"Prefix": "logs/", "Tags": TAGS}}), False),
        ("results", replicates(Filter={"Tag": TAGS[0]}), True),
        ("results", {**ALL_OF_IT, **replicates(), "Prefix": "gas/"}, True),
        ("results", {**ALL_OF_IT, **replicates(), "Prefix": "logs/"}, False),
        ("results", replicates("logs/"), False),
        ("results", replicates(Status="Disabled"), False),
        ("inputs", replicates("archive/"), False),
        ("references", replicates(), False),
    ],
    ids=lambda value: json.dumps(value)[:70] if isinstance(value, dict) else None,
)
def test_copies_that_outlive_what_users_delete_are_told(
    holds: str, rule: dict[str, Any], *, told: bool
) -> None:
    """S3 replicates no deletion of a version: where rule and bucket of the copies are is said, and what to do."""
    specs = bucket_specs(Names("gas"), inputs_expiry_days=30, uploads_from="https://gas.example")
    [spec] = [each for each in specs if each.holds == holds]

    said = list(surprises(spec, lifecycle_rules(spec), versioned=False, lock={}, replication=[rule]))

    assert [sentence.startswith("replication rule r copies files to copies, ") for sentence in said] == (
        [True] if told else []
    )
    assert all("GAS_LIFECYCLE__KEEP_VERSIONS" in sentence for sentence in said)


@pytest.mark.parametrize(
    ("key", "algorithm", "told"),
    [
        ("arn:key", "aws:kms:dsse", True),
        ("arn:key", "aws:kms", False),
        ("arn:key", "AES256", False),
        ("", "aws:kms:dsse", False),
    ],
)
def test_a_key_that_takes_a_layer_of_encryption_is_told(key: str, algorithm: str, *, told: bool) -> None:
    """By the key that is set files are written in one layer, where the bucket's own default has two."""
    spec = BucketSpec("gas-results", "gas/", restores_topic="gas-thaw", kms_key_id=key)

    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}

    said = list(surprises(spec, lifecycle_rules(spec), versioned=False, lock={}, encryption=[default]))

    assert ["Unset GAS_AWS__KMS_KEY_ID" in sentence for sentence in said] == ([True] if told else [])
