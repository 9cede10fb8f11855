"""Every error of AWS becomes the right `GasError`, with a sentence that holds no secret."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.response import StreamingBody
from botocore.stub import Stubber

from gas.adapters.aws.archive_s3 import S3Archive
from gas.adapters.aws.errors import aws_errors, from_client_error, from_sdk_error
from gas.adapters.aws.jobs_dynamodb import DynamoJobStore
from gas.adapters.aws.mailer_ses import SesMailer
from gas.adapters.aws.objects_s3 import S3ObjectStore
from gas.adapters.aws.publisher_sns import SnsPublisher, TopicArns
from gas.adapters.aws.queue_sqs import SqsQueue
from gas.adapters.aws.session import COPY_READ_SECONDS, OBJECT_READ_SECONDS, POLL_READ_SECONDS, client_config
from gas.domain.errors import (
    ArchivedObjectError,
    ConflictError,
    FatalError,
    GasError,
    MailUncertainError,
    NotFoundError,
    RetrievalRefusedError,
    TransientError,
    UsageError,
    VerificationError,
)
from gas.domain.messages import ThawHint
from gas.domain.names import Channel
from gas.domain.objects import Retrieved
from gas.domain.spec import RetrievalTier
from gas.ports.messaging import Mail, ReceivedMessage

URL = "http://127.0.0.1:1/a"


def stubbed(service: str) -> tuple[Any, Stubber]:
    """A client whose answers are written down beforehand."""
    session = boto3.session.Session("test", "test", region_name="us-east-1")
    client = session.client(service, config=client_config(service))  # type: ignore[call-overload]  # the service is known at run time only
    stubber = Stubber(client)
    stubber.activate()
    return client, stubber


def answer(code: str, status: int, message: str = "") -> ClientError:
    """An answer of AWS that says no."""
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]  # the parts that are read
        "DoThis",
    )


@pytest.mark.parametrize(
    ("code", "status", "kind", "said"),
    [
        ("ConditionalCheckFailedException", 400, ConflictError, "changed in between"),
        ("PreconditionFailed", 412, ConflictError, "changed in between"),
        ("NoSuchKey", 404, NotFoundError, "does not exist"),
        ("404", 404, NotFoundError, "does not exist"),
        ("InvalidObjectState", 403, ArchivedObjectError, "in the archive"),
        ("ObjectNotInActiveTierError", 403, ArchivedObjectError, "in the archive"),
        ("GlacierExpeditedRetrievalNotAvailable", 503, RetrievalRefusedError, "slower"),
        ("InsufficientCapacityException", 400, RetrievalRefusedError, "slower"),
        ("ResourceNotFoundException", 400, FatalError, "run `gas-setup`"),
        ("NoSuchBucket", 404, FatalError, "run `gas-setup`"),
        ("AWS.SimpleQueueService.NonExistentQueue", 400, FatalError, "run `gas-setup`"),
        ("QueueDoesNotExist", 400, FatalError, "run `gas-setup`"),
        ("NotFound", 404, FatalError, "run `gas-setup`"),
        ("AccessDenied", 403, FatalError, "grant the right"),
        ("AccessDeniedException", 400, FatalError, "grant the right"),
        ("403", 403, FatalError, "grant the right"),
        ("SignatureDoesNotMatch", 403, FatalError, "check keys or role"),
        ("UnrecognizedClientException", 400, FatalError, "check keys or role"),
        ("ExpiredToken", 400, TransientError, "out of date"),
        ("RequestTimeTooSkewed", 403, TransientError, "out of date"),
        ("ThrottlingException", 400, TransientError, "try again later"),
        ("ProvisionedThroughputExceededException", 400, TransientError, "try again later"),
        ("SlowDown", 503, TransientError, "try again later"),
        ("InternalError", 500, TransientError, "try again later"),
        ("502", 502, TransientError, "try again later"),
        ("NeverHeardOf", 429, TransientError, "try again later"),
        ("BadDigest", 400, TransientError, "try again later"),
        ("KMS.DisabledException", 400, FatalError, "refuses DoThis"),
        ("KMS.NotFoundException", 400, FatalError, "refuses DoThis"),
        ("KMS.KMSInvalidStateException", 400, FatalError, "refuses DoThis"),
        ("KMS.ThrottlingException", 400, TransientError, "try again later"),
        ("KMS.DependencyTimeoutException", 400, TransientError, "try again later"),
        ("ValidationException", 400, FatalError, "refuses DoThis"),
        ("", 0, FatalError, "refuses DoThis"),
    ],
)
def test_answers(code: str, status: int, kind: type[GasError], said: str) -> None:
    """Each code of AWS has its error, whose sentence names the resource."""
    error = from_client_error(answer(code, status), "table gas-jobs")

    assert type(error) is kind
    assert said in str(error)
    assert "table gas-jobs" in str(error)


@pytest.mark.parametrize("code", ["AccessDenied", "403", "NoSuchBucket", "KMS.DisabledException", "Unheard"])
def test_a_refusal_keeps_the_one_word_for_it(code: str) -> None:
    """People are told that word, and operators the sentence."""
    error = from_client_error(answer(code, 403), "object s3://b/k")

    assert isinstance(error, FatalError)
    assert error.said == code


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (EndpointConnectionError(endpoint_url=URL), TransientError, "cannot be reached"),
        (ConnectTimeoutError(endpoint_url=URL), TransientError, "cannot be reached"),
        (ReadTimeoutError(endpoint_url=URL), TransientError, "did not answer in time"),
        (ConnectionClosedError(endpoint_url=URL), TransientError, "did not answer in time"),
        (IncompleteReadError(actual_bytes=1, expected_bytes=2), TransientError, "did not answer in time"),
        (NoCredentialsError(), FatalError, "role or keys"),
        (NoRegionError(), FatalError, "GAS_AWS__REGION"),
        (ParamValidationError(report="bad"), FatalError, "could not make the request"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_silences(error: BotoCoreError, kind: type[GasError], said: str) -> None:
    """A request without an answer is transient, one that could not be made is for the operator."""
    told = from_sdk_error(error, "queue gas-thaw")

    assert type(told) is kind
    assert said in str(told)
    assert "queue gas-thaw" in str(told)


def test_no_signature_is_repeated() -> None:
    """AWS's text about a signature, and every query string, stay out of the sentence."""
    texts = [
        str(
            from_client_error(
                answer(code, 403, "canonical string was GET /?X-Amz-Signature=s3cr3t"), "bucket b"
            )
        )
        for code in ("SignatureDoesNotMatch", "AccessDenied", "SomethingElse")
    ]

    assert not any("s3cr3t" in text for text in texts)


