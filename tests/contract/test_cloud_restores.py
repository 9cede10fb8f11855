"""Retrievals of the local AWS: they take time, tell when they are done without being asked, and their copies end."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import TestCloud, code, status, unique
from tests.support.waiting import until

BODY = b"annotated"
KEY = "archive/out/user name/job~f1~a.vcf.gz"

QUICK, SLOW = 0.2, 3.0
"""Seconds that an Expedited retrieval takes, a Standard one twice as long: to wait for it, or to look at it on the way."""

SHORT, LASTING = 1.0, 3600.0
"""Seconds of a copy's day: to see its end, or not to."""


class Archive:
    """A bucket with one archived object, whose completed retrievals are told to a queue through a topic."""

    def __init__(self, cloud: TestCloud) -> None:
        self.s3, self.sqs, sns = cloud.client("s3"), cloud.client("sqs"), cloud.client("sns")
        self.bucket = unique("bucket")
        self.s3.create_bucket(Bucket=self.bucket)
        self.queue = self.sqs.create_queue(QueueName=unique("thaw"))["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        topic = sns.create_topic(Name=unique("thaw"))["TopicArn"]
        raw = {"RawMessageDelivery": "true"}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
        notice = {"TopicArn": topic, "Events": ["s3:ObjectRestore:Completed"]}
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={"TopicConfigurations": [notice]}
        )
        self.put("GLACIER")

    def put(self, storage_class: str) -> None:
        """Write the object anew in that class."""
        self.s3.put_object(Bucket=self.bucket, Key=KEY, Body=BODY, StorageClass=storage_class)

    def restore(self, tier: str = "Standard", **request: Any) -> int:
        """Ask for a retrieval for one day; the status of the answer."""
        wish = {"Days": 1, "GlacierJobParameters": {"Tier": tier}, **request}
        answer = self.s3.restore_object(Bucket=self.bucket, Key=KEY, RestoreRequest=wish)
        return int(answer["ResponseMetadata"]["HTTPStatusCode"])

    def refusal(self, tier: str = "Standard") -> tuple[str, int]:
        """The code and the status with which a retrieval is refused."""
        with pytest.raises(ClientError) as refused:
            self.restore(tier)
        return code(refused.value), status(refused.value)

    def header(self) -> str:
        """What HEAD says of the retrieval."""
        return str(self.s3.head_object(Bucket=self.bucket, Key=KEY).get("Restore", ""))

    def notices(self, wait_seconds: int = 20) -> list[dict[str, Any]]:
        """The records of the notices that arrive within a wait."""
        received = self.sqs.receive_message(
            QueueUrl=self.queue, WaitTimeSeconds=wait_seconds, MaxNumberOfMessages=10
        )
        bodies = [json.loads(message["Body"]) for message in received.get("Messages", [])]
        return [record for body in bodies for record in body.get("Records", [])]


@pytest.fixture
def archive(cloud: TestCloud) -> Iterator[Archive]:
    """An archived object and its notices; S3's test notice is out of the way, and no retrieval outlives the test."""
    cloud.retrievals_take(QUICK, LASTING)
    made = Archive(cloud)
    made.notices(wait_seconds=0)
    yield made
    for each in made.s3.list_objects_v2(Bucket=made.bucket)["Contents"]:
        made.s3.delete_object(Bucket=made.bucket, Key=each["Key"])


def test_an_archived_object_cannot_be_read_or_copied(archive: Archive) -> None:
    """Reading and copying an object that is not retrieved are refused, each with its own error."""
    source = {"Bucket": archive.bucket, "Key": KEY}

    with pytest.raises(ClientError) as read:
        archive.s3.get_object(Bucket=archive.bucket, Key=KEY)
    with pytest.raises(ClientError) as copied:
        archive.s3.copy_object(Bucket=archive.bucket, Key="hot", CopySource=source, StorageClass="STANDARD")

    assert (code(read.value), status(read.value)) == ("InvalidObjectState", 403)
    assert (code(copied.value), status(copied.value)) == ("ObjectNotInActiveTierError", 403)


def test_a_retrieval_completes_by_itself_and_says_so(archive: Archive) -> None:
    """Nobody looks, and the notice comes: with the key as sent, and when the copy ends."""
    started = time.monotonic()
    accepted = archive.restore()

    (record,) = archive.notices()

    assert accepted == 202
    assert time.monotonic() - started >= 2 * QUICK
    assert record["eventName"] == "ObjectRestore:Completed"
    assert record["s3"]["object"]["key"] == KEY.replace(" ", "+")
    assert record["glacierEventData"]["restoreEventData"]["lifecycleRestoreStorageClass"] == "GLACIER"
    assert archive.s3.get_object(Bucket=archive.bucket, Key=KEY)["Body"].read() == BODY


def test_a_running_retrieval_is_shown_and_refuses_another(archive: Archive, cloud: TestCloud) -> None:
    """While it runs, HEAD says so, a second request is a conflict, and the bytes are still out of reach."""
    cloud.retrievals_take(SLOW, LASTING)
    archive.restore()

    running = archive.header()
    second = archive.refusal()
    with pytest.raises(ClientError) as read:
        archive.s3.get_object(Bucket=archive.bucket, Key=KEY)

    assert running == 'ongoing-request="true"'
    assert second == ("RestoreAlreadyInProgress", 409)
    assert code(read.value) == "InvalidObjectState"
    until(lambda: archive.header().startswith('ongoing-request="false", expiry-date="'))


