"""Which notifications S3 does not take beside each other."""

import json
from typing import Any

import pytest

from gas_setup.notices import cross
from gas_setup.request_parts import restores_notice

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
