"""References: published from outside, fetched onto the node once, waited for, and refused where they are damaged."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dev.run.cluster.installation import Installation
from dev.run.cluster.shared_folder import SharedFolder
from dev.run.up.built_reference import BuiltReference
from dev.run.up.evidence import aws_client
from dev.run.up.yeast_reference import NAME
from gas.domain.keys import bundles_prefix
from tests.support.inputs import short_vcf
from tests.support.toy_genome import toy_bundle
from tests.support.waiting import PATIENCE_SECONDS, until

HELD_GETS, HELD_MS = 3, 8000
"""So many requests of a fetch are answered so late: a small bundle would be there before anybody could look."""


@pytest.fixture(scope="module")
def folder(installation: Installation) -> Iterator[SharedFolder]:
    """A folder of the node that all annotators share by a claim, as a platform owner gives them one."""
    if not installation.target.own_state_dir:
        pytest.skip("it puts a volume onto the node")
    shared = SharedFolder.make(installation, Path(installation.target.own_state_dir) / "references")
    values = installation.values()
    values["annotator"]["references"] = {"existingClaim": shared.claim, "size": "1Gi"}
    installation.upgrade(values)
    yield shared
    installation.upgrade()
    shared.remove()


@pytest.fixture(scope="module")
def yeast(installation: Installation) -> BuiltReference:
    """Yeast's first chromosome, built of its files before the node was entered, which leads to no registry."""
    folder = installation.target.references
    assert folder, "yeast could not be had: what was printed before the tests says why"
    return BuiltReference.beneath(Path(folder), NAME)


def test_needs_no_bundles(installation: Installation, record_property: Any) -> None:
    """Without a bundle rCRS is annotated, the notes of the installation say what to do next, and another name is refused by a sentence."""
    installation.make_user()

    installation.send(["by-itself"], short_vcf())
    installation.send(["too-early"], short_vcf(), reference=NAME)
    installation.await_jobs(["by-itself", "too-early"])
    # Whoever upgrades knows it already.
    notes = installation.helm("get", "notes", "gas", "--revision=1")
    reason, sentence = installation.ready_conditions("too-early")[0]

    record_property("sentence", sentence)
    assert installation.phases()["by-itself"] == "Completed"
    assert (installation.phases()["too-early"], reason) == ("Failed", "ReferenceUnknown")
    assert NAME in sentence
    assert "gas-reference publish" in notes


def test_is_published_from_outside(
    installation: Installation, folder: SharedFolder, yeast: BuiltReference, record_property: Any
) -> None:
    """`gas-reference publish` is all: no pod restarts, a job says that it waits for the reference, then it has its known variants."""
    before = _standing(installation)
    installation.publish(yeast)
    digest = _digest(installation, NAME)
    control = installation.outside.control
    control.faults("s3", "GetObject", holding=f"bundles/{digest}/", delayMs=HELD_MS, count=HELD_GETS)
    try:
        installation.send(["culture"], yeast.sample.read_bytes(), reference=NAME)
        waited = until(
            lambda: [
                said
                for reason, said in installation.ready_conditions("culture")
                if reason == "WaitingForReference"
            ],
            seconds=PATIENCE_SECONDS,
            pause=0.2,
        )
    finally:
        control.clear_faults()
    seconds = installation.await_jobs(["culture"])
    job = installation.records(["culture"])["culture"]

    record_property("sentence", waited[0])
    record_property("secondsFromThereToDone", round(seconds, 1))
    assert _standing(installation) == before
    assert installation.phases()["culture"] == "Completed"
    assert "is being fetched" in waited[0]
    assert job.reference_digest == digest
    assert job.attempts == 0
    assert folder.names() >= {digest}
    assert b"Synthetic_NOTE=" in gzip.decompress(installation.result("culture"))


def test_is_fetched_once(
    installation: Installation, folder: SharedFolder, yeast: BuiltReference, record_property: Any
) -> None:
    """A later annotator finds the bundle on its node: its job is done while the store has no bundle at all."""
    assert folder.names(), "nothing was fetched before"
    installation.await_nobody()
    digest = _digest(installation, NAME)
    with _without_bundle(installation, digest) as taken:
        installation.send(["culture-again"], yeast.sample.read_bytes(), reference=NAME)
        seconds = installation.await_jobs(["culture-again"])
    found = installation.records(["culture", "culture-again"])
    first, again = found["culture"].result, found["culture-again"].result

    record_property("seconds", round(seconds, 1))
    record_property("filesTakenAway", taken)
    assert taken > 1
    assert installation.phases()["culture-again"] == "Completed"
    assert first is not None
    assert again is not None
    assert again.sha256 == first.sha256
    assert installation.lost_and_doubled([*found]) == {"jobs": 2, "lost": 0, "doubled": 0}


def test_damaged_is_refused(
    installation: Installation, folder: SharedFolder, tmp_path: Path, record_property: Any
) -> None:
    """A bundle that is damaged where it is stored annotates nothing: its job waits and says what operations do; others go on."""
    toy = toy_bundle(tmp_path, "damaged")
    toy.publish(installation.ports().references)
    s3, bucket = aws_client("s3", installation.outside.aws_here), _bucket(installation)
    [key] = [key for key in _keys(installation, toy.digest) if key.endswith("/model.bin")]
    sound = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=bytes(len(sound)))

    installation.send(["damaged"], toy.vcf, reference="damaged")
    said = until(
        lambda: [
            said
            for _, said in installation.ready_conditions("damaged")
            if "is damaged where it is stored" in said
        ],
        seconds=PATIENCE_SECONDS,
        pause=0.2,
    )
    installation.send(["beside-damaged"], short_vcf())
    installation.await_jobs(["beside-damaged"])

    record_property("sentence", said[0])
    assert "publish the bundle again" in said[0]
    assert not installation.finished(["damaged"])
    assert toy.digest not in folder.names()
    installation.ask("delete", "annotationjob", "damaged")


@contextmanager
def _without_bundle(installation: Installation, digest: str) -> Iterator[int]:
    """No file of a bundle is in the store meanwhile; how many were."""
    s3, bucket = aws_client("s3", installation.outside.aws_here), _bucket(installation)
    files = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in _keys(installation, digest)}
    for key in files:
        s3.delete_object(Bucket=bucket, Key=key)
    try:
        yield len(files)
    finally:
        for key, content in files.items():
            s3.put_object(Bucket=bucket, Key=key, Body=content)


def _keys(installation: Installation, digest: str) -> list[str]:
    """Where the files of a bundle lie."""
    s3 = aws_client("s3", installation.outside.aws_here)
    prefix = f"{bundles_prefix(installation.namespace)}{digest}/"
    found = s3.list_objects_v2(Bucket=_bucket(installation), Prefix=prefix).get("Contents", [])
    return [each["Key"] for each in found]


def _bucket(installation: Installation) -> str:
    return f"{installation.namespace}-references"


def _digest(installation: Installation, name: str) -> str:
    """The bundle that a name means."""
    entry = installation.ports().references.catalogue(anew=True).current(name)
    assert entry is not None, f"{name} was not published"
    digest: str = entry.digest
    return digest


def _standing(installation: Installation) -> dict[str, int]:
    """The pods that always run, and how often each was restarted."""
    return {
        pod["metadata"]["name"]: sum(each["restartCount"] for each in pod["status"]["containerStatuses"])
        for component in ("web", "controllers")
        for pod in installation.pod_objects(component)
    }