def test_a_retrieved_copy_ends(archive: Archive, cloud: TestCloud) -> None:
    """After its days the copy is gone, and the object must be retrieved again."""
    cloud.retrievals_take(QUICK, SHORT)
    archive.restore()
    archive.notices()

    until(lambda: archive.header() == "")

    with pytest.raises(ClientError) as read:
        archive.s3.get_object(Bucket=archive.bucket, Key=KEY)
    assert code(read.value) == "InvalidObjectState"
    assert archive.restore() == 202


def test_asking_again_for_a_retrieved_object_prolongs_it(archive: Archive) -> None:
    """A second request for a copy that is there answers 200 and moves its end."""
    archive.restore()
    archive.notices()
    before = archive.header()

    again = archive.restore(Days=1000)

    assert again == 200
    assert archive.header() != before


def test_a_retrieval_can_be_ended_before_its_time(archive: Archive, cloud: TestCloud) -> None:
    """One that would take an hour is done when a test says so, once, and tells of it."""
    cloud.retrievals_take(LASTING, LASTING)
    cloud.local.end_retrievals()  # those that another test left
    archive.restore()
    running = archive.header()

    ended = [cloud.local.end_retrievals(), cloud.local.end_retrievals()]

    (record,) = archive.notices()
    assert running == 'ongoing-request="true"'
    assert ended == [1, 0]
    assert record["eventName"] == "ObjectRestore:Completed"
    assert archive.s3.get_object(Bucket=archive.bucket, Key=KEY)["Body"].read() == BODY
    assert archive.notices(wait_seconds=0) == []


def test_expedited_is_faster(archive: Archive, cloud: TestCloud) -> None:
    """Of two retrievals, the Expedited one is done first although the Standard one was asked for first."""
    cloud.retrievals_take(SLOW, LASTING)
    archive.s3.put_object(Bucket=archive.bucket, Key="slow", Body=BODY, StorageClass="GLACIER")
    wish = {"Days": 1, "GlacierJobParameters": {"Tier": "Standard"}}
    archive.s3.restore_object(Bucket=archive.bucket, Key="slow", RestoreRequest=wish)
    archive.restore("Expedited")

    first = archive.notices()

    assert [unquote_plus(record["s3"]["object"]["key"]) for record in first] == [KEY]


def test_a_retrieved_object_can_be_copied_back(archive: Archive) -> None:
    """A copy out of the archive is an ordinary object."""
    archive.restore("Expedited")
    archive.notices()

    source = {"Bucket": archive.bucket, "Key": KEY}
    archive.s3.copy_object(Bucket=archive.bucket, Key="hot", CopySource=source, StorageClass="STANDARD")

    head = archive.s3.head_object(Bucket=archive.bucket, Key="hot")
    assert ("StorageClass" in head, "Restore" in head) == (False, False)
    assert archive.s3.get_object(Bucket=archive.bucket, Key="hot")["Body"].read() == BODY


@pytest.mark.parametrize(
    ("storage_class", "tier", "refusal"),
    [
        ("DEEP_ARCHIVE", "Expedited", ("InvalidArgument", 400)),
        ("GLACIER", "Tomorrow", ("MalformedXML", 400)),
        ("STANDARD", "Standard", ("InvalidObjectState", 403)),
    ],
)
def test_a_retrieval_that_cannot_be_is_refused(
    archive: Archive, storage_class: str, tier: str, refusal: tuple[str, int]
) -> None:
    """No Expedited from DEEP_ARCHIVE, no unknown tier, no retrieval of what is not archived."""
    archive.put(storage_class)

    assert archive.refusal(tier) == refusal


def test_a_retrieval_without_days_is_refused(archive: Archive) -> None:
    """How long the copy shall stay must be said."""
    wish = {"GlacierJobParameters": {"Tier": "Standard"}}

    with pytest.raises(ClientError) as refused:
        archive.s3.restore_object(Bucket=archive.bucket, Key=KEY, RestoreRequest=wish)

    assert (code(refused.value), status(refused.value)) == ("MalformedXML", 400)


def test_an_object_written_again_is_not_retrieved(archive: Archive, cloud: TestCloud) -> None:
    """A retrieval whose object was overwritten meanwhile says nothing."""
    cloud.retrievals_take(SLOW, LASTING)
    archive.restore("Expedited")

    archive.put("GLACIER")

    assert archive.notices(wait_seconds=round(SLOW) + 1) == []
    assert archive.header() == ""


def test_expedited_capacity_can_be_missing(archive: Archive, cloud: TestCloud) -> None:
    """A fault refuses Expedited for lack of capacity, once; the next request is accepted."""
    cloud.local.faults("s3", "RestoreObject", error="GlacierExpeditedRetrievalNotAvailable", count=1)

    refused = archive.refusal("Expedited")

    assert refused == ("GlacierExpeditedRetrievalNotAvailable", 503)
    assert archive.restore("Standard") == 202


def test_expedited_capacity_can_be_missing_for_good(archive: Archive, cloud: TestCloud) -> None:
    """A fault for requests that hold a word meets them all, and no other."""
    error = "GlacierExpeditedRetrievalNotAvailable"
    cloud.local.faults("s3", "RestoreObject", error=error, holding="Expedited")

    refused = [archive.refusal("Expedited") for _ in range(3)]

    assert refused == 3 * [(error, 503)]
    assert archive.restore("Standard") == 202


def test_a_notice_can_be_lost(archive: Archive, cloud: TestCloud) -> None:
    """A dropped notice never comes, though the retrieval completes."""
    cloud.local.faults("sns", "Publish", drop=True, count=1)

    archive.restore("Expedited")

    until(lambda: "false" in archive.header())
    assert archive.notices(wait_seconds=1) == []
