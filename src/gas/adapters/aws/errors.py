"""Every error of AWS and of its SDK, turned into a `GasError` once, with a sentence for people.

No sentence repeats a query string, a header or AWS's text about a signature: these may hold credentials. Nor does one hold an
address, or what a job's file is called: it may come to stand in a log.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProxyConnectionError,
    ResponseStreamingError,
)

from gas.domain.errors import (
    ArchivedObjectError,
    ConflictError,
    FatalError,
    GasError,
    NotFoundError,
    RetrievalRefusedError,
    TransientError,
)
from gas.domain.withheld import withheld, without_file_name

NOT_FOUND = frozenset({"404", "NoSuchKey"})
"""A missing object. HEAD has no body, so S3 can only say 404."""

ALREADY_RUNNING = "RestoreAlreadyInProgress"
NOT_ARCHIVED = "InvalidObjectState"
"""What RestoreObject says of an object that can be read at once. Of a GET it means the opposite."""

NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, NoCredentialsError)
"""Errors after which the request has certainly not reached AWS."""

_CONFLICT = frozenset(
    {"ConditionalCheckFailedException", "PreconditionFailed", "412", "ConditionalRequestConflict"}
)
_ARCHIVED = frozenset({"InvalidObjectState", "ObjectNotInActiveTierError"})
_NO_CAPACITY = frozenset({"GlacierExpeditedRetrievalNotAvailable", "InsufficientCapacityException"})
_MISSING_RESOURCE = frozenset(
    {
        "ResourceNotFoundException",
        "NoSuchBucket",
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "NotFound",  # of SNS
        "NotFoundException",
    }
)
_REFUSED = frozenset(
    {
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "AllAccessDisabled",
        "OptInRequired",
    }
)
_BAD_CREDENTIALS = frozenset(
    {
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "InvalidToken",
    }
)
_STALE_CREDENTIALS = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "RequestTimeTooSkewed"}
)
_BUSY = frozenset(
    {
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "Throttled",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "TransactionConflictException",
        "TransactionInProgressException",
        "PriorRequestNotComplete",
        "RequestTimeout",
        "RequestTimeoutException",
        "OperationAborted",
        "OverLimit",
        "KmsThrottled",
        "KMSThrottlingException",
        "DependencyTimeoutException",
        "BadDigest",
        "XAmzContentSHA256Mismatch",
    }
)
"""Try again later. A bad digest is here because the bytes were damaged on their way, not where they lie."""

_OF_KMS = "KMS."
"""What S3 puts before an error that it got from KMS."""

_SERVER_ERROR = 500
_TOO_MANY = 429
_MAX_TEXT = 300
_MOST_READ = 8 * _MAX_TEXT
"""What is hidden makes a text shorter: from so much of it as many letters are left as a sentence repeats."""
_QUERY = re.compile(r"\?\S+")


@contextmanager
def aws_errors(resource: str) -> Iterator[None]:
    """Turn every error of the SDK inside the block into a `GasError` about that resource, such as "table gas-jobs"."""
    try:
        yield
    except ClientError as error:
        raise from_client_error(error, resource) from error
    except BotoCoreError as error:
        raise from_sdk_error(error, resource) from error


def code_of(error: ClientError) -> str:
    """AWS's code of an error, such as NoSuchKey."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """The HTTP status of an error; 0 when there is none."""
    metadata: Any = error.response.get("ResponseMetadata", {})
    return int(metadata.get("HTTPStatusCode") or 0)


def is_unclassified(error: ClientError) -> bool:
    """True for an answer that says only that the request cannot be done: no want of rights, nothing missing, no trouble."""
    return type(from_client_error(error, "")) is FatalError and code_of(error) not in (
        _MISSING_RESOURCE | _BAD_CREDENTIALS | _REFUSED
    )


