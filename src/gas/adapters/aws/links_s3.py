"""Presigned forms and links of S3, signed for the address that browsers and scripts use.

SigV4 signs the host, so what the programs use inside the cluster would be worthless outside: the client that signs
has an endpoint of its own. It signs and never calls.
"""

from datetime import timedelta
from typing import Any

from gas.adapters.aws.encryption import BUCKETS_DEFAULT, Encryption
from gas.adapters.aws.errors import aws_errors, named_object
from gas.adapters.aws.objects_s3 import content_disposition
from gas.adapters.lifetimes import seconds_within
from gas.domain.uploads import LONGEST_UPLOAD
from gas.ports.clock import Clock
from gas.ports.links import LONGEST_DOWNLOAD, Link, UploadForm, UploadPermit

CREATED_STATUS = "201"
"""What S3 answers to an upload that goes nowhere afterwards; 204, the default, has no body that a person could read."""


class S3Links:
    """Implements `Links`."""

    def __init__(self, client: Any, clock: Clock, encryption: Encryption = BUCKETS_DEFAULT) -> None:
        self._client = client
        self._clock = clock
        self._encryption = encryption

    def upload(self, permit: UploadPermit, lifetime: timedelta) -> UploadForm:
        """A form whose policy names each field that may be sent, and the exact value of each."""
        seconds = seconds_within(lifetime, LONGEST_UPLOAD)
        expires = self._clock.now() + timedelta(seconds=seconds)
        fields = _fields(permit) | self._encryption.fields()
        with aws_errors(f"upload to bucket {permit.bucket}"):
            form = self._client.generate_presigned_post(
                permit.bucket,
                # `${filename}` in a key is filled in by S3 with what the browser says; ours are always whole.
                permit.key,
                Fields=fields,
                Conditions=[
                    *({name: value} for name, value in fields.items()),
                    ["content-length-range", permit.min_bytes, permit.max_bytes],
                ],
                ExpiresIn=seconds,
            )
        return UploadForm(form["url"], form["fields"], expires)

    def download(self, bucket: str, key: str, file_name: str, lifetime: timedelta) -> Link:
        """A link that saves the object under a name."""
        seconds = seconds_within(lifetime, LONGEST_DOWNLOAD)
        expires = self._clock.now() + timedelta(seconds=seconds)
        wanted = {"Bucket": bucket, "Key": key, "ResponseContentDisposition": content_disposition(file_name)}
        with aws_errors(f"link to {named_object(bucket, key)}"):
            url = self._client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=seconds)
        return Link(url, file_name, expires)


def _fields(permit: UploadPermit) -> dict[str, str]:
    ending = (
        {"success_action_status": CREATED_STATUS}
        if permit.redirect is None
        else {"success_action_redirect": permit.redirect}
    )
    metadata = {f"x-amz-meta-{name}": value for name, value in permit.metadata.items()}
    return {"Content-Type": permit.content_type, **metadata, **ending}
