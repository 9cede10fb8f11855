"""Which AWS service and operation a request is, in AWS's own spelling."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from dev.run.cloud.exchange import Request

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request")
_TARGETS = {"DynamoDB_20120810": "dynamodb", "AmazonSQS": "sqs"}
_OBJECT = {
    ("GET", ""): "GetObject",
    ("HEAD", ""): "HeadObject",
    ("PUT", ""): "PutObject",
    ("DELETE", ""): "DeleteObject",
    ("POST", "restore"): "RestoreObject",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("PUT", "uploadId"): "UploadPart",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("GET", "tagging"): "GetObjectTagging",
    ("PUT", "tagging"): "PutObjectTagging",
    ("GET", "attributes"): "GetObjectAttributes",
    ("OPTIONS", ""): "Preflight",
}
_BUCKET = {
    ("PUT", ""): "CreateBucket",
    ("HEAD", ""): "HeadBucket",
    ("DELETE", ""): "DeleteBucket",
    ("GET", ""): "ListObjects",
    ("GET", "list-type"): "ListObjectsV2",
    ("GET", "versions"): "ListObjectVersions",
    ("POST", ""): "PostObject",
    ("POST", "delete"): "DeleteObjects",
    ("GET", "replication"): "GetBucketReplication",
    ("PUT", "notification"): "PutBucketNotificationConfiguration",
    ("PUT", "lifecycle"): "PutBucketLifecycleConfiguration",
    ("PUT", "cors"): "PutBucketCors",
    ("OPTIONS", ""): "Preflight",
}


@dataclass(frozen=True)
class Operation:
    """A service and an operation of it; for S3 also the bucket and the key."""

    service: str
    name: str
    region: str = "us-east-1"
    bucket: str = ""
    key: str = ""


def recognise(request: Request) -> Operation:
    """The operation that a request asks for; S3's when nothing says otherwise, as on AWS's own addresses."""
    scope = _SCOPE.search(
        request.header("Authorization") or f"Credential={request.query.get('X-Amz-Credential', '')}"
    )
    region = scope[1] if scope else "us-east-1"
    prefix, dot, name = request.header("X-Amz-Target").partition(".")
    if dot and prefix in _TARGETS:
        return Operation(_TARGETS[prefix], name, region)
    if scope and scope[2] != "s3":
        action = parse_qs(request.body.decode("utf-8", "replace")).get("Action", [name])[0]
        service = "ses" if scope[2] == "email" else scope[2]
        return Operation(service, action, region)
    return _s3_operation(request, region)


def _s3_operation(request: Request, region: str) -> Operation:
    bucket, _, key = request.path.lstrip("/").partition("/")
    if not bucket:
        return Operation("s3", "ListBuckets", region)
    if key and request.method == "PUT" and request.header("x-amz-copy-source"):
        name = "UploadPartCopy" if "uploadId" in request.query else "CopyObject"
        return Operation("s3", name, region, bucket, key)
    known = _OBJECT if key else _BUCKET
    for (method, marker), name in known.items():
        if method == request.method and marker and marker in request.query:
            return Operation("s3", name, region, bucket, key)
    subresource = next((k for k in request.query if k.islower() and not request.query[k]), "")
    name = known.get((request.method, subresource), f"{request.method.title()}:{subresource}")
    return Operation("s3", name, region, bucket, key)
