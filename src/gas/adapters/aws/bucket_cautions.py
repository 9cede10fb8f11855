"""What of a bucket's own settings will surprise its users: rules of others that move, delete, keep or copy files.

Nothing of this is changed by `gas-setup`: it may be meant. It is told by `gas-setup` and by `gas-controllers --check`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from gas.adapters.aws.bucket_rules import (
    ABORT_UPLOADS_RULE,
    EXPIRY_RULE,
    BucketSpec,
    Json,
    days_of,
    is_only_ours,
    is_ours,
    is_perhaps_ours,
    lifecycle_rules,
    prefix_of,
)
from gas.adapters.aws.encryption import TWO_LAYERS
from gas.adapters.aws.errors import aws_errors, code_of
from gas.domain.keys import ARCHIVE_PREFIX

_SLOW = {"GLACIER", "DEEP_ARCHIVE"}
_WITHOUT = {
    EXPIRY_RULE: "S3 deletes no inputs",
    ABORT_UPLOADS_RULE: "what is there of uploads that were broken off stays, and is paid for",
}
"""What follows where a rule of ours does nothing."""
_UNSET = {
    "NoSuchBucket",
    "NoSuchLifecycleConfiguration",
    "ObjectLockConfigurationNotFoundError",
    "ReplicationConfigurationNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
}
_REFUSED = {"AccessDenied", "403"}


def cautions_of(s3: Any, spec: BucketSpec) -> tuple[str, ...]:
    """One sentence for each thing to be told of a bucket as it is now; nothing of one that does not exist yet.

    Raises:
        GasError: AWS did not answer.
    """
    unseen: list[str] = []

    def ask(call: Callable[..., Json], right: str) -> Json:
        try:
            return call(Bucket=spec.name)
        except ClientError as error:
            if code_of(error) in _REFUSED:
                unseen.append(right)
            elif code_of(error) not in _UNSET:
                raise
            return {}

    with aws_errors(f"bucket {spec.name}"):
        rules = ask(s3.get_bucket_lifecycle_configuration, "s3:GetLifecycleConfiguration").get("Rules", [])
        versioning = ask(s3.get_bucket_versioning, "s3:GetBucketVersioning").get("Status")
        lock = ask(s3.get_object_lock_configuration, "s3:GetBucketObjectLockConfiguration")
        replication = ask(s3.get_bucket_replication, "s3:GetReplicationConfiguration")
        encryption = ask(s3.get_bucket_encryption, "s3:GetEncryptionConfiguration")
    told = [
        *surprises(
            spec,
            rules,
            versioned=versioning is not None,
            lock=lock.get("ObjectLockConfiguration", {}),
            replication=replication.get("ReplicationConfiguration", {}).get("Rules", []),
            encryption=encryption.get("ServerSideEncryptionConfiguration", {}).get("Rules", []),
        )
    ]
    if unseen:
        told.append(f"not all of it could be looked at: grant {', '.join(unseen)}.")
    return tuple(f"Bucket {spec.name}: {sentence}" for sentence in told)


def surprises(
    spec: BucketSpec,
    rules: list[Json],
    *,
    versioned: bool,
    lock: Json,
    replication: Sequence[Json] = (),
    encryption: Sequence[Json] = (),
) -> Iterator[str]:
    """What a bucket with that lifecycle, and perhaps versions, a lock and other rules, will do that its users do not expect."""
    yield from _of_ours(spec, rules)
    yield from _of_rules(spec, rules)
    yield from _of_versions(rules, versioned=versioned)
    yield from _of_lock(lock)
    yield from _of_replication(spec, replication)
    yield from _of_encryption(spec, encryption)


def _of_ours(spec: BucketSpec, rules: list[Json]) -> Iterator[str]:
    for wanted in lifecycle_rules(spec):
        for former in rules:
            if is_perhaps_ours(former, wanted):
                yield (
                    f"lifecycle rule {former['ID']} has an id that GAS gave until release 0.1.0, but is not as GAS wrote it, so that it "
                    f"was left as it is, and {wanted['ID']} stands beside it. Remove it if it is GAS's."
                )
        found = next((rule for rule in rules if is_ours(rule, wanted)), None)
        if found is None:
            if any(rule.get("ID") == wanted["ID"] for rule in rules):
                yield (
                    f"lifecycle rule {wanted['ID']} has an id of ours and does something else, so that {_WITHOUT[wanted['ID']]}. "
                    "Give it another id, and run gas-setup again."
                )
            continue
        name, days = f"lifecycle rule {found['ID']}", days_of(found, wanted)
        if found.get("Status") != "Enabled":
            yield f"{name} is disabled, so that {_WITHOUT[wanted['ID']]}. Enable it, if that is not meant."
        elif wanted["ID"] == EXPIRY_RULE and days is not None and days > (spec.expire_days or 0):
            yield (
                f"{name} keeps inputs for {days} days, where GAS_LIFECYCLE__INPUTS_EXPIRY_DAYS says {spec.expire_days}. "
                "Give both the same number."
            )
        beyond = prefix_of(found) != prefix_of(wanted) and not is_only_ours(found, wanted)
        if beyond and found.get("Status") == "Enabled":
            yield (
                f"{name} reaches more than {spec.keys}, the files of GAS, and does more than ours, so that it was not narrowed. "
                f"Limit it to {spec.keys}, if others keep files here."
            )


def _of_rules(spec: BucketSpec, rules: list[Json]) -> Iterator[str]:
    hot, archived = spec.keys, ARCHIVE_PREFIX + spec.keys
    for rule in rules:
        name = f"lifecycle rule {rule.get('ID', '(without an id)')}"
        if rule.get("Status") != "Enabled" or _wants_tags(rule):
            continue
        classes = [each.get("StorageClass") for each in rule.get("Transitions", [])]
        slow = sorted(_SLOW & set(classes))
        if slow and _reaches(rule, hot):
            yield (
                f"{name} moves files to {' and '.join(slow)}, where nobody can read them until they are retrieved. "
                + (
                    "Remove it."
                    if spec.restores_topic is None
                    else f"Limit it to {ARCHIVE_PREFIX}, or remove it."
                )
            )
        if spec.restores_topic is not None and "DEEP_ARCHIVE" in classes and _reaches(rule, archived):
            yield f"{name} moves archived results to DEEP_ARCHIVE: a restore takes up to 12 hours, and is never Expedited."
        yield from _of_expiration(spec, rule, name)


def _of_expiration(spec: BucketSpec, rule: Json, name: str) -> Iterator[str]:
    expiration = rule.get("Expiration", {})
    days = expiration.get("Days")
    ours = any(is_ours(rule, wanted) for wanted in lifecycle_rules(spec))
    if ours or not (days or expiration.get("Date")):
        return
    when = f"after {days} days" if days else f"from {expiration['Date']} on"
    if spec.expire_days is None and _reaches_files(rule, spec):
        yield f"{name} deletes {spec.holds} {when}, and nothing brings them back. Remove it if they are to be kept."
    elif spec.expire_days is not None and _reaches(rule, spec.keys) and (not days or days < spec.expire_days):
        yield (
            f"{name} deletes inputs {when}, where GAS_LIFECYCLE__INPUTS_EXPIRY_DAYS keeps them for {spec.expire_days} "
            "days. Jobs that wait longer fail."
        )


def _of_versions(rules: list[Json], *, versioned: bool) -> Iterator[str]:
    ended = any(
        rule.get("Status") == "Enabled" and rule.get("NoncurrentVersionExpiration") and not prefix_of(rule)
        for rule in rules
    )
    if versioned and not ended:
        yield (
            "it keeps earlier versions of files, and no rule ends them: what is archived or expires stays as an earlier "
            "version, and is paid for. Add a rule with NoncurrentVersionExpiration. What users delete goes with all its "
            "versions, unless GAS_LIFECYCLE__KEEP_VERSIONS says otherwise."
        )


def _of_lock(lock: Json) -> Iterator[str]:
    retention = lock.get("Rule", {}).get("DefaultRetention", {})
    if lock.get("ObjectLockEnabled") == "Enabled" and retention:
        span = f"{retention['Days']} days" if "Days" in retention else f"{retention.get('Years')} years"
        yield (
            f"its object lock ({retention.get('Mode')}) keeps every file for {span}: what users delete before that is "
            "hidden at once and deleted when the lock lets it."
        )


def _of_replication(spec: BucketSpec, rules: Sequence[Json]) -> Iterator[str]:
    """One that wants tags counts as well: somebody who sets them means files of ours, which have none of their own."""
    if not spec.users_delete:
        return
    for rule in rules:
        if rule.get("Status") == "Enabled" and _reaches_files(rule, spec):
            yield (
                f"replication rule {rule.get('ID', '(without an id)')} copies files to "
                f"{rule['Destination']['Bucket'].rpartition(':')[2]}, where what users delete stays: S3 replicates no deletion of "
                "a version. Delete it there too, or have people told before they delete by GAS_LIFECYCLE__KEEP_VERSIONS, which "
                "keeps earlier versions here as well."
            )


def _of_encryption(spec: BucketSpec, rules: Sequence[Json]) -> Iterator[str]:
    defaults = [rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in rules]
    if spec.kms_key_id and any(default.get("SSEAlgorithm") == TWO_LAYERS for default in defaults):
        yield (
            f"its default encrypts in two layers ({TWO_LAYERS}), but what is written by GAS_AWS__KMS_KEY_ID has one. Unset "
            "GAS_AWS__KMS_KEY_ID: S3 then encrypts by the bucket's own key, on which the roles need their rights."
        )


def _reaches_files(rule: Json, spec: BucketSpec) -> bool:
    archived = spec.restores_topic is not None and _reaches(rule, ARCHIVE_PREFIX + spec.keys)
    return archived or _reaches(rule, spec.keys)


def _reaches(rule: Json, keys: str) -> bool:
    prefix = prefix_of(rule)
    return keys.startswith(prefix) or prefix.startswith(keys)


def _wants_tags(rule: Json) -> bool:
    """True for a rule that reaches tagged objects alone: GAS tags none."""
    chosen = rule.get("Filter", {})
    return "Tag" in chosen or bool(chosen.get("And", {}).get("Tags"))
