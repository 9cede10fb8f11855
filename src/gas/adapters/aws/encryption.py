"""How objects are encrypted: by the key that a setting names, else as the bucket wants it. A copy never less than before."""

from dataclasses import dataclass
from typing import Any

KMS = "aws:kms"

TWO_LAYERS = "aws:kms:dsse"

KEY_ALGORITHMS = frozenset({KMS, TWO_LAYERS})
"""Those that use a key of KMS."""


@dataclass(frozen=True)
class Encryption:
    """The key of KMS for everything that is written. Empty: the bucket's own default, which S3 applies by itself."""

    kms_key_id: str = ""

    def arguments(self) -> dict[str, str]:
        """What a request that writes an object says of its encryption."""
        return {"ServerSideEncryption": KMS, "SSEKMSKeyId": self.kms_key_id} if self.kms_key_id else {}

    def arguments_of_copy(self, head: dict[str, Any]) -> dict[str, str]:
        """The same for a copy of that object, which S3 would encrypt as the bucket does, whatever the object had."""
        algorithm, key = head.get("ServerSideEncryption"), self.kms_key_id or head.get("SSEKMSKeyId")
        if algorithm not in KEY_ALGORITHMS or not key:
            return self.arguments()
        return {"ServerSideEncryption": str(algorithm), "SSEKMSKeyId": str(key)}

    def fields(self) -> dict[str, str]:
        """What an upload form says of it."""
        if not self.kms_key_id:
            return {}
        return {
            "x-amz-server-side-encryption": KMS,
            "x-amz-server-side-encryption-aws-kms-key-id": self.kms_key_id,
        }


BUCKETS_DEFAULT = Encryption()
"""Nothing is said, and S3 does what the bucket's owner set."""
