"""How each AWS service words an error: JSON for DynamoDB and SQS, XML for S3, another XML for SNS and SES."""

import json
from xml.sax.saxutils import escape

from dev.run.cloud.exchange import Response

_STATUS = {
    "AccessDenied": 403,
    "AccessForbidden": 403,
    "InvalidObjectState": 403,
    "ObjectNotInActiveTierError": 403,
    "NoSuchKey": 404,
    "NoSuchBucket": 404,
    "RestoreAlreadyInProgress": 409,
    "OperationAborted": 409,
    "PreconditionFailed": 412,
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "SlowDown": 503,
    "ServiceUnavailable": 503,
    "GlacierExpeditedRetrievalNotAvailable": 503,
}


def aws_error(service: str, code: str, message: str = "") -> Response:
    """The answer that carries an AWS error code, with the status that AWS gives it (400 unless known)."""
    text = message or f"{code}, as asked for by a fault of the local AWS"
    status = _STATUS.get(code, 400)
    if service in {"dynamodb", "sqs"}:
        return _json_error(service, code, text, status)
    if service == "s3":
        body = f"<Error><Code>{escape(code)}</Code><Message>{escape(text)}</Message></Error>"
    else:
        kind = "Sender" if status < 500 else "Receiver"  # noqa: PLR2004 - HTTP: whose fault it is
        body = (
            f"<ErrorResponse><Error><Type>{kind}</Type><Code>{escape(code)}</Code>"
            f"<Message>{escape(text)}</Message></Error><RequestId>local</RequestId></ErrorResponse>"
        )
    headers = (("Content-Type", "application/xml"),)
    return Response(status, headers, f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode())


def _json_error(service: str, code: str, text: str, status: int) -> Response:
    namespace = "com.amazonaws.dynamodb.v20120810" if service == "dynamodb" else "com.amazonaws.sqs"
    body = json.dumps({"__type": f"{namespace}#{code}", "message": text}).encode()
    return Response(status, (("Content-Type", "application/x-amz-json-1.0"),), body)
