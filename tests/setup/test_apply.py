"""`gas-setup` makes everything once, changes nothing the second time, repairs what is missing, and can only look."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gas.adapters.aws.session import AwsClients
from gas.domain.names import Bucket, Channel, Names, Table, TableIndex
from gas_setup.apply import apply_infrastructure
from gas_setup.changes import Action
from gas_setup.infrastructure import Resource
from gas_setup.main import main
from tests.support.aws import REGION, TestCloud, code, listed, unique
from tests.support.setup_runs import everything


@pytest.fixture
def apply(cloud: TestCloud) -> Callable[..., Counter[Action]]:
    """Makes the resources and counts what was done."""
    return partial(_apply, cloud)


@pytest.fixture(scope="module")
def installed(started_cloud: TestCloud) -> Names:
    """The names of an installation that was made in one run; tests leave it as it is."""
    names = Names(unique("m"))
    _apply(started_cloud, everything(names))
    return names


def test_the_second_run_changes_nothing(apply: Callable[..., Counter[Action]], installed: Names) -> None:
    """What the first run made is found right by the second."""
    done = apply(everything(installed))

    assert done == {Action.UNCHANGED: len(everything(installed))}


def test_a_killed_run_is_finished_by_the_next(
    apply: Callable[..., Counter[Action]], resources: list[Resource]
) -> None:
    """After a run that ended anywhere, the next makes the rest."""
    for made in (7, 18, 21):
        apply(resources[:made])

    apply(resources)

    assert apply(resources) == {Action.UNCHANGED: len(resources)}


def test_what_was_changed_by_hand_is_repaired(
    cloud: TestCloud, apply: Callable[..., Counter[Action]], names: Names, resources: list[Resource]
) -> None:
    """Attributes, filters and bucket settings that differ are set again; only these."""
    apply(resources)
    sqs, sns, s3 = (cloud.client(service) for service in ("sqs", "sns", "s3"))
    url = sqs.get_queue_url(QueueName=names.queue(Channel.ARCHIVE))["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    s3.delete_bucket_lifecycle(Bucket=names.bucket(Bucket.INPUTS))
    archive = next(
        s["SubscriptionArn"]
        for s in listed(sns, "list_subscriptions", "Subscriptions")
        if s["Endpoint"].endswith(f":{names.queue(Channel.ARCHIVE)}")
    )
    other = json.dumps({"event": ["started"]})
    sns.set_subscription_attributes(
        SubscriptionArn=archive, AttributeName="FilterPolicy", AttributeValue=other
    )

    done = apply(resources)

    assert done[Action.UPDATED] == 3
    assert apply(resources) == {Action.UNCHANGED: len(resources)}


def test_a_dry_run_makes_nothing(
    cloud: TestCloud,
    environment: None,
    names: Names,
    resources: list[Resource],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It names every resource as one that would be made, and AWS has none of them afterwards."""
    answer = main(["--dry-run"])

    lines = capsys.readouterr().out.splitlines()
    assert answer == 0
    assert len(lines) == len(resources) + 1
    assert cloud.client("sqs").list_queues(QueueNamePrefix=names.instance).get("QueueUrls", []) == []
    assert [
        t
        for t in listed(cloud.client("dynamodb"), "list_tables", "TableNames")
        if t.startswith(names.instance)
    ] == []
    assert [
        b for b in cloud.client("s3").list_buckets()["Buckets"] if b["Name"].startswith(names.instance)
    ] == []