def test_the_first_error_stays_visible() -> None:
    """The SDK's own error is the cause, for the log; other errors pass unchanged."""
    with pytest.raises(TransientError) as caught, aws_errors("bucket b"):
        raise EndpointConnectionError(endpoint_url=URL)
    with pytest.raises(KeyError), aws_errors("bucket b"):
        raise KeyError("x")

    assert isinstance(caught.value.__cause__, EndpointConnectionError)


def test_running_retrieval_counts_as_accepted() -> None:
    """S3's 409 for a second request is no error."""
    client, stubber = stubbed("s3")
    stubber.add_response("head_object", {"StorageClass": "GLACIER"})
    stubber.add_client_error("restore_object", "RestoreAlreadyInProgress", http_status_code=409)

    S3Archive(client).retrieve("b", "archive/k", RetrievalTier.STANDARD)

    stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("header", "retrieved"),
    [
        (None, Retrieved.NO),
        ("", Retrieved.NO),
        ('ongoing-request="true"', Retrieved.RUNNING),
        ('ongoing-request="false", expiry-date="Fri, 27 Nov 2026 00:00:00 GMT"', Retrieved.READY),
        ('ongoing-request="false", expiry-date="Fri, 20 Nov 2026 00:00:00 GMT"', Retrieved.NO),
    ],
    ids=["none", "empty", "running", "ready", "expired"],
)
def test_restore_header(header: str | None, retrieved: Retrieved) -> None:
    """The retrieval is told by the Restore header alone, and its end by S3's own clock."""
    client, stubber = stubbed("s3")
    seen: dict[str, Any] = {
        "ContentLength": 3,
        "ETag": '"e"',
        "StorageClass": "GLACIER",
        "ResponseMetadata": {"HTTPHeaders": {"date": "Mon, 23 Nov 2026 12:00:00 GMT"}},
    }
    stubber.add_response("head_object", seen | ({} if header is None else {"Restore": header}))

    archived = S3Archive(client).look("b", "archive/k")

    assert archived is not None
    assert archived.retrieved is retrieved
    assert archived.sha256 is None


HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The SHA-256 of no bytes."""


def without_checksums(content: bytes) -> tuple[Any, Stubber]:
    """A store that keeps no checksum of the object that is archived, and holds these bytes."""
    client, stubber = stubbed("s3")
    stubber.add_client_error("head_object", "404", http_status_code=404)
    stubber.add_response("head_bucket", {})
    stubber.add_response("head_object", {"ContentLength": len(content), "ETag": '"e"'})
    stubber.add_response("copy_object", {})
    stubber.add_response(
        "head_object", {"ContentLength": len(content), "ETag": '"e"', "StorageClass": "GLACIER"}
    )
    body = StreamingBody(io.BytesIO(content), len(content))
    stubber.add_response("get_object", {"Body": body}, {"Bucket": "b", "Key": "k", "IfMatch": '"e"'})
    return client, stubber


def test_store_without_checksums_is_verified_by_reading() -> None:
    """Where the store vouches for no hash, the source's bytes are read and compared."""
    client, stubber = without_checksums(b"")

    S3Archive(client).store("b", "k", 0, HASH)

    stubber.assert_no_pending_responses()


def test_store_without_checksums_refuses_other_bytes() -> None:
    """Bytes of the right size and another hash are found by reading them."""
    client, _ = without_checksums(b"other")

    with pytest.raises(VerificationError, match="recorded"):
        S3Archive(client).store("b", "k", 5, HASH)


def test_missing_bucket_and_missing_right_are_told_apart_from_a_missing_object() -> None:
    """After a 404 the bucket is asked for: missing is for the operator; a role that may not ask gets None."""
    client, stubber = stubbed("s3")
    stubber.add_client_error("head_object", "404", http_status_code=404)
    stubber.add_client_error("head_bucket", "404", http_status_code=404)
    stubber.add_client_error("head_object", "404", http_status_code=404)
    stubber.add_client_error("head_bucket", "403", http_status_code=403)

    with pytest.raises(FatalError, match=r"bucket b .*gas-setup"):
        S3ObjectStore(client).head("b", "k")
    assert S3ObjectStore(client).head("b", "k") is None


def test_refused_deletes_are_not_overlooked() -> None:
    """S3 answers 200 to a batch whose single deletes it refused."""
    client, stubber = stubbed("s3")
    for code in ("AccessDenied", "InternalError", "NoSuchKey"):
        stubber.add_response("delete_objects", {"Errors": [{"Key": "k", "Code": code}]})
    objects = S3ObjectStore(client)

    with pytest.raises(FatalError, match="s3:DeleteObject"):
        objects.delete("b", ("k",))
    with pytest.raises(TransientError, match="InternalError"):
        objects.delete("b", ("k",))
    objects.delete("b", ("k",))


def test_missing_table_is_for_the_operator() -> None:
    """A table that nobody made is a FatalError that names it."""
    client, stubber = stubbed("dynamodb")
    stubber.add_client_error("get_item", "ResourceNotFoundException", http_status_code=400)

    with pytest.raises(FatalError, match=r"table gas-jobs.*gas-setup"):
        DynamoJobStore(client, "gas-jobs", 1).get("job-1")


