"""A small judge of rights on AWS, and a gateway to the local AWS that lets through only what some rights allow.

Only what our rights use is judged: Allow statements, wildcards, and three conditions. Which action a request needs
follows AWS's Service Authorization Reference.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qs, unquote

from dev.run.cloud.errors import aws_error
from dev.run.cloud.exchange import Request, Response
from dev.run.cloud.operations import Operation, recognise
from tests.support.gateway import Gateway

ACCOUNT = "123456789012"
REGION = "us-east-1"

Rights = Mapping[str, Any]
"""A policy document of IAM."""

_S3 = {
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "PostObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "CopyObject": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
    "DeleteObjects": "s3:DeleteObject",
    "RestoreObject": "s3:RestoreObject",
    "CreateBucket": "s3:CreateBucket",
    "HeadBucket": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
}
_S3_SETTINGS = {
    "publicAccessBlock": "BucketPublicAccessBlock",
    "encryption": "EncryptionConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "notification": "BucketNotification",
    "cors": "BucketCORS",
    "versioning": "BucketVersioning",
    "object-lock": "BucketObjectLockConfiguration",
    "replication": "ReplicationConfiguration",
}
_NO_RESOURCE = {
    "ses:GetIdentityVerificationAttributes",
    "ses:VerifyEmailIdentity",
    "sns:GetSubscriptionAttributes",
    "sns:SetSubscriptionAttributes",
}
_NO_RIGHT = {"sts:GetCallerIdentity"}
_MISSING = 404


@dataclass(frozen=True)
class Need:
    """What a request takes: an action on a resource, in a context that conditions look at."""

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)


def allows(rights: Rights, need: Need) -> bool:
    """True when a statement allows it."""
    return any(
        any(fnmatchcase(need.action, action) for action in statement["Action"])
        and any(fnmatchcase(need.resource, resource) for resource in statement["Resource"])
        and _holds(statement.get("Condition", {}), need.context)
        for statement in rights["Statement"]
    )


def needs(request: Request, operation: Operation) -> list[Need]:
    """What a request takes."""
    action = f"{operation.service}:{operation.name}"
    if action in _NO_RIGHT:
        return []
    if operation.service == "s3":
        return _of_s3(request, operation)
    if operation.service in {"dynamodb", "sqs"}:
        fields = json.loads(request.body or b"{}")
    else:
        fields = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    if action in _NO_RESOURCE:
        return [Need(action, "*")]
    return [_OTHERS[operation.service](action, fields)]


class GuardedGateway(Gateway):
    """Refuses what the rights do not allow, as AWS does, and notes what was used."""

    def __init__(self, endpoint: str, rights: Rights) -> None:
        self.rights = rights
        self.used: set[str] = set()
        self.refused: list[Need] = []
        self.attributes: set[str] = set()
        super().__init__(endpoint)

    def _answer(self, request: Request) -> Response:
        operation = recognise(request)
        wanted = needs(request, operation)
        for need in wanted:
            if not allows(self.rights, need):
                self.refused.append(need)
                return _refusal(operation)
            self.used.add(need.action)
            if need.action == "dynamodb:UpdateItem":
                self.attributes |= set(need.context["dynamodb:Attributes"])
        answer = super()._answer(request)
        if answer.status == _MISSING and operation.key and not self._may_list(operation):
            # Who may not list is not told that an object is missing, but by the right that is wanting.
            return _refusal(operation, f"is not authorized to perform: s3:ListBucket on {operation.bucket}")
        return answer

    def _may_list(self, operation: Operation) -> bool:
        may = allows(self.rights, Need("s3:ListBucket", f"arn:aws:s3:::{operation.bucket}"))
        if may:
            self.used.add("s3:ListBucket")
        return may


def _refusal(operation: Operation, message: str = "") -> Response:
    code = "AccessDeniedException" if operation.service == "dynamodb" else "AccessDenied"
    return aws_error(operation.service, code, message)


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, Any]) -> bool:
    for operator, parts in condition.items():
        for key, allowed in parts.items():
            if operator == "ForAllValues:StringEquals":
                if not set(context.get(key, ())) <= set(allowed):
                    return False
            elif operator == "ForAllValues:StringLike":
                if not all(any(fnmatchcase(each, a) for a in allowed) for each in context.get(key, ())):
                    return False
            elif operator == "StringEquals":
                if context.get(key) != allowed:
                    return False
            else:
                raise NotImplementedError(operator)
    return True


def _of_s3(request: Request, operation: Operation) -> list[Need]:
    bucket = f"arn:aws:s3:::{operation.bucket}"
    setting = next((name for name in _S3_SETTINGS if name in request.query), None)
    if setting is not None and not operation.key:
        verb = "Get" if request.method == "GET" else "Put"
        return [Need(f"s3:{verb}{_S3_SETTINGS[setting]}", bucket)]
    action = _S3[operation.name]
    if operation.name == "DeleteObjects":
        keys = re.findall(rb"<Key>(.*?)</Key>", request.body)
        of_versions = b"<VersionId>" in request.body
        action = "s3:DeleteObjectVersion" if of_versions else action
        return [Need(action, f"{bucket}/{key.decode()}") for key in keys]
    if operation.name == "PostObject":
        [key] = re.findall(rb'name="key"\r\n\r\n(.*?)\r\n', request.body)
        return [Need(action, f"{bucket}/{key.decode()}")]
    if operation.name == "CopyObject":
        source = unquote(request.header("x-amz-copy-source")).lstrip("/")
        return [Need("s3:GetObject", f"arn:aws:s3:::{source}"), Need(action, f"{bucket}/{operation.key}")]
    return [Need(action, f"{bucket}/{operation.key}" if operation.key else bucket)]


def _of_dynamodb(action: str, fields: Mapping[str, Any]) -> Need:
    # A batch names its tables as keys; ours name one each.
    [name] = [fields["TableName"]] if "TableName" in fields else fields["RequestItems"]
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
    index = f"/index/{fields['IndexName']}" if "IndexName" in fields else ""
    touched = {*fields.get("Key", {}), *fields.get("ExpressionAttributeNames", {}).values()}
    # Tables of ours have a key of one attribute.
    keys = {text for value in fields.get("Key", {}).values() for text in value.values()}
    return Need(action, table + index, {"dynamodb:Attributes": touched, "dynamodb:LeadingKeys": keys})


def _of_sqs(action: str, fields: Mapping[str, Any]) -> Need:
    name = fields.get("QueueName") or fields["QueueUrl"].rpartition("/")[2]
    return Need(action, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")


def _of_sns(action: str, fields: Mapping[str, Any]) -> Need:
    topic = fields.get("TopicArn") or f"arn:aws:sns:{REGION}:{ACCOUNT}:{fields['Name']}"
    return Need(action, topic)


def _of_ses(action: str, fields: Mapping[str, Any]) -> Need:
    sender = fields["Source"]
    return Need(action, f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{sender}", {"ses:FromAddress": sender})


_OTHERS = {"dynamodb": _of_dynamodb, "sqs": _of_sqs, "sns": _of_sns, "ses": _of_ses}


def _table(fields: Mapping[str, Any]) -> str:
    """The one table that a request is about; a batch names it as a key."""
    if "RequestItems" in fields:
        [table] = fields["RequestItems"]
        return str(table)
    return str(fields["TableName"])
