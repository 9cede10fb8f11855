"""Makes buckets as they should be beside whatever their owner set. Nothing is ever deleted, and nothing made weaker."""

from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import ClientError

from gas.adapters.aws.bucket_cautions import cautions_of
from gas.adapters.aws.bucket_rules import BucketSpec, Json, lifecycle_rules
from gas.adapters.aws.errors import code_of
from gas.domain.errors import FatalError
from gas_setup.bucket_settings import UNSET, setting_of
from gas_setup.changes import Account, Change
from gas_setup.merge import (
    changes,
    encrypted,
    holds,
    private,
    with_cors_rule,
    with_lifecycle_rules,
)
from gas_setup.notices import ensure_notice
from gas_setup.request_parts import uploads_rule


@dataclass(frozen=True)
class _Setting:
    """A setting of a bucket: its name for people, and what its operations are called after `get_` and `put_`.

    `argument` is its name in both; `become` tells from what was found what it should be. `beside` are names of what
    AWS answers beside it, and would reset if it were not sent along.
    """

    title: str
    operation: str
    argument: str
    become: Callable[[Json], Json]
    beside: tuple[str, ...] = ()


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
        if code_of(error) not in UNSET:
            raise
        place = {"CreateBucketConfiguration": {"LocationConstraint": account.region}}
        account.create(s3.create_bucket, Bucket=spec.name, **({} if account.region == "us-east-1" else place))
        created = True
    for setting in _bucket_settings(spec):
        _ensure_setting(account, spec.name, setting)
    told = () if spec.restores_topic is None else ensure_notice(account, spec.name, spec.restores_topic)
    return account.change(() if created else (*told, *cautions_of(s3, spec)))


def _bucket_settings(spec: BucketSpec) -> list[_Setting]:
    settings = [
        _Setting("block public access", "public_access_block", "PublicAccessBlockConfiguration", private),
        _Setting(
            "encryption",
            "bucket_encryption",
            "ServerSideEncryptionConfiguration",
            lambda found: encrypted(found, spec.kms_key_id),
        ),
        _Setting(
            "lifecycle rule",
            "bucket_lifecycle_configuration",
            "LifecycleConfiguration",
            lambda found: with_lifecycle_rules(found, lifecycle_rules(spec)),
            beside=("TransitionDefaultMinimumObjectSize",),
        ),
    ]
    if spec.uploads_from is not None:
        rule = uploads_rule(spec.uploads_from)
        settings.append(
            _Setting(
                "CORS rule", "bucket_cors", "CORSConfiguration", lambda found: with_cors_rule(found, rule)
            )
        )
    return settings


def _ensure_setting(account: Account, bucket: str, setting: _Setting) -> None:
    s3 = account.client("s3")
    answer = setting_of(s3, bucket, setting.operation)
    beside = {name: answer.pop(name) for name in setting.beside if name in answer}
    # Some of the answers carry the setting by its name, the others are the setting.
    found = answer.get(setting.argument, answer)
    wanted = setting.become(found)
    if holds(wanted, found):
        return
    account.set(
        changes(setting.title, found, wanted),
        getattr(s3, f"put_{setting.operation}"),
        Bucket=bucket,
        **{setting.argument: wanted},
        **beside,
    )
