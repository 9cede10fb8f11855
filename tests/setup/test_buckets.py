"""`gas-setup` beside what administrators set: theirs stays, nothing becomes weaker, and each change is named."""

from typing import Any

import pytest

from gas.domain.names import Bucket, Names, Table
from gas_controllers.main import main as controllers
from gas_setup.main import main
from tests.support.aws import OUR_KEY, TestCloud, unique
from tests.support.setup_runs import Setup, about

KEY = "arn:aws:kms:us-east-1:123456789012:key/theirs"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:theirs"
ORIGIN = "https://elsewhere.example"
LOGS = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}}
VERSIONS = {
    "ID": "versions",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
}


def rules_of(s3: Any, bucket: str) -> dict[str, Any]:
    """The lifecycle rules of a bucket by their ids."""
    return {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]}


def test_a_bucket_that_others_use_keeps_what_they_set(cloud: TestCloud, names: Names, setup: Setup) -> None:
    """Encryption, rules, origins, notifications, tags and versions stay beside ours, and ours that were lost come back."""
    s3, sqs, sns = (cloud.client(service) for service in ("s3", "sqs", "sns"))
    setup()
    inputs, results = names.bucket(Bucket.INPUTS), names.bucket(Bucket.RESULTS)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}
    origin = {"ID": "theirs", "AllowedOrigins": [ORIGIN], "AllowedMethods": ["GET"]}
    nameless = {"AllowedOrigins": [ORIGIN], "AllowedMethods": ["HEAD"]}
    for bucket in (inputs, results):
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": [LOGS, VERSIONS]}
        )
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "owner", "Value": "lab"}]})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [origin, nameless]})
    queue = sqs.create_queue(QueueName=unique("theirs"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name=unique("theirs"))["TopicArn"]
    notices = {
        "QueueConfigurations": [{"Id": "new", "QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}],
        "TopicConfigurations": [{"Id": "gone", "TopicArn": topic, "Events": ["s3:ObjectRemoved:*"]}],
        "LambdaFunctionConfigurations": [
            {"Id": "tags", "LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectTagging:*"]}
        ],
    }
    s3.put_bucket_notification_configuration(Bucket=results, NotificationConfiguration=notices)

    planned, done = setup("--dry-run"), setup()

    for bucket in (inputs, results):
        found = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        assert found[0]["ApplyServerSideEncryptionByDefault"] == default
        assert found[0]["BucketKeyEnabled"] is True
        assert {"logs", "versions", "gas-abort-unfinished-uploads"} <= set(rules_of(s3, bucket))
        assert rules_of(s3, bucket)["logs"]["Expiration"] == {"Days": 3}
        assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "owner", "Value": "lab"}]
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        cors = s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
        assert [rule.get("ID") for rule in cors] == [
            "theirs",
            None,
            *(["gas-uploads"] if bucket == inputs else []),
        ]
    kept = s3.get_bucket_notification_configuration(Bucket=results)
    assert [each["Id"] for each in kept["QueueConfigurations"]] == ["new"]
    assert {each["Id"] for each in kept["TopicConfigurations"]} == {"gone", "gas-restores"}
    [function] = kept["LambdaFunctionConfigurations"]
    assert (function["Id"], function["LambdaFunctionArn"]) == ("tags", FUNCTION)
    told = about(done, inputs)
    assert told[0].startswith("updated")
    assert [line.partition(":")[0] for line in told[1:]] == [
        "lifecycle rule gas-abort-unfinished-uploads",
        "lifecycle rule gas-expire",
        "CORS rule gas-uploads",
    ]
    assert about(planned, inputs) == told
    assert about(planned, results) == about(done, results)
    assert {line.split()[0] for line in setup() if not line.startswith("gas-setup")} == {"unchanged"}


def test_what_changes_is_named_with_before_and_after(cloud: TestCloud, names: Names, setup: Setup) -> None:
    """Of a rule of ours, the rule as it was and as it is; what others added to it stays."""
    s3 = cloud.client("s3")
    setup()
    bucket = names.bucket(Bucket.INPUTS)
    rule = rules_of(s3, bucket)["gas-expire"]
    changed = {**rule, "Expiration": {"Days": 7}, "NoncurrentVersionExpiration": {"NoncurrentDays": 9}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [LOGS, changed]})

    told = about(setup(), bucket)

    [line] = [line for line in told if line.startswith("lifecycle rule gas-expire")]
    before, _, after = line.partition(" -> ")
    assert ('"Days": 7' in before, '"Days": 30' in after) == (True, True)
    assert rules_of(s3, bucket)["gas-expire"]["Expiration"] == {"Days": 30}
    assert rules_of(s3, bucket)["gas-expire"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 9}


