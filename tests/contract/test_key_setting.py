"""The key of KMS that the setting names: the ports that are built by it encrypt whatever they write with it."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from gas.adapters.aws.bucket_rules import BucketSpec
from gas.adapters.aws.references_s3 import S3References
from gas.bootstrap import aws_ports
from gas.config import Settings
from gas.domain.built_in_references import BUILT_IN
from gas.domain.catalogue import with_built_in
from gas.domain.keys import MANIFEST_FILE, archive_key, bundle_key, catalogue_key
from gas.domain.names import Bucket, Names
from gas.ports.links import UploadPermit
from gas_setup.infrastructure import TopicSpec
from tests.contract.adapters import client, fresh_names, local_cloud
from tests.support.aws import OUR_KEY
from tests.support.references import a_bundle, an_entry
from tests.support.waiting import PATIENCE_SECONDS

CONTENT = b"annotated"


def encryption_in(names: Names) -> Iterator[tuple[str, tuple[str, str | None]]]:
    """What S3 says of every object of an installation: how it is encrypted, and by which key."""
    s3 = client("s3")
    for bucket in map(names.bucket, Bucket):
        for found in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            head = s3.head_object(Bucket=bucket, Key=found["Key"])
            yield found["Key"], (head["ServerSideEncryption"], head.get("SSEKMSKeyId"))


def test_whatever_is_written_is_encrypted_with_the_key_that_is_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Uploads, results, copies in the archive, and references with their catalogue, in buckets that have no key themselves."""
    names = fresh_names(BucketSpec, TopicSpec)
    inputs, results = names.bucket(Bucket.INPUTS), names.bucket(Bucket.RESULTS)
    monkeypatch.setenv("GAS_INSTANCE", names.instance)
    monkeypatch.setenv("GAS_AWS__ENDPOINT_URL", local_cloud().endpoint)
    monkeypatch.setenv("GAS_AWS__KMS_KEY_ID", OUR_KEY)
    (tmp_path / "result").write_bytes(CONTENT)
    client("s3").put_object(Bucket=results, Key="older", Body=CONTENT, ChecksumAlgorithm="SHA256")
    before = dict(encryption_in(names))
    bundle = a_bundle(tmp_path / "bundle", small=b"genes", large=b"bases" * 1000)
    ports = aws_ports(Settings())
    assert isinstance(ports.references, S3References)
    ports.references._large_bytes = 1000

    form = ports.links.upload(
        UploadPermit(inputs, "upload", 100, "text/plain", {"job-id": "job-1"}), timedelta(minutes=1)
    )
    requests.post(
        form.url, dict(form.fields), files={"file": CONTENT}, timeout=PATIENCE_SECONDS
    ).raise_for_status()
    ports.objects.upload(results, "result", tmp_path / "result", "a.vcf.gz", "application/gzip")
    ports.archive.store(results, "older", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    ports.references.upload(bundle.digest, bundle.files, bundle.manifest)
    listed = ports.references.catalogue()
    ports.references.replace(listed, with_built_in([an_entry(digest=bundle.digest)], BUILT_IN))

    of_bundle = [bundle_key(names.instance, bundle.digest, each) for each in (*bundle.files, MANIFEST_FILE)]
    written = ["upload", "result", archive_key("older"), *of_bundle, catalogue_key(names.instance)]
    assert before == {"older": ("AES256", None)}
    assert dict(encryption_in(names)) == before | dict.fromkeys(written, ("aws:kms", OUR_KEY))