def test_the_tables_have_their_indexes_and_expiry(cloud: TestCloud, installed: Names) -> None:
    """Keys, indexes, expiry and billing are those of the design."""
    dynamodb = cloud.client("dynamodb")
    jobs = dynamodb.describe_table(TableName=installed.table(Table.JOBS))["Table"]
    users = dynamodb.describe_table(TableName=installed.table(Table.USERS))["Table"]
    sessions = dynamodb.describe_table(TableName=installed.table(Table.SESSIONS))["Table"]
    expiry = dynamodb.describe_time_to_live(TableName=installed.table(Table.SESSIONS))[
        "TimeToLiveDescription"
    ]
    assert {index["IndexName"] for index in jobs["GlobalSecondaryIndexes"]} == {
        TableIndex.JOBS_BY_USER.value,
        TableIndex.JOBS_BY_ARCHIVE_ID.value,
        TableIndex.BY_DUE.value,
    }
    assert [index["IndexName"] for index in sessions["GlobalSecondaryIndexes"]] == [
        TableIndex.TOKENS_BY_USER.value
    ]
    assert {index["IndexName"] for index in users["GlobalSecondaryIndexes"]} == {
        TableIndex.BY_DUE.value,
        TableIndex.IDENTITIES_BY_USER.value,
    }
    assert {a["AttributeName"]: a["AttributeType"] for a in jobs["AttributeDefinitions"]} == {
        "job_id": "S",
        "user_id": "S",
        "submit_time": "N",
        "results_file_archive_id": "S",
        "due_shard": "S",
        "due_at": "N",
    }
    assert (expiry["AttributeName"], expiry["TimeToLiveStatus"]) == ("expires_at", "ENABLED")
    assert jobs["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_finished_events_reach_the_archive_queue_late(cloud: TestCloud, installed: Names) -> None:
    """Of the job results, only `finished` goes to the archive queue, and it waits there; all go to their own queue."""
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    topic = next(
        t["TopicArn"]
        for t in listed(sns, "list_topics", "Topics")
        if t["TopicArn"].endswith(f":{installed.topic(Channel.JOB_RESULTS)}")
    )

    for event in ("started", "finished"):
        attributes = {"event": {"DataType": "String", "StringValue": event}}
        sns.publish(TopicArn=topic, Message=event, MessageAttributes=attributes)

    assert _counts(sqs, installed.queue(Channel.JOB_RESULTS)) == (2, 0)
    assert _counts(sqs, installed.queue(Channel.ARCHIVE)) == (0, 1)


def test_a_completed_retrieval_reaches_the_thaw_queue(cloud: TestCloud, installed: Names) -> None:
    """The results bucket, the topic and the queue are wired together."""
    s3, sqs, bucket = cloud.client("s3"), cloud.client("sqs"), installed.bucket(Bucket.RESULTS)
    url = sqs.get_queue_url(QueueName=installed.queue(Channel.THAW))["QueueUrl"]
    s3.put_object(Bucket=bucket, Key="archive/k", Body=b"x", StorageClass="GLACIER")
    sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0)

    wish = {"Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}}
    s3.restore_object(Bucket=bucket, Key="archive/k", RestoreRequest=wish)

    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    assert json.loads(message["Body"])["Records"][0]["s3"]["object"]["key"] == "archive/k"


def test_the_buckets_are_private_and_encrypted(cloud: TestCloud, installed: Names) -> None:
    """Neither bucket can be made public, and inputs expire."""
    s3 = cloud.client("s3")
    for bucket in Bucket:
        blocks = s3.get_public_access_block(Bucket=installed.bucket(bucket))["PublicAccessBlockConfiguration"]
        encryption = s3.get_bucket_encryption(Bucket=installed.bucket(bucket))[
            "ServerSideEncryptionConfiguration"
        ]
        assert set(blocks.values()) == {True}
        assert encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    rules = s3.get_bucket_lifecycle_configuration(Bucket=installed.bucket(Bucket.INPUTS))["Rules"]
    assert [rule["Expiration"]["Days"] for rule in rules if "Expiration" in rule] == [30]


def test_our_pages_may_upload_inputs_and_nothing_else(cloud: TestCloud, installed: Names) -> None:
    """One rule: this origin, POST, no header. The results bucket has none: nothing of ours reads it by a script."""
    s3 = cloud.client("s3")

    (rule,) = s3.get_bucket_cors(Bucket=installed.bucket(Bucket.INPUTS))["CORSRules"]
    with pytest.raises(ClientError) as none:
        s3.get_bucket_cors(Bucket=installed.bucket(Bucket.RESULTS))

    assert rule == {
        "ID": "gas-uploads",
        "AllowedOrigins": ["http://127.0.0.1:8080"],
        "AllowedMethods": ["POST"],
        "MaxAgeSeconds": 3600,
    }
    assert code(none.value) == "NoSuchCORSConfiguration"


@dataclass(frozen=True)
class _KeptClients(AwsClients):
    """Makes each client once: making one takes a tenth of a second, and each run needs seven."""

    def client(self, service: str, read_seconds: int | None = None, attempts: int | None = None) -> Any:
        return _made_client(AwsClients(self.region, self.endpoint_url), service, read_seconds, attempts)


@cache
def _made_client(clients: AwsClients, service: str, read_seconds: int | None, attempts: int | None) -> Any:
    return clients.client(service, read_seconds, attempts)


def _apply(cloud: TestCloud, resources: list[Resource], **options: bool) -> Counter[Action]:
    clients = _KeptClients(REGION, cloud.local.endpoint)
    return Counter(change.action for change in apply_infrastructure(clients, resources, **options))


def _counts(sqs: Any, queue: str) -> tuple[int, int]:
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return int(found[names[0]]), int(found[names[1]])