def test_what_lies_beside_our_files_is_not_ours_to_delete(
    cloud: TestCloud, names: Names, setup: Setup
) -> None:
    """Our rules reach our own keys alone; one of a release before, which reaches all, is narrowed, and that is told."""
    s3 = cloud.client("s3")
    setup()
    bucket = names.bucket(Bucket.INPUTS)
    keys = {"Prefix": f"{names.instance}/"}
    made = rules_of(s3, bucket)
    before = [{**rule, "Filter": {"Prefix": ""}} for rule in made.values()]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": before})

    planned, done = setup("--dry-run"), setup()

    assert [rule["Filter"] for rule in made.values()] == [keys, keys]
    assert rules_of(s3, bucket) == made
    told = about(done, bucket)
    assert about(planned, bucket) == told
    assert [line.partition(":")[0] for line in told[1:]] == [
        "lifecycle rule gas-abort-unfinished-uploads",
        "lifecycle rule gas-expire",
    ]
    assert all(
        '"Prefix": ""' in line and f'"Prefix": "{names.instance}/"' in line.partition(" -> ")[2]
        for line in told[1:]
    )


def test_what_owners_made_of_our_rules_stays(cloud: TestCloud, names: Names, setup: Setup) -> None:
    """A year instead of a month, and a rule that somebody else gave our former id: both stay, and the first is told."""
    s3 = cloud.client("s3")
    setup()
    bucket = names.bucket(Bucket.INPUTS)
    ours = rules_of(s3, bucket)
    longer = {**ours["gas-expire"], "Expiration": {"Days": 365}}
    theirs = {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 2}}
    rules = [longer, theirs, {**ours["gas-abort-unfinished-uploads"], "Status": "Disabled"}]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})

    said = setup()

    found = rules_of(s3, bucket)
    assert found["gas-expire"]["Expiration"] == {"Days": 365}
    assert found["expire"] == theirs
    assert found["gas-abort-unfinished-uploads"]["Status"] == "Disabled"
    assert about(said, bucket)[0].startswith("unchanged")
    told = [line for line in said if line.startswith(f"gas-setup: Bucket {bucket}: ")]
    assert ["is disabled" in told[0], "keeps inputs for 365 days" in told[1], len(told)] == [True, True, 2]


def theirs(name: str, events: str, prefix: str) -> dict[str, Any]:
    """A notification of somebody else, to a queue that is not there: S3 takes none such, but knows nothing of its end."""
    rules = [{"Name": "Prefix", "Value": prefix}] if prefix else []
    filtered = {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}
    return {"Id": name, "QueueArn": "arn:aws:sqs:us-east-1:123456789012:gone", "Events": [events], **filtered}


def test_a_notification_of_somebody_else_that_leaves_no_room_stops_nothing(
    cloud: TestCloud, names: Names, setup: Setup
) -> None:
    """S3 takes no second rule for the same event and keys: theirs stays, ours is left out, and a sentence says so."""
    s3 = cloud.client("s3")
    setup()
    bucket = names.bucket(Bucket.RESULTS)
    notices = {"QueueConfigurations": [theirs("their-restores", "s3:ObjectRestore:*", "")]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=notices)
    cloud.local.faults("s3", "PutBucketNotificationConfiguration", error="InvalidArgument")

    planned, said = setup("--dry-run"), setup()

    [told] = [line for line in said if line.startswith(f"gas-setup: Bucket {bucket}: ")]
    assert ["their-restores" in told, "s3:ObjectRestore:*" in told, "gas-restores" in told] == [True] * 3
    assert told in planned
    assert about(said, bucket)[0].startswith("unchanged")
    kept = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert [each["Id"] for each in kept["QueueConfigurations"]] == ["their-restores"]
    assert "TopicConfigurations" not in kept


def test_a_notification_of_somebody_else_to_what_is_gone_stops_nothing(
    cloud: TestCloud, names: Names, setup: Setup
) -> None:
    """S3 looks anew for everybody's destinations when one rule is added: it is told not to, and theirs is named."""
    s3 = cloud.client("s3")
    setup()
    bucket = names.bucket(Bucket.RESULTS)
    other = theirs("new-files", "s3:ObjectCreated:*", "")
    notices = {"QueueConfigurations": [other]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=notices)
    cloud.local.faults(
        "s3",
        "PutBucketNotificationConfiguration",
        error="InvalidArgument",
        said=f"Unable to validate {other['QueueArn']}",
        count=1,
    )

    said = setup()

    [told] = [line for line in said if line.startswith(f"gas-setup: Bucket {bucket}: ")]
    assert ["new-files" in told, "gas-restores" in about(said, bucket)[1]] == [True, True]
    kept = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert [each["Id"] for each in kept["QueueConfigurations"]] == ["new-files"]
    assert [each["Id"] for each in kept["TopicConfigurations"]] == ["gas-restores"]


