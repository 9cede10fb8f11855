"""An engine that is not ours, in pods: snpEff in an image whose base has no Python, and bundles that name it, published from outside."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dev.run.cluster.foreign_engine import (
    ARCHIVE,
    FOLDERS,
    NAME,
    PROBE,
    PROBE_CODE,
    PROBE_SCRIPT,
    PROBE_VERSION,
    REPOSITORY,
    SAID,
)
from dev.run.cluster.installation import Installation
from dev.run.up.built_reference import BuiltReference
from tests.support.inputs import short_vcf
from tests.support.looks_inside import TRY_TO_WRITE
from tests.support.waiting import PATIENCE_SECONDS, until

JOB_SECONDS = 240.0
"""A JVM starts in the job."""

LOOK_INSIDE = (
    TRY_TO_WRITE
    + """
import json, os, shutil, sys
from gas_annotator.cage import this_kernel

folders = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
print(json.dumps({
    "python": os.path.realpath(sys.executable),
    "pythonsOfTheBase": [name for name in ("python", "python3", "python3.11", "pip") if shutil.which(name, path=folders)],
    "snpEff": shutil.which("snpEff", path=folders),
    "cage": this_kernel().parts,
    "user": os.getuid(),
    "written": written(),
}))
"""
)
"""Told by the image's own Python."""


@pytest.fixture(scope="module")
def folder(installation: Installation) -> Iterator[Path]:
    """The installation with that image and its folders listed, both bundles published; afterwards it is as it was."""
    built = installation.target.foreign_engine
    if not built:
        pytest.skip("its image is built for our own node alone")
    installation.make_user()
    before = installation.helm("get", "manifest", "gas")
    installation.upgrade(with_foreign_engine(installation))
    for name in (NAME, PROBE):
        installation.publish(BuiltReference.beneath(Path(built), name))
    yield Path(built)
    if installation.helm("get", "manifest", "gas") != before:
        installation.upgrade()


def with_foreign_engine(installation: Installation) -> dict[str, Any]:
    """The values of an installation whose annotators hold snpEff, and may run it."""
    values = installation.values()
    values["annotator"]["image"] = {"repository": REPOSITORY, "tag": installation.target.tag}
    values["settings"]["annotator"]["commandFolders"] = list(FOLDERS)
    return values


def test_brings_its_python(installation: Installation, folder: Path, record_property: Any) -> None:
    """An image on a base without Python runs on the one that it brings: restricted, on a read-only root, with all parts of a cage."""
    installation.send(["look-inside"], short_vcf())
    pod = installation.pod("annotator")["metadata"]["name"]

    found = json.loads(installation.ask("exec", pod, "--", "python", "-c", LOOK_INSIDE))

    record_property("found", found)
    record_property("imageBytes", ARCHIVE.stat().st_size)
    assert found["python"].startswith("/opt/gas/python/")
    assert found["pythonsOfTheBase"] == []
    assert found["snpEff"] == "/usr/bin/snpEff"
    assert found["cage"] == {"landlock": True, "seccomp": True}
    assert found["user"] >= 1000
    assert found["written"] == "Read-only file system"
    installation.await_jobs(["look-inside"])
    assert installation.phases()["look-inside"] == "Completed"  # By our own engine, which is there as well.


def test_annotates(installation: Installation, folder: Path, record_property: Any) -> None:
    """A bundle that names snpEff annotates: every record is, to its last character, the one that snpEff writes without us."""
    sample = BuiltReference.beneath(folder, NAME).sample.read_bytes()

    installation.send(["by-snpeff"], sample, reference=NAME)
    seconds = installation.await_jobs(["by-snpeff"], JOB_SECONDS)
    told = _crash(installation, "by-snpeff")

    assert installation.phases()["by-snpeff"] == "Completed", told
    lines = _lines(gzip.decompress(installation.result("by-snpeff")).decode())
    record_property("seconds", round(seconds, 1))
    record_property("records", len(lines))
    assert lines == _lines((folder / SAID).read_text())
    assert len(lines) == len(_lines(sample.decode()))
    assert all("\tANN=" in line for line in lines)
    assert installation.lost_and_doubled(["by-snpeff"]) == {"jobs": 1, "lost": 0, "doubled": 0}


def test_failure_is_told_and_the_cage_holds(
    installation: Installation, folder: Path, record_property: Any
) -> None:
    """A command that fails is told in the documented sentence; of what the pod may reach, it reached nothing."""
    sample = BuiltReference.beneath(folder, NAME).sample.read_bytes()

    installation.send(["by-probe"], sample, reference=PROBE, backoffLimit=0)
    pod = installation.pod("annotator")["metadata"]["name"]
    script = ("bash", "-c", f"exec 2>&1; {PROBE_SCRIPT}", "probe", "0")
    uncaged = installation.ask("exec", pod, "--", *script)
    sentence = until(lambda: _crash(installation, "by-probe"), seconds=PATIENCE_SECONDS, pause=0.5)
    installation.await_jobs(["by-probe"], JOB_SECONDS)
    reason, told = installation.ready_conditions("by-probe")[0]

    record_property("sentence", sentence)
    record_property("told", told)
    assert (
        sentence
        == f"{PROBE_VERSION} ended with exit code {PROBE_CODE}; what it printed is not told, for it may quote the file"
    )
    assert uncaged.strip() == "it reached: keys users tmp work network"
    assert (installation.phases()["by-probe"], reason) == ("Failed", "AttemptsExhausted")


def test_goes_back(installation: Installation, folder: Path, record_property: Any) -> None:
    """With the bundles retired and the usual image, jobs run as before, and nobody is offered what is gone."""
    for name in (NAME, PROBE):
        installation.retire(name)
    seconds = installation.upgrade()
    sample = BuiltReference.beneath(folder, NAME).sample.read_bytes()

    installation.send(["by-ours-again"], short_vcf())
    installation.send(["too-late"], sample, reference=NAME)
    pod = installation.pod("annotator")
    installation.await_jobs(["by-ours-again", "too-late"])
    reason, _ = installation.ready_conditions("too-late")[0]

    record_property("seconds", round(seconds, 1))
    assert REPOSITORY not in json.dumps(pod["spec"])
    assert installation.phases()["by-ours-again"] == "Completed"
    assert (installation.phases()["too-late"], reason) == ("Failed", "ReferenceUnknown")


def _crash(installation: Installation, job: str) -> str | None:
    """What the annotators' log says of a job's last crash. A pod that goes meanwhile says nothing any more."""
    which = ("-l", "app.kubernetes.io/component=annotator", "--tail=-1")
    log = installation.kubectl.ask("-n", installation.namespace, "logs", *which).stdout
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{") and '"crash"' in line]
    found = [each["crash"] for each in lines if each.get("job_id") == job]
    return found[-1] if found else None


def _lines(vcf: str) -> list[str]:
    """The records. What snpEff's starter prints before them, its arguments, is none."""
    return [line for line in vcf.splitlines() if not line.startswith("#") and "\t" in line]
