"""The body of S3's events as AWS words it: slashes in keys stay, and a completed retrieval says when it ends."""

import itertools
from typing import Any
from urllib.parse import quote_plus

from moto.s3 import notifications

_sequence = itertools.count(1)
_moto_event = notifications._get_s3_event  # noqa: SLF001 - moto has no hook for the body


def _event(event_name: str, bucket: Any, key: Any, notification_id: str) -> dict[str, Any]:
    body: dict[str, Any] = _moto_event(event_name, bucket, key, notification_id)
    record = body["Records"][0]
    record["s3"]["object"]["key"] = quote_plus(key.name, safe="/")
    record["s3"]["object"]["sequencer"] = f"{next(_sequence):016X}"
    expiry = key._expiry  # noqa: SLF001 - moto shows it only as a header
    if event_name.startswith("s3:ObjectRestore:Completed") and expiry is not None:
        record["glacierEventData"] = {
            "restoreEventData": {
                "lifecycleRestorationExpiryTime": expiry.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "lifecycleRestoreStorageClass": key.storage_class,
            }
        }
    return body


def install() -> None:
    """Put this wording in moto's place, before the first request."""
    notifications._get_s3_event = _event  # noqa: SLF001
