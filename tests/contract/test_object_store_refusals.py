"""What is raised of a job's files, and so stands in logs: the job and S3's word, and not what its owner calls the file."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gas.adapters.aws.archive_s3 import S3Archive
from gas.adapters.aws.bucket_rules import BucketSpec
from gas.adapters.aws.objects_s3 import S3ObjectStore
from gas.domain.errors import GasError
from gas.domain.keys import ResultKey
from gas.domain.names import Bucket
from gas.domain.spec import RetrievalTier
from gas_setup.infrastructure import TopicSpec
from tests.contract.adapters import client, fresh_names, local_cloud
from tests.support.jobs import JOB_ID, USER

NAME = "patient smith.vcf"
SIZE, SHA256 = 3, "0" * 64


@pytest.fixture
def calls(tmp_path: Path) -> Iterator[list[Callable[[], object]]]:
    """Every call about one file, in an installation whose S3 refuses all of them."""
    names = fresh_names(BucketSpec, TopicSpec)
    bucket, key = names.bucket(Bucket.RESULTS), str(ResultKey(names.instance, USER, JOB_ID, 1, NAME))
    store = S3ObjectStore(client("s3"))
    archive = S3Archive(client("s3"))
    path = tmp_path / "file"
    path.write_bytes(b"vcf")
    client("s3").put_object(Bucket=bucket, Key=key, Body=b"vcf")
    for operation in ("HeadObject", "GetObject", "PutObject", "CopyObject", "DeleteObjects", "RestoreObject"):
        local_cloud().faults("s3", operation, error="AccessDenied")
    yield [
        lambda: store.head(bucket, key),
        lambda: store.download(bucket, key, tmp_path / "down", "etag"),
        lambda: store.read_start(bucket, key, 2),
        lambda: store.upload(bucket, key, path, NAME, "text/plain"),
        lambda: store.delete(bucket, (key,)),
        lambda: store.erase(bucket, (key,)),
        lambda: archive.store(bucket, key, SIZE, SHA256),
        lambda: archive.look(bucket, key),
        lambda: archive.retrieve(bucket, key, RetrievalTier.STANDARD),
    ]
    local_cloud().clear_faults()


def test_no_refusal_names_a_file(calls: list[Callable[[], object]]) -> None:
    """Who reads the log knows the job, and nothing of the name."""
    for call in calls:
        with pytest.raises(GasError) as refused:
            call()

        assert "smith" not in str(refused.value)
