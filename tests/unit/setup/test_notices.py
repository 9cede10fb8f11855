"""Which notifications S3 does not take beside each other."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gas.domain.errors import FatalError
from gas_setup.notices import cross, ensure_notice
from gas_setup.request_parts import restores_notice
from tests.support.setup_runs import account_with

OURS = restores_notice("arn:aws:sns:us-east-1:1:gas-thaw")


def theirs(event: str, **reach: str) -> dict[str, Any]:
    """A notification of somebody else, for keys that begin and end so."""
    rules = [{"Name": name.capitalize(), "Value": value} for name, value in reach.items()]
    return {"Id": "x", "QueueArn": "q", "Events": [event], "Filter": {"Key": {"FilterRules": rules}}}


@pytest.mark.parametrize(
    ("other", "crosses"),
    [
        (theirs("s3:ObjectRestore:*"), True),
        (theirs("s3:ObjectRestore:Completed"), True),
        (theirs("s3:ObjectRestore:Completed", prefix="archive/gas/"), True),
        (theirs("s3:ObjectRestore:Completed", prefix="arch", suffix=".gz"), True),
        (theirs("s3:ObjectRestore:*", prefix="panels/"), False),
        (theirs("s3:ObjectRestore:Post"), False),
        (theirs("s3:ObjectCreated:*"), False),
        ({"Id": "x", "QueueArn": "q", "Events": ["s3:ObjectRestore:*"]}, True),
    ],
    ids=lambda value: json.dumps(value)[:80] if isinstance(value, dict) else None,
)
def test_two_cross_that_have_an_event_and_a_key_in_common(other: dict[str, Any], *, crosses: bool) -> None:
    """S3 refuses the same event for keys that both reach, whatever the capitals of its answer."""
    assert (cross(other, OURS), cross(OURS, other)) == (crosses, crosses)


class S3:
    """A bucket's notifications, which are refused with these words in the answer until nobody looks where they lead."""

    def __init__(self, found: dict[str, Any], **said: str) -> None:
        self.found = found
        self._said = said

    def get_bucket_notification_configuration(self, **_: str) -> dict[str, Any]:
        """All of them."""
        return dict(self.found)

    def put_bucket_notification_configuration(self, **wanted: Any) -> None:
        """Take them, or refuse them."""
        if not wanted.get("SkipDestinationValidation"):
            words = "Unable to validate the following destination configurations"
            answer = {"Error": {"Code": "InvalidArgument", "Message": words, **self._said}}
            raise ClientError(answer, "PutBucketNotificationConfiguration")  # type: ignore[arg-type]  # as S3 answers
        self.found = wanted["NotificationConfiguration"]


THEIRS = theirs("s3:ObjectCreated:*") | {"QueueArn": "arn:aws:sqs:us-east-1:1:gas-thaw"}


def ensured(s3: S3) -> tuple[str, ...]:
    """What is told when the notice is set."""
    return ensure_notice(account_with(s3), "gas-results", "gas-thaw")


KINDS = pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("QueueConfigurations", "QueueArn"),
        ("TopicConfigurations", "TopicArn"),
        ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
    ],
    ids=["queue", "topic", "function"],
)


def told_to(names: str, arn: str, **changes: Any) -> dict[str, Any]:
    """A notification of somebody else to a destination of that kind."""
    return {"Id": "x", names: arn, "Events": ["s3:ObjectCreated:*"], **changes}


@KINDS
def test_one_that_s3_names_stops_nothing(kind: str, names: str) -> None:
    """It is named in a field of the answer that has no fixed name; it stays, as do the others and the event bus."""
    gone = told_to(names, THEIRS["QueueArn"])
    other = told_to(names, "arn:aws:sqs:us-east-1:1:there", Id="y", Events=["s3:ObjectRemoved:*"])
    found = {kind: [gone, other], "EventBridgeConfiguration": dict[str, Any]()}
    s3 = S3(
        found,
        ArgumentName1=f"{THEIRS['QueueArn']}, null",
        ArgumentValue1="The destination queue does not exist",
    )

    [told] = ensured(s3)

    assert ["notification x" in told, "notification y" in told] == [True, False]
    topics: Any = found.get("TopicConfigurations", [])
    assert s3.found == found | {"TopicConfigurations": [*topics, OURS]}


@KINDS
def test_one_that_crosses_stays(kind: str, names: str) -> None:
    """Whoever it tells: ours is left out, which is told with what it is."""
    found = {kind: [told_to(names, "theirs", Events=["s3:ObjectRestore:*"])]}
    s3 = S3(found)

    [told] = ensured(s3)

    assert "notification x tells theirs of s3:ObjectRestore:*" in told
    assert s3.found == found


@pytest.mark.parametrize(
    ("arn", "kind"),
    [(None, FatalError), (f"{THEIRS['QueueArn']}-2", FatalError), (OURS["TopicArn"], ClientError)],
    ids=["none", "one with a longer name", "ours"],
)
def test_what_s3_does_not_say_of_theirs_is_not_blamed_on_them(arn: str | None, kind: type[Exception]) -> None:
    """Ours is not set where S3 may be unable to use it: the operator is told how to see which it is."""
    s3 = S3({"QueueConfigurations": [THEIRS]}, **({} if arn is None else {"ArgumentName1": f"{arn}, null"}))

    with pytest.raises(kind) as told:
        ensured(s3)

    assert s3.found == {"QueueConfigurations": [THEIRS]}
    assert kind is ClientError or "get-bucket-notification-configuration --bucket gas-results" in str(
        told.value
    )
