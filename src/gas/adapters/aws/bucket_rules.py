"""What GAS wants of its buckets, and by what its own rules in them are known among those of others.

It stands apart from what makes them, `gas-setup`, since the controllers look at buckets as well.
"""

from dataclasses import dataclass
from typing import Any

from gas.domain.names import Bucket, Channel, Names

Json = dict[str, Any]

EXPIRY_RULE = "gas-expire"
ABORT_UPLOADS_RULE = "gas-abort-unfinished-uploads"
UPLOADS_RULE = "gas-uploads"
RESTORES_NOTICE = "gas-restores"
FORMER_IDS = {
    EXPIRY_RULE: "expire",
    ABORT_UPLOADS_RULE: "abort-unfinished-uploads",
    UPLOADS_RULE: "uploads",
    RESTORES_NOTICE: "restores",
}
"""What they were called until release 0.1.0: names that anybody may have given, so that these alone tell nothing."""

_SPANS = {"Expiration": "Days", "AbortIncompleteMultipartUpload": "DaysAfterInitiation"}
"""What the rules of ours do, and where each says after how many days."""


@dataclass(frozen=True)
class BucketSpec:
    """A private, encrypted bucket. Below `keys` lie the files that people use; archived copies lie elsewhere."""

    name: str
    keys: str
    holds: str = "results"
    """What is in it, for sentences."""
    expire_days: int | None = None
    restores_topic: str | None = None
    """Who is told of completed retrievals below the archive's prefix."""
    uploads_from: str | None = None
    """The origin whose pages may send files here from a browser: scheme, host and port."""
    kms_key_id: str = ""
    """The key that encrypts by default. Empty: what the bucket has."""
    users_delete: bool = True
    """Whether what users delete lies in it."""


def bucket_specs(
    names: Names, *, inputs_expiry_days: int, uploads_from: str, kms_key_id: str = ""
) -> list[BucketSpec]:
    """The buckets of one installation."""
    keys = f"{names.instance}/"
    return [
        BucketSpec(
            names.bucket(Bucket.INPUTS),
            keys,
            "inputs",
            expire_days=inputs_expiry_days,
            uploads_from=uploads_from,
            kms_key_id=kms_key_id,
        ),
        BucketSpec(
            names.bucket(Bucket.RESULTS),
            keys,
            restores_topic=names.topic(Channel.THAW),
            kms_key_id=kms_key_id,
        ),
        BucketSpec(
            names.bucket(Bucket.REFERENCES), keys, "references", kms_key_id=kms_key_id, users_delete=False
        ),
    ]


def lifecycle_rules(spec: BucketSpec) -> list[Json]:
    """The lifecycle rules of ours in a bucket, for the files that GAS writes: what its owner keeps beside them is not ours."""
    every: Json = {"Status": "Enabled", "Filter": {"Prefix": spec.keys}}
    rules = [
        {"ID": ABORT_UPLOADS_RULE, **every, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
    ]
    if spec.expire_days is not None:
        rules.append({"ID": EXPIRY_RULE, **every, "Expiration": {"Days": spec.expire_days}})
    return rules


def is_ours(found: Json, rule: Json) -> bool:
    """Whether a rule that was found is that one of ours: by its id, if it also does that, and to all of its keys.

    By a former id, which anybody may have given, it is where it reaches our keys alone, or is what release 0.1.0 wrote.
    """
    if not _does_so_to_ours(found, rule):
        return False
    as_written = is_only_ours(found, rule) and days_of(found, rule) == days_of(rule, rule)
    written_then = prefix_of(found) == prefix_of(rule) or (not prefix_of(found) and as_written)
    return found.get("ID") == rule["ID"] or (_has_its_former_id(found, rule) and written_then)


def is_perhaps_ours(found: Json, rule: Json) -> bool:
    """Whether it has a former id of that one, and does as that one does, but is not what release 0.1.0 wrote."""
    return _has_its_former_id(found, rule) and _does_so_to_ours(found, rule) and not is_ours(found, rule)


def _does_so_to_ours(found: Json, rule: Json) -> bool:
    reaches = set(found.get("Filter", {})) <= {"Prefix"} and prefix_of(rule).startswith(prefix_of(found))
    return reaches and days_of(found, rule) is not None


def _has_its_former_id(found: Json, rule: Json) -> bool:
    return bool(found.get("ID") == FORMER_IDS[rule["ID"]])


def is_only_ours(found: Json, rule: Json) -> bool:
    """Whether a rule of ours does nothing else: what an owner added to it was perhaps meant for all that it reaches."""
    return set(found) <= {"ID", "Status", "Filter", "Prefix", span_of(rule)[0]}


def prefix_of(rule: Json) -> str:
    """What the keys begin with that a rule reaches, in the old form or the new one."""
    chosen = rule.get("Filter", {})
    return str(rule.get("Prefix") or chosen.get("Prefix") or chosen.get("And", {}).get("Prefix") or "")


def days_of(found: Json, rule: Json) -> int | None:
    """After how many days one rule does what the other does; None if it does not."""
    action, unit = span_of(rule)
    days: int | None = found.get(action, {}).get(unit)
    return days


def has_its_id(found: Json, ours: Json, name: str) -> bool:
    """Whether a part of a setting that was found has the id of that one of ours, or had it in an earlier release."""
    return found.get(name) in {ours[name], FORMER_IDS[ours[name]]}


def span_of(rule: Json) -> tuple[str, str]:
    """What a rule of ours does, and where it says after how many days."""
    [span] = [(action, unit) for action, unit in _SPANS.items() if action in rule]
    return span