def from_client_error(error: ClientError, resource: str) -> GasError:
    """The `GasError` of an answer of AWS."""
    code, operation = code_of(error), error.operation_name
    if code in _CONFLICT:
        return ConflictError(f"The {resource} has changed in between ({operation}): read it again.")
    if code in _NO_CAPACITY:
        return RetrievalRefusedError(
            f"The {resource}: the archive has no capacity for this tier now; use a slower one."
        )
    if code in _ARCHIVED:
        return ArchivedObjectError(
            f"The {resource} is in the archive and not retrieved: retrieve it, then try again."
        )
    if code in NOT_FOUND or _missing_to_whom_may_not_list(error):
        return NotFoundError(f"The {resource} does not exist.")
    if code in _MISSING_RESOURCE:
        return FatalError(
            f"The {resource} is missing on AWS ({code}): run `gas-setup`, and check region and account.", code
        )
    if code in _STALE_CREDENTIALS or _untimely(error):
        return TransientError(
            f"AWS finds the credentials or the clock out of date for the {resource} ({code}): renew them, check the time."
        )
    if code in _BAD_CREDENTIALS:
        return FatalError(
            f"AWS does not accept the credentials for the {resource} ({code}): check keys or role."
        )
    if code in _REFUSED:
        return FatalError(
            f"AWS refuses {operation} on the {resource} ({code}): grant the right to this program's role.{_said(error)}",
            code,
        )
    if (
        code.removeprefix(_OF_KMS) in _BUSY
        or status_of(error) >= _SERVER_ERROR
        or status_of(error) == _TOO_MANY
    ):
        return TransientError(
            f"AWS could not do {operation} on the {resource} now ({code}): try again later."
        )
    return FatalError(f"AWS refuses {operation} on the {resource} ({code}).{_said(error)}", code)


def from_sdk_error(error: BotoCoreError, resource: str) -> GasError:
    """The `GasError` of a request that got no answer of AWS."""
    kind = type(error).__name__
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return FatalError(
            f"There are no AWS credentials to reach the {resource}: give this program a role or keys."
        )
    if isinstance(error, NoRegionError):
        return FatalError(f"No AWS region is set to reach the {resource}: set GAS_AWS__REGION.")
    if isinstance(error, ConnectTimeoutError | EndpointConnectionError | ProxyConnectionError):
        return TransientError(
            f"AWS cannot be reached for the {resource} ({kind}): check network and endpoint."
        )
    if isinstance(error, HTTPClientError | IncompleteReadError | ResponseStreamingError):
        return TransientError(f"AWS did not answer in time for the {resource} ({kind}): try again later.")
    return FatalError(
        f"The AWS SDK could not make the request to the {resource} ({kind}): {in_words(str(error))}"
    )


def _missing_to_whom_may_not_list(error: ClientError) -> bool:
    """True when S3 refuses to say that an object is missing, because that would tell what is in the bucket.

    A GetObject needs no right to list, so that a refusal for want of it means just this. A HEAD has no body to say so in.
    """
    said = str(error.response.get("Error", {}).get("Message", ""))
    return (
        code_of(error) == "AccessDenied"
        and error.operation_name == "GetObject"
        and "to perform: s3:ListBucket" in said
    )


def _untimely(error: ClientError) -> bool:
    """True when a signature is refused for its time alone: AWS takes what is at most some minutes off."""
    said = str(error.response.get("Error", {}).get("Message", ""))
    return "Signature expired" in said or "Signature not yet current" in said


def named_object(bucket: str, key: str) -> str:
    """What sentences call an object of S3: that of a job by the job, and not by its file's name."""
    return f"object s3://{bucket}/{without_file_name(key)}"


def in_words(text: str) -> str:
    """What AWS or its SDK says, as far as a sentence may repeat it."""
    return withheld(_QUERY.sub("", " ".join(text[:_MOST_READ].split())))[:_MAX_TEXT]


def _said(error: ClientError) -> str:
    text = in_words(str(error.response.get("Error", {}).get("Message", "")))
    return f" AWS says: {text}" if text else ""