def test_a_notification_that_is_refused_for_itself_is_an_error(
    cloud: TestCloud, names: Names, setup: Setup, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nobody else has any, what S3 refuses is ours: the operator has to know."""
    s3, bucket = cloud.client("s3"), names.bucket(Bucket.RESULTS)
    setup()
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    cloud.local.faults("s3", "PutBucketNotificationConfiguration", error="InvalidArgument")

    refused = main([])

    assert refused == 1
    assert bucket in capsys.readouterr().err


def test_what_was_changed_before_a_refusal_is_named(
    cloud: TestCloud, names: Names, setup: Setup, capsys: pytest.CaptureFixture[str]
) -> None:
    """A setting that was made stays made: it is named though a later one of the same resource was refused."""
    s3, bucket = cloud.client("s3"), names.bucket(Bucket.INPUTS)
    setup()
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [LOGS]})
    s3.delete_bucket_cors(Bucket=bucket)
    cloud.local.faults("s3", "PutBucketCors", error="AccessDenied")

    refused = main([])

    said = capsys.readouterr()
    assert refused == 1
    told = about(said.out.splitlines(), bucket)
    assert told[0].startswith("updated")
    assert [line.partition(":")[0] for line in told[1:]] == [
        "lifecycle rule gas-abort-unfinished-uploads",
        "lifecycle rule gas-expire",
    ]
    assert bucket in said.err
    assert "run gas-setup again" in said.err


def test_what_was_made_before_a_refusal_is_named(
    cloud: TestCloud, names: Names, setup: Setup, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table that was made is there, though what completes it was refused; the next run finishes it."""
    cloud.local.faults("dynamodb", "UpdateContinuousBackups", error="AccessDeniedException")

    refused = main([])

    said = capsys.readouterr()
    assert refused == 1
    assert about(said.out.splitlines(), names.table(Table.JOBS))[0].startswith("created")
    cloud.local.clear_faults()
    told = about(setup(), names.table(Table.JOBS))
    assert [line.partition(":")[0] for line in told[1:]] == ["point-in-time recovery"]


def test_what_will_surprise_is_told_and_left(
    cloud: TestCloud,
    names: Names,
    setup: Setup,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each has its sentence: results moved out of reach, versions that nothing ends, a lock, copies elsewhere, a layer less.

    The controllers' check says the same, and refuses nobody for it.
    """
    s3, bucket = cloud.client("s3"), names.bucket(Bucket.RESULTS)
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 40}}}
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=lock)
    transition = {"Days": 1, "StorageClass": "GLACIER"}
    rule = {"ID": "cold", "Status": "Enabled", "Filter": {"Prefix": ""}, "Transitions": [transition]}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    to = {"Bucket": f"arn:aws:s3:::{bucket}-elsewhere"}
    copies = {"ID": "twice", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "Destination": to}
    replication = {"Role": "arn:aws:iam::123456789012:role/copies", "Rules": [copies]}
    s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=replication)
    default = {"SSEAlgorithm": "aws:kms:dsse", "KMSMasterKeyID": KEY}
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)
    monkeypatch.setenv("GAS_AWS__KMS_KEY_ID", OUR_KEY)

    said = [line for line in setup() if line.startswith(f"gas-setup: Bucket {bucket}: ")]

    assert [word in line for word, line in zip(WORDS, said, strict=True)] == [True] * len(WORDS)
    assert "cold" in rules_of(s3, bucket)
    found = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    assert found["Rule"]["DefaultRetention"]["Days"] == 40
    assert s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]["Rules"][0]["ID"] == "twice"
    monkeypatch.setenv("GAS_ENV", "local")
    assert controllers(["--check"]) == 0
    assert [line for line in capsys.readouterr().err.splitlines() if bucket in line] == [
        line.removeprefix("gas-setup: ") for line in said
    ]


def test_what_may_not_be_looked_at_is_told(cloud: TestCloud, names: Names, setup: Setup) -> None:
    """Rights that were not renewed stop nothing: the missing one is named."""
    setup()
    cloud.local.faults("s3", "GetBucketReplication", error="AccessDenied")

    said = setup()

    told = [line for line in said if line.startswith("gas-setup: Bucket ")]
    assert told == [
        f"gas-setup: Bucket {names.bucket(bucket)}: not all of it could be looked at: grant s3:GetReplicationConfiguration."
        for bucket in Bucket
    ]


WORDS = (
    "lifecycle rule cold moves files to GLACIER",
    "it keeps earlier versions",
    "its object lock (COMPLIANCE) keeps every file for 40 days",
    "replication rule twice copies files to ",
    "its default encrypts in two layers",
)
