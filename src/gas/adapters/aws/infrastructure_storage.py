"""Makes tables and buckets as they should be, whatever an earlier run left. Nothing is ever deleted."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from gas.adapters.aws.errors import code_of
from gas.adapters.aws.infrastructure import (
    RESTORE_COMPLETED,
    BucketSpec,
    IndexSpec,
    TableSpec,
)
from gas.adapters.aws.infrastructure_changes import Account, Action, Change
from gas.adapters.aws.infrastructure_requests import (
    ABORT_UPLOADS_RULE,
    ENCRYPTION_ALGORITHM,
    EXPIRY_RULE,
    PREFLIGHT_SECONDS,
    UPLOAD_METHODS,
    UPLOADS_RULE,
    Json,
    attribute_definitions,
    global_index,
    key_schema,
)
from gas.domain.errors import FatalError
from gas.domain.keys import ARCHIVE_PREFIX

_PRIVATE = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}
_UNSET = {
    "404",
    "NoSuchBucket",
    "NoSuchCORSConfiguration",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
}
_WAIT = {"Delay": 1, "MaxAttempts": 300}


@dataclass(frozen=True)
class _Setting:
    """A setting of a bucket: what its operations are called after `get_` and `put_`, and its argument's name."""

    operation: str
    argument: str
    wanted: Json


def ensure_table(account: Account, spec: TableSpec) -> Change:
    """Make the table, or the indexes and settings that it lacks.

    Raises:
        FatalError: the table has another key: it is not GAS's, and is left alone.
    """
    dynamodb = account.client("dynamodb")
    try:
        found = dynamodb.describe_table(TableName=spec.name)["Table"]
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        account.act(dynamodb.create_table, **_table_request(spec))
        if not account.dry_run:
            dynamodb.get_waiter("table_exists").wait(TableName=spec.name, WaiterConfig=_WAIT)
            _complete_table(account, spec)
        return Change("table", spec.name, Action.CREATED)
    if found["KeySchema"] != key_schema(spec.key, None):
        raise FatalError(
            f"Table {spec.name} exists with the key {found['KeySchema']}: GAS needs {spec.key.name}. "
            "Choose another GAS_INSTANCE, or remove that table."
        )
    if not account.dry_run:
        # An earlier run may have ended while the table was being made.
        dynamodb.get_waiter("table_exists").wait(TableName=spec.name, WaiterConfig=_WAIT)
    present = {index["IndexName"] for index in found.get("GlobalSecondaryIndexes", [])}
    missing = [index for index in spec.indexes if index.name not in present]
    for index in missing:
        _add_index(account, spec, index)
    completed = _complete_table(account, spec)
    return Change("table", spec.name, Action.UPDATED if missing or completed else Action.UNCHANGED)


def ensure_bucket(account: Account, spec: BucketSpec) -> Change:
    """Make the bucket private and encrypted, with its expiry, its notice of completed retrievals, and who may upload.

    Raises:
        FatalError: the name belongs to another account.
    """
    s3 = account.client("s3")
    try:
        s3.head_bucket(Bucket=spec.name)
        created = False
    except ClientError as error:
        if code_of(error) in {"403", "AccessDenied"}:
            raise FatalError(
                f"Bucket {spec.name} belongs to another account, or this one may not see it: choose another GAS_INSTANCE."
            ) from error
        if code_of(error) not in _UNSET:
            raise
        place = {"CreateBucketConfiguration": {"LocationConstraint": account.region}}
        account.act(s3.create_bucket, Bucket=spec.name, **({} if account.region == "us-east-1" else place))
        created = True
    updated = [_ensure_setting(account, spec.name, setting) for setting in _bucket_settings(account, spec)]
    if created:
        return Change("bucket", spec.name, Action.CREATED)
    return Change("bucket", spec.name, Action.UPDATED if any(updated) else Action.UNCHANGED)


def _table_request(spec: TableSpec) -> Json:
    request: Json = {
        "TableName": spec.name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": key_schema(spec.key, None),
        "AttributeDefinitions": attribute_definitions(spec),
    }
    if spec.indexes:
        request["GlobalSecondaryIndexes"] = [global_index(index) for index in spec.indexes]
    return request


