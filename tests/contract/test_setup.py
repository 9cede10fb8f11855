"""`gas-setup` makes everything once, changes nothing the second time, repairs what is missing, and can only look."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gas.adapters.aws.infrastructure import QueueSpec, Resource, SubscriptionSpec, infrastructure
from gas.adapters.aws.infrastructure_apply import apply_infrastructure
from gas.adapters.aws.infrastructure_changes import Action
from gas.adapters.aws.infrastructure_cloudformation import cloudformation_template
from gas.adapters.aws.session import AwsClients
from gas.domain.names import Bucket, Channel, Names, Table, TableIndex
from gas.setup import main
from tests.support.aws import REGION, TestCloud, code, unique


@pytest.fixture
def names() -> Names:
    """The names of an installation that no other test has."""
    return Names(unique("s"))


@pytest.fixture
def resources(names: Names) -> list[Resource]:
    """Everything that the installation needs."""
    return _everything(names)


@pytest.fixture
def apply(cloud: TestCloud) -> Callable[..., Counter[Action]]:
    """Makes the resources and counts what was done."""
    return partial(_apply, cloud)


@pytest.fixture(scope="module")
def installed(started_cloud: TestCloud) -> Names:
    """The names of an installation that was made in one run; tests leave it as it is."""
    names = Names(unique("m"))
    _apply(started_cloud, _everything(names))
    return names


@pytest.fixture
def environment(cloud: TestCloud, names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the installation, as the command reads them."""
    monkeypatch.setenv("GAS_INSTANCE", names.instance)
    monkeypatch.setenv("GAS_AWS__ENDPOINT_URL", cloud.local.endpoint)


def test_the_second_run_changes_nothing(apply: Callable[..., Counter[Action]], installed: Names) -> None:
    """What the first run made is found right by the second."""
    done = apply(_everything(installed))

    assert done == {Action.UNCHANGED: len(_everything(installed))}


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
        for s in sns.list_subscriptions()["Subscriptions"]
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
        t for t in cloud.client("dynamodb").list_tables()["TableNames"] if t.startswith(names.instance)
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
        for t in sns.list_topics()["Topics"]
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