@pytest.mark.parametrize("code", ["MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue"])
def test_message_that_is_gone_is_no_error(code: str) -> None:
    """However SQS says that a message is gone, deleting or hiding it is no error."""
    client, stubber = stubbed("sqs")
    stubber.add_response("get_queue_url", {"QueueUrl": "http://q"})
    stubber.add_client_error("delete_message", code, http_status_code=400)
    stubber.add_client_error("change_message_visibility", code, http_status_code=400)
    queue = SqsQueue(client, "gas-thaw", Channel.THAW, polls=client)

    queue.delete(ReceivedMessage("r", None))
    queue.hide(ReceivedMessage("r", None), 5)

    stubber.assert_no_pending_responses()


def test_only_receiving_is_a_poll() -> None:
    """Receiving uses the client for polls, deleting and hiding the other: a heartbeat hides, and cannot wait so long."""
    (client, asked), (polls, polled) = stubbed("sqs"), stubbed("sqs")
    asked.add_response("get_queue_url", {"QueueUrl": "http://q"})
    polled.add_response("receive_message", {})
    asked.add_response("change_message_visibility", {})
    asked.add_response("delete_message", {})
    queue = SqsQueue(client, "gas-thaw", Channel.THAW, polls=polls)

    assert queue.receive(1, 20, 60) == []
    queue.hide(ReceivedMessage("r", None), 5)
    queue.delete(ReceivedMessage("r", None))

    asked.assert_no_pending_responses()
    polled.assert_no_pending_responses()


@pytest.mark.parametrize("attributes", [{}, {"ApproximateNumberOfMessages": "0"}], ids=["none", "some"])
def test_unknown_depth_is_not_empty(attributes: dict[str, str]) -> None:
    """A queue whose numbers are missing is not taken for empty."""
    client, stubber = stubbed("sqs")
    stubber.add_response("get_queue_url", {"QueueUrl": "http://q"})
    stubber.add_response("get_queue_attributes", {"Attributes": attributes})

    assert SqsQueue(client, "gas-thaw", Channel.THAW, polls=client).empty() is False


def test_unknown_depth_is_unknown() -> None:
    """Nobody is told that a queue is empty when its numbers are missing."""
    client, stubber = stubbed("sqs")
    stubber.add_response("get_queue_url", {"QueueUrl": "http://q"})
    stubber.add_response("get_queue_attributes", {"Attributes": {"ApproximateNumberOfMessages": "0"}})

    with pytest.raises(TransientError, match="queue gas-thaw"):
        SqsQueue(client, "gas-thaw", Channel.THAW, polls=client).depth()


def test_missing_topic_is_for_the_operator() -> None:
    """SNS's NotFound is a missing topic."""
    sns, sns_stubber = stubbed("sns")
    sts, sts_stubber = stubbed("sts")
    sts_stubber.add_response("get_caller_identity", {"Account": "123456789012"})
    sns_stubber.add_client_error("publish", "NotFound", http_status_code=404)

    with pytest.raises(FatalError, match=r"thaw.*gas-setup"):
        SnsPublisher(sns, TopicArns(sts, lambda channel: channel.value)).publish(Channel.THAW, ThawHint("a"))


