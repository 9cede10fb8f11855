"""Makes tables as they should be, whatever an earlier run left. Nothing is ever deleted."""

from botocore.exceptions import ClientError

from gas.adapters.aws.bucket_rules import Json
from gas.adapters.aws.errors import code_of
from gas.domain.errors import FatalError
from gas_setup.changes import Account, Change, SettingChange
from gas_setup.infrastructure import IndexSpec, TableSpec
from gas_setup.request_parts import attribute_definitions, global_index, key_schema

_WAIT = {"Delay": 1, "MaxAttempts": 300}


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
        account.create(dynamodb.create_table, **_table_request(spec))
        if not account.dry_run:
            dynamodb.get_waiter("table_exists").wait(TableName=spec.name, WaiterConfig=_WAIT)
            _complete_table(account, spec)
        return account.change()
    if found["KeySchema"] != key_schema(spec.key, None):
        raise FatalError(
            f"Table {spec.name} exists with the key {found['KeySchema']}: GAS needs {spec.key.name}. "
            "Choose another GAS_INSTANCE, or remove that table."
        )
    if not account.dry_run:
        # An earlier run may have ended while the table was being made.
        dynamodb.get_waiter("table_exists").wait(TableName=spec.name, WaiterConfig=_WAIT)
    present = {index["IndexName"] for index in found.get("GlobalSecondaryIndexes", [])}
    for index in spec.indexes:
        if index.name not in present:
            _add_index(account, spec, index)
    _complete_table(account, spec)
    return account.change()


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
    account.set(
        (SettingChange(f"index {index.name}", None, "made"),),
        dynamodb.update_table,
        TableName=spec.name,
        AttributeDefinitions=attribute_definitions(spec),
        GlobalSecondaryIndexUpdates=[{"Create": global_index(index)}],
    )
    if not account.dry_run:
        dynamodb.get_waiter("table_exists").wait(TableName=spec.name, WaiterConfig=_WAIT)


def _complete_table(account: Account, spec: TableSpec) -> None:
    """Set expiry and recovery where they are missing."""
    dynamodb = account.client("dynamodb")
    if spec.expiry_attribute is not None:
        expiry = dynamodb.describe_time_to_live(TableName=spec.name)["TimeToLiveDescription"]
        if expiry["TimeToLiveStatus"] not in {"ENABLED", "ENABLING"}:
            wanted = {"Enabled": True, "AttributeName": spec.expiry_attribute}
            told = SettingChange("expiry", expiry["TimeToLiveStatus"], spec.expiry_attribute)
            account.set(
                (told,), dynamodb.update_time_to_live, TableName=spec.name, TimeToLiveSpecification=wanted
            )
    if spec.recoverable:
        backups = dynamodb.describe_continuous_backups(TableName=spec.name)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
        if recovery != "ENABLED":
            account.set(
                (SettingChange("point-in-time recovery", recovery, "ENABLED"),),
                dynamodb.update_continuous_backups,
                TableName=spec.name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