def test_the_pages_that_may_upload_follow_the_public_address(
    cloud: TestCloud,
    environment: None,
    names: Names,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The rule has the origin alone; a new address replaces the old one, and a rule that was widened by hand."""
    s3, bucket = cloud.client("s3"), names.bucket(Bucket.INPUTS)
    seen = []
    for address in ("https://gas.example:443/", "https://new.example:8443/"):
        monkeypatch.setenv("GAS_WEB__PUBLIC_URL", address)
        assert main([]) == 0
        (rule,) = s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
        seen.append(rule["AllowedOrigins"])
    rule["AllowedOrigins"] = [*rule["AllowedOrigins"], "*"]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    capsys.readouterr()

    dry, mended = main(["--dry-run"]), main([])

    changes = [line for line in capsys.readouterr().out.splitlines() if bucket in line]
    assert (dry, mended) == (0, 0)
    assert seen == [["https://gas.example"], ["https://new.example:8443"]]
    assert [line.split()[0] for line in changes] == ["updated", "updated"]
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"][0]["AllowedOrigins"] == seen[1]


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ({}, True),
        ({"GAS_ENV": "local"}, False),
        ({"GAS_WEB__PUBLIC_URL": "https://gas.example"}, False),
    ],
    ids=["forgotten", "local", "set"],
)
def test_a_public_address_that_was_forgotten_is_told(
    environment: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: dict[str, str],
    *,
    warned: bool,
) -> None:
    """In production: the buckets are made, and nobody would understand why uploads are refused."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    answer = main(["--print", "cloudformation"])

    assert answer == 0
    assert ("GAS_WEB__PUBLIC_URL" in capsys.readouterr().err) is warned


def test_the_template_lets_our_pages_upload(
    environment: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same single rule, in the template's words."""
    monkeypatch.setenv("GAS_WEB__PUBLIC_URL", "https://gas.example/")

    main(["--print", "cloudformation"])

    resources = json.loads(capsys.readouterr().out)["Resources"].values()
    rules = [r["Properties"].get("CorsConfiguration") for r in resources if r["Type"] == "AWS::S3::Bucket"]
    assert [each for each in rules if each] == [
        {
            "CorsRules": [
                {
                    "Id": "gas-uploads",
                    "AllowedOrigins": ["https://gas.example"],
                    "AllowedMethods": ["POST"],
                    "MaxAge": 3600,
                }
            ]
        }
    ]
    assert len(rules) == 2


def test_each_queue_takes_messages_of_its_topics_only(resources: list[Resource]) -> None:
    """Every live queue has a dead-letter queue, and the archive queue the delay that SQS allows at most."""
    queues = {r.name: r for r in resources if isinstance(r, QueueSpec)}
    subscribed = {r.queue for r in resources if isinstance(r, SubscriptionSpec)}

    live = [queue for queue in queues.values() if queue.dead_letter_queue is not None]

    assert {queue.name for queue in live} == subscribed
    assert {queue.dead_letter_queue for queue in live} == set(queues) - subscribed


def test_a_long_retention_delays_by_what_sqs_allows(names: Names) -> None:
    """A retention beyond 15 minutes is left to the sweep: the queue's delay stays at SQS's longest."""
    resources = infrastructure(
        names,
        archive_delay_seconds=86_400,
        inputs_expiry_days=30,
        mail_sender="a@b.c",
        uploads_from="https://gas.example",
    )

    delays = {r.name: r.delay_seconds for r in resources if isinstance(r, QueueSpec) and r.delay_seconds}

    assert delays == {names.queue(Channel.ARCHIVE): 900}


def test_the_template_names_every_resource(
    environment: None, names: Names, resources: list[Resource], capsys: pytest.CaptureFixture[str]
) -> None:
    """The printed template is JSON with each bucket, table, queue, topic and subscription, by the same names."""
    answer = main(["--print", "cloudformation"])

    printed = capsys.readouterr().out
    template = json.loads(printed)
    kinds = Counter(resource["Type"] for resource in template["Resources"].values())
    expected_names = {r.name for r in resources if hasattr(r, "name")}
    assert answer == 0
    assert printed.strip() == cloudformation_template(resources).strip()
    assert {name for name in expected_names if f'"{name}"' not in printed} == set()
    assert (kinds["AWS::SQS::Queue"], kinds["AWS::SNS::Topic"], kinds["AWS::SNS::Subscription"]) == (12, 5, 6)
    assert (kinds["AWS::DynamoDB::Table"], kinds["AWS::S3::Bucket"]) == (3, 2)
    assert (kinds["AWS::SQS::QueuePolicy"], kinds["AWS::SNS::TopicPolicy"]) == (6, 1)


def test_every_reference_of_the_template_leads_somewhere(resources: list[Resource]) -> None:
    """Each Ref, Fn::GetAtt and DependsOn names a resource of the template."""
    template = json.loads(cloudformation_template(resources))

    references = set(_references(template["Resources"]))

    assert references - set(template["Resources"]) == {"AWS::AccountId"}


def test_an_unreachable_aws_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, environment: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """No stack trace: what happened and what to do."""
    monkeypatch.setenv("GAS_AWS__ENDPOINT_URL", "http://127.0.0.1:1")

    answer = main([])

    assert answer == 1
    assert "cannot be reached" in capsys.readouterr().err


def test_wrong_settings_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An instance that would make invalid names ends the command before anything is made."""
    monkeypatch.setenv("GAS_INSTANCE", "Not Valid")

    answer = main([])

    assert answer == 2
    assert "Not Valid" in capsys.readouterr().err


def _everything(names: Names) -> list[Resource]:
    return infrastructure(
        names,
        archive_delay_seconds=300,
        inputs_expiry_days=30,
        mail_sender="gas@example.org",
        uploads_from="http://127.0.0.1:8080",
    )


@dataclass(frozen=True)
class _KeptClients(AwsClients):
    """Makes each client once: making one takes a tenth of a second, and each run needs seven."""

    def client(self, service: str, read_seconds: int | None = None) -> Any:
        return _made_client(AwsClients(self.region, self.endpoint_url), service, read_seconds)


@cache
def _made_client(clients: AwsClients, service: str, read_seconds: int | None) -> Any:
    return clients.client(service, read_seconds)


def _apply(cloud: TestCloud, resources: list[Resource], **options: bool) -> Counter[Action]:
    clients = _KeptClients(REGION, cloud.local.endpoint)
    return Counter(change.action for change in apply_infrastructure(clients, resources, **options))


def _counts(sqs: Any, queue: str) -> tuple[int, int]:
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return int(found[names[0]]), int(found[names[1]])


def _references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [name for item in part for name in _references(item)]
    if not isinstance(part, dict):
        return []
    own = [part["Ref"]] if "Ref" in part else [part["Fn::GetAtt"][0]] if "Fn::GetAtt" in part else []
    own += part.get("DependsOn", [])
    return own + [name for value in part.values() for name in _references(value)]