def _add_index(account: Account, spec: TableSpec, index: IndexSpec) -> None:
    dynamodb = account.client("dynamodb")
    # AWS makes one index at a time.
    account.act(
        dynamodb.update_table,
        TableName=spec.name,
        AttributeDefinitions=attribute_definitions(spec),
        GlobalSecondaryIndexUpdates=[{"Create": global_index(index)}],
    )
    if not account.dry_run:
        dynamodb.get_waiter("table_exists").wait(TableName=spec.name, WaiterConfig=_WAIT)


def _complete_table(account: Account, spec: TableSpec) -> bool:
    """Set expiry and recovery where they are missing; True when something was."""
    dynamodb = account.client("dynamodb")
    changed = False
    if spec.expiry_attribute is not None:
        expiry = dynamodb.describe_time_to_live(TableName=spec.name)["TimeToLiveDescription"]
        if expiry["TimeToLiveStatus"] not in {"ENABLED", "ENABLING"}:
            wanted = {"Enabled": True, "AttributeName": spec.expiry_attribute}
            account.act(dynamodb.update_time_to_live, TableName=spec.name, TimeToLiveSpecification=wanted)
            changed = True
    if spec.recoverable:
        backups = dynamodb.describe_continuous_backups(TableName=spec.name)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
        if recovery != "ENABLED":
            account.act(
                dynamodb.update_continuous_backups,
                TableName=spec.name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
            changed = True
    return changed


def _bucket_settings(account: Account, spec: BucketSpec) -> list[_Setting]:
    encryption = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": ENCRYPTION_ALGORITHM}}
    settings = [
        _Setting("public_access_block", "PublicAccessBlockConfiguration", _PRIVATE),
        _Setting("bucket_encryption", "ServerSideEncryptionConfiguration", {"Rules": [encryption]}),
        _Setting(
            "bucket_lifecycle_configuration", "LifecycleConfiguration", {"Rules": _lifecycle_rules(spec)}
        ),
    ]
    if spec.uploads_from is not None:
        rule = {
            "ID": UPLOADS_RULE,
            "AllowedOrigins": [spec.uploads_from],
            "AllowedMethods": UPLOAD_METHODS,
            "MaxAgeSeconds": PREFLIGHT_SECONDS,
        }
        settings.append(_Setting("bucket_cors", "CORSConfiguration", {"CORSRules": [rule]}))
    if spec.restores_topic is None:
        return settings
    notice = {
        "Id": "restores",
        "TopicArn": account.arn("sns", spec.restores_topic),
        "Events": [RESTORE_COMPLETED],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": ARCHIVE_PREFIX}]}},
    }
    notices = {"TopicConfigurations": [notice]}
    return [*settings, _Setting("bucket_notification_configuration", "NotificationConfiguration", notices)]


def _lifecycle_rules(spec: BucketSpec) -> list[Json]:
    every: Json = {"Status": "Enabled", "Filter": {"Prefix": ""}}
    rules = [
        {"ID": ABORT_UPLOADS_RULE, **every, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
    ]
    if spec.expire_days is not None:
        rules.append({"ID": EXPIRY_RULE, **every, "Expiration": {"Days": spec.expire_days}})
    return rules


def _ensure_setting(account: Account, bucket: str, setting: _Setting) -> bool:
    s3 = account.client("s3")
    try:
        found = getattr(s3, f"get_{setting.operation}")(Bucket=bucket)
    except ClientError as error:
        if code_of(error) not in _UNSET:
            raise
        found = {}
    # Some of the answers carry the setting by its name, the others are the setting.
    if _holds(setting.wanted, found.get(setting.argument, found)):
        return False
    account.act(getattr(s3, f"put_{setting.operation}"), Bucket=bucket, **{setting.argument: setting.wanted})
    return True


def _holds(wanted: Any, found: Any) -> bool:
    """True when everything wanted is found; AWS adds defaults, and reorders lists, which is no difference."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(k in found and _holds(v, found[k]) for k, v in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(wanted) == len(found)
            and all(any(_holds(w, f) for f in found) for w in wanted)
        )
    return bool(str(wanted).lower() == str(found).lower())
