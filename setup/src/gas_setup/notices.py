"""The notice of completed retrievals, in a bucket of whose events others may be told: theirs stays, whatever is wrong with it.

S3 takes all notifications of a bucket or none. It refuses ours where one of theirs has the same event for the same keys, and
where one of theirs leads to what is gone. Ours is only a hint: without it the controllers look for what is retrieved.
"""

import re
from collections.abc import Iterator

from botocore.exceptions import ClientError

from gas.adapters.aws.bucket_rules import RESTORES_NOTICE, Json
from gas.adapters.aws.errors import code_of, from_client_error
from gas.domain.errors import FatalError
from gas_setup.bucket_settings import setting_of
from gas_setup.changes import Account
from gas_setup.merge import changes, holds, with_notice
from gas_setup.request_parts import restores_notice

_DESTINATIONS = {
    "TopicConfigurations": "TopicArn",
    "QueueConfigurations": "QueueArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}
"""The kinds of notifications, and where each names its destination. The event bus takes everything, and is in nobody's way."""

_REFUSED = "InvalidArgument"
"""What S3 says of notifications that cross, and of destinations that it cannot use."""

_WITHOUT = f"{RESTORES_NOTICE} is not set, and the controllers look once a minute for what is retrieved"


def ensure_notice(account: Account, bucket: str, topic: str) -> tuple[str, ...]:
    """Let the bucket tell the topic of completed retrievals; a sentence where what others set stands in the way."""
    notice = restores_notice(account.arn("sns", topic))
    found = setting_of(account.client("s3"), bucket, "bucket_notification_configuration")
    wanted = with_notice(found, notice)
    if holds(wanted, found):
        return ()
    # What is of others is what stays as it is.
    others = [part for part in _parts(found) if part in list(_parts(wanted))]
    crossing = [part for part in others if cross(part, notice)]
    if not crossing:
        told = _set(account, bucket, notice, (found, wanted), others)
    else:
        told = (
            f"{_named(crossing)} for files where S3 takes no second one of the same event: {_WITHOUT}. Keep theirs off the "
            "archive, if that is to be sooner."
        )
    return (f"Bucket {bucket}: {told}",) if told else ()


def _set(
    account: Account, bucket: str, notice: Json, change: tuple[Json, Json], others: list[Json]
) -> str | None:
    """Set the notifications, without S3 looking where they lead if it says that one of theirs leads nowhere; what is to be told.

    Raises:
        FatalError: S3 refuses them, and does not say that it is for one of theirs.
    """
    told = changes("notification", *change)
    put = account.client("s3").put_bucket_notification_configuration
    arguments = {"Bucket": bucket, "NotificationConfiguration": change[1]}
    try:
        account.set(told, put, **arguments)
    except ClientError as error:
        if code_of(error) != _REFUSED or not others or _names(error, notice["TopicArn"]):
            raise
        gone = [part for part in others if _names(error, _destination(part))]
        if not gone:
            raise FatalError(
                f"{from_client_error(error, f'bucket {bucket}')} It does not say for which of its notifications. Look whether each "
                f"destination is there, and lets S3 send to it: {notice['TopicArn']}, which gas-setup makes, and what `aws s3api "
                f"get-bucket-notification-configuration --bucket {bucket}` shows. Mend or remove what does not, and run gas-setup again."
            ) from error
    else:
        return None
    try:
        account.set(told, put, **arguments, SkipDestinationValidation=True)
    except ClientError as error:
        if code_of(error) != _REFUSED:
            raise
        return f"{_named(gone)}, and {_WITHOUT}. {from_client_error(error, f'bucket {bucket}')}"
    return (
        f"{_named(gone)}, and S3 cannot use what it leads to. It stays as it was, and {RESTORES_NOTICE} was set without S3 "
        "looking where each leads. Mend theirs, or remove it."
    )


def _names(error: ClientError, arn: str) -> bool:
    """Whether S3's answer names a destination: in a field of its own for each, such as `ArgumentName1`, beside what is wrong with it."""
    whole = re.compile(rf"(?<![\w:-]){re.escape(arn)}(?![\w:-])")
    return any(whole.search(str(said)) for said in error.response.get("Error", {}).values())


def cross(one: Json, other: Json) -> bool:
    """Whether two notifications have an event in common, for keys that both reach: S3 takes no two such."""
    events = any(_same(a, b) or _same(b, a) for a in one["Events"] for b in other["Events"])
    (prefix, suffix), (prefix_too, suffix_too) = _reach(one), _reach(other)
    begin = prefix.startswith(prefix_too) or prefix_too.startswith(prefix)
    end = suffix.endswith(suffix_too) or suffix_too.endswith(suffix)
    return events and begin and end


def _same(event: str, pattern: str) -> bool:
    return event == pattern or (pattern.endswith(":*") and event.startswith(pattern[:-1]))


def _reach(part: Json) -> tuple[str, str]:
    rules = part.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    # S3 answers with other capitals than it was given.
    by_name = {str(rule["Name"]).lower(): str(rule["Value"]) for rule in rules}
    return by_name.get("prefix", ""), by_name.get("suffix", "")


def _parts(notifications: Json) -> Iterator[Json]:
    for kind in _DESTINATIONS:
        yield from notifications.get(kind, [])


def _destination(part: Json) -> str:
    return next(str(part[name]) for name in _DESTINATIONS.values() if name in part)


def _named(parts: list[Json]) -> str:
    """The notifications for a sentence: their ids, where they lead, and what they tell."""
    return " and ".join(
        f"notification {part.get('Id', '(without an id)')} tells {_destination(part)} of {', '.join(part['Events'])}"
        for part in parts
    )
