"""What is set of a bucket, as S3 tells it."""

from typing import Any

from botocore.exceptions import ClientError

from gas.adapters.aws.bucket_rules import Json
from gas.adapters.aws.errors import code_of

UNSET = {
    "404",
    "NoSuchBucket",
    "NoSuchCORSConfiguration",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
}
"""What S3 says where nothing is set; also of a bucket that is yet to be made, in a dry run."""


def setting_of(s3: Any, bucket: str, operation: str) -> Json:
    """What `get_<operation>` answers for the bucket; empty where nothing is set.

    Raises:
        ClientError: S3 refuses to tell.
    """
    try:
        answer: Json = getattr(s3, f"get_{operation}")(Bucket=bucket)
    except ClientError as error:
        if code_of(error) not in UNSET:
            raise
        return {}
    answer.pop("ResponseMetadata", None)
    return answer