def _fail_with(error: BotoCoreError) -> Callable[..., None]:
    def fail(**_event: Any) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EndpointConnectionError(endpoint_url=URL), TransientError),
        (ConnectTimeoutError(endpoint_url=URL), TransientError),
        (ReadTimeoutError(endpoint_url=URL), MailUncertainError),
        (ConnectionClosedError(endpoint_url=URL), MailUncertainError),
        (NoCredentialsError(), FatalError),
    ],
    ids=lambda value: type(value).__name__,
)
def test_mail_without_an_answer(error: BotoCoreError, kind: type[GasError]) -> None:
    """A mail that certainly did not leave may be sent again; one that may have left is uncertain."""
    client, stubber = stubbed("ses")
    stubber.deactivate()
    client.meta.events.register("before-send.ses.SendEmail", _fail_with(error))

    with pytest.raises(kind) as caught:
        SesMailer(client, "gas@example.org").send(Mail("ada@example.org", "s", "t"))
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("code", "status", "message", "kind"),
    [
        ("MessageRejected", 400, "Address is on the suppression list", UsageError),
        ("InvalidParameterValue", 400, "Missing final '@domain'", UsageError),
        ("MessageRejected", 400, "Email address is not verified: gas@example.org", FatalError),
        ("MailFromDomainNotVerifiedException", 400, "", FatalError),
        ("AccountSendingPausedException", 400, "", TransientError),
        ("Throttling", 400, "Maximum sending rate exceeded.", TransientError),
        ("AccessDenied", 403, "", FatalError),
        ("InternalFailure", 500, "", MailUncertainError),
        ("ServiceUnavailable", 503, "", MailUncertainError),
    ],
)
def test_mail_answers(code: str, status: int, message: str, kind: type[GasError]) -> None:
    """Each of SES's answers says whether the mail may be sent again."""
    client, stubber = stubbed("ses")
    stubber.add_client_error("send_email", code, message, status)

    with pytest.raises(kind) as caught:
        SesMailer(client, "gas@example.org").send(Mail("ada@example.org", "s", "t"))
    assert type(caught.value) is kind


def test_clients_have_timeouts_and_few_retries() -> None:
    """Every client gives up in time; a poll is never cut; SES is asked once."""
    configs: dict[str, Any] = {
        service: client_config(service) for service in ("dynamodb", "s3", "sqs", "sns", "ses", "sts")
    }
    configs["copies"] = client_config("s3", read_seconds=COPY_READ_SECONDS)
    configs["polls"] = client_config("sqs", read_seconds=POLL_READ_SECONDS)

    assert all(config.connect_timeout == 3 for config in configs.values())
    assert configs["dynamodb"].read_timeout == 10
    assert configs["s3"].read_timeout == OBJECT_READ_SECONDS == 20
    assert configs["copies"].read_timeout == COPY_READ_SECONDS == 60
    assert configs["sqs"].read_timeout == 10
    assert configs["polls"].read_timeout == POLL_READ_SECONDS > 20
    assert configs["ses"].retries["total_max_attempts"] == 1
    assert configs["dynamodb"].retries["total_max_attempts"] == 3


def test_file_too_large_for_one_request(tmp_path: Path) -> None:
    """A file over 5 GiB is refused before anything is sent."""
    client, _ = stubbed("s3")
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(5 * 1024**3 + 1)

    with pytest.raises(UsageError, match=r"big\.vcf has 5368709121 bytes"):
        S3ObjectStore(client).upload("b", "k", big, "big.vcf", "text/plain")


REFUSAL = "User: arn:aws:sts::123456789012:assumed-role/a/b is not authorized to perform: {} on resource: x"


@pytest.mark.parametrize(
    ("operation", "right", "kind"),
    [
        ("GetObject", "s3:ListBucket", NotFoundError),
        ("GetObject", "s3:GetObject", FatalError),
        ("ListObjectsV2", "s3:ListBucket", FatalError),
    ],
    ids=["missing", "no right to read", "no right to list"],
)
def test_a_missing_object_that_s3_does_not_admit(operation: str, right: str, kind: type[GasError]) -> None:
    """Who may read and not list is refused for want of the latter when the object is missing."""
    answer = {"Error": {"Code": "AccessDenied", "Message": REFUSAL.format(right)}}

    found = from_client_error(ClientError(answer, operation), "object s3://b/k")  # type: ignore[arg-type]

    assert type(found) is kind


@pytest.mark.parametrize(
    "said",
    [
        "Signature expired: 20260101T000000Z is now earlier than 20260101T000300Z (20260101T000800Z - 5 min.)",
        "Signature not yet current: 20260101T001000Z is still later than 20260101T000500Z",
    ],
    ids=["behind", "ahead"],
)
def test_a_signature_that_is_refused_for_its_time(said: str) -> None:
    """Nothing is wrong with the keys: the sentence speaks of the clock, and the call may succeed later."""
    error = from_client_error(answer("InvalidSignatureException", 400, said), "table t")

    assert isinstance(error, TransientError)
    assert "clock out of date" in str(error)
