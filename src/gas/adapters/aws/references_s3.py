"""The references in S3: `<instance>/catalogue.json`, and `<instance>/bundles/<digest>/<file>` for each bundle."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from gas.adapters.aws.catalogue_cache import CatalogueCache, CatalogueRead
from gas.adapters.aws.deletion_s3 import delete_objects
from gas.adapters.aws.encryption import BUCKETS_DEFAULT, Encryption
from gas.adapters.aws.errors import NOT_FOUND, aws_errors, code_of
from gas.adapters.aws.large_files_s3 import (
    LARGE_BYTES,
    PART_BYTES,
    download_rest,
    read_checksum,
    upload_file,
)
from gas.adapters.aws.storage_classes import is_archived
from gas.adapters.wire_catalogue import catalogue_from_json, catalogue_to_json
from gas.domain.built_in_references import NOTHING_PUBLISHED
from gas.domain.catalogue import Catalogue
from gas.domain.errors import ArchivedObjectError, ConflictError, FatalError, NotFoundError, UsageError
from gas.domain.keys import MANIFEST_FILE, bundle_key, bundles_prefix, catalogue_key, digest_of_key
from gas.domain.manifest import MOST_MANIFEST_BYTES, BundleFile, Manifest
from gas.ports.clock import Clock
from gas.ports.objects import Checkpoint, no_stop
from gas.ports.references import Sending, unsaid

_UNCHANGED = "304"
_NO_BUCKET = "NoSuchBucket"
_ARCHIVED = "InvalidObjectState"
"""What S3 says to whoever gets an object that has to be retrieved first."""


class S3References:
    """Implements `PublishedReferences`. Threads share it.

    It only ever gets objects, so that those who may do nothing else can read, and looks or lists only when it publishes.
    `hasty` is a client that soon gives up, for the catalogue: people wait for it, and it is asked for again.
    """

    def __init__(
        self,
        client: Any,
        bucket: str,
        prefix: str,
        clock: Clock,
        encryption: Encryption = BUCKETS_DEFAULT,
        *,
        hasty: Any = None,
        large_bytes: int = LARGE_BYTES,
        part_bytes: int = PART_BYTES,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._encryption = encryption
        self._hasty = hasty or client
        self._large_bytes = large_bytes
        self._part_bytes = part_bytes
        self._cache = CatalogueCache(self._read, clock)

    def catalogue(self, *, anew: bool = False) -> Catalogue:
        """The catalogue. An installation without the bucket has published nothing."""
        return self._cache.catalogue(anew=anew)

    def replace(self, before: Catalogue, after: Catalogue) -> None:
        """Write the published entries, on condition that those of `before` are still there."""
        key = catalogue_key(self._prefix)
        now = self._read(None)
        if now.catalogue != before:
            self._cache.forget()
            raise ConflictError("The references catalogue has changed in between: read it again.")
        condition = {"IfMatch": now.etag} if now.etag else {"IfNoneMatch": "*"}
        try:
            with aws_errors(f"object s3://{self._bucket}/{key}"):
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=catalogue_to_json(after),
                    ContentType="application/json",
                    **condition,
                    **self._encryption.arguments(),
                )
        except NotFoundError as error:  # Somebody has removed what was to be replaced.
            raise ConflictError("The references catalogue is gone: read it again.") from error
        finally:
            self._cache.forget()

    def manifest(self, digest: str) -> bytes:
        """The manifest of a bundle."""
        named = self._named(digest, MANIFEST_FILE)
        with (
            _read_errors(named),
            closing(self._client.get_object(**self._place(digest, MANIFEST_FILE))["Body"]) as body,
        ):
            content: bytes = body.read(MOST_MANIFEST_BYTES + 1)
        if len(content) > MOST_MANIFEST_BYTES:
            raise UsageError(f"The {named} is larger than any manifest: publish the bundle again.")
        return content

    def download(self, digest: str, file_name: str, path: Path, *, checkpoint: Checkpoint = no_stop) -> None:
        """Bring a file to a path, going on after what is there."""
        place = self._place(digest, file_name)
        with _read_errors(self._named(digest, file_name)):
            download_rest(self._client, place["Bucket"], place["Key"], path, checkpoint)

    def checksum(self, digest: str, file_name: str) -> tuple[int, str]:
        """Size and SHA-256 of a stored file."""
        place = self._place(digest, file_name)
        with _read_errors(self._named(digest, file_name)):
            return read_checksum(self._client, place["Bucket"], place["Key"])

    def upload(
        self,
        digest: str,
        files: Mapping[str, Path],
        manifest: bytes,
        *,
        again: bool = False,
        sending: Sending = unsaid,
    ) -> None:
        """Store files, those that are there already only `again`, then the manifest."""
        told = Manifest.from_json(manifest)
        told.require(digest, {name: path.stat().st_size for name, path in files.items()})
        for name, path in files.items():
            if again or not self._has(digest, name, told.files[name]):
                sending(name, told.files[name].size_bytes)
                upload_file(
                    self._client,
                    self._bucket,
                    bundle_key(self._prefix, digest, name),
                    path,
                    sha256=told.files[name].sha256,
                    encryption=self._encryption,
                    large_bytes=self._large_bytes,
                    part_bytes=self._part_bytes,
                )
        with aws_errors(self._named(digest, MANIFEST_FILE)):
            self._client.put_object(
                **self._place(digest, MANIFEST_FILE),
                Body=manifest,
                ContentType="application/json",
                **self._encryption.arguments(),
            )

    def stored(self) -> Mapping[str, datetime]:
        """All digests, and when something of each was stored last."""
        times: dict[str, datetime] = {}
        for key, time in self._listed(bundles_prefix(self._prefix)):
            digest = digest_of_key(self._prefix, key)
            if digest is not None:
                times[digest] = max(time, times.get(digest, time))
        return times

    def remove(self, digest: str) -> None:
        """Remove a bundle's manifest, then its files."""
        manifest = bundle_key(self._prefix, digest, MANIFEST_FILE)
        keys = [key for key, _ in self._listed(manifest.removesuffix(MANIFEST_FILE))]
        delete_objects(self._client, self._bucket, (manifest,) if manifest in keys else ())
        delete_objects(self._client, self._bucket, tuple(key for key in keys if key != manifest))

    def _read(self, last: CatalogueRead | None) -> CatalogueRead:
        key = catalogue_key(self._prefix)
        condition = {"IfNoneMatch": last.etag} if last is not None and last.etag else {}
        try:
            # No publishing brings back the catalogue: it reads it first.
            with _read_errors(f"object s3://{self._bucket}/{key}", or_else=""):
                try:
                    answer = self._hasty.get_object(Bucket=self._bucket, Key=key, **condition)
                    document = answer["Body"].read()
                except ClientError as error:
                    if last is not None and code_of(error) == _UNCHANGED:
                        return last
                    if code_of(error) == _NO_BUCKET:
                        return CatalogueRead(NOTHING_PUBLISHED, None)
                    raise
        except NotFoundError:
            return CatalogueRead(NOTHING_PUBLISHED, None)
        return CatalogueRead(catalogue_from_json(document), answer["ETag"])

    def _has(self, digest: str, file_name: str, told: BundleFile) -> bool:
        with aws_errors(self._named(digest, file_name)):
            try:
                answer = self._client.head_object(**self._place(digest, file_name))
            except ClientError as error:
                if code_of(error) in NOT_FOUND:
                    return False
                raise
        same = (answer["ContentLength"], answer["Metadata"].get("sha256")) == (told.size_bytes, told.sha256)
        # What lies in the archive nobody can read: sent again, it is hot again.
        return same and not is_archived(answer)

    def _listed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        with aws_errors(f"bucket {self._bucket}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            for page in pages:
                for found in page.get("Contents", []):
                    yield found["Key"], found["LastModified"]

    def _place(self, digest: str, file_name: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": bundle_key(self._prefix, digest, file_name)}

    def _named(self, digest: str, file_name: str) -> str:
        return f"object s3://{self._bucket}/{bundle_key(self._prefix, digest, file_name)}"


@contextmanager
def _read_errors(resource: str, or_else: str = ", or publish its bundle again") -> Iterator[None]:
    """As `aws_errors`; what a rule of the bucket moved to the archive comes back by nobody's waiting, so that it is for operators.

    Raises:
        FatalError: it lies in the archive, beside all else that `aws_errors` raises.
    """
    try:
        with aws_errors(resource):
            yield
    except ArchivedObjectError as error:
        raise FatalError(
            f"The {resource} is in the archive, where a lifecycle rule of the bucket moved it: remove the rule, and copy the "
            f"object back to STANDARD{or_else}.",
            _ARCHIVED,
        ) from error
