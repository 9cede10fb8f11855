"""What takes AnnotationJobs away and no job: a CRD or a namespace made anew, an installation that goes, a mass deletion."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from dev.run.cluster.installation import CHART, RELEASE, Installation
from dev.run.installation import CRDS
from dev.run.up.evidence import aws_client
from gas.domain.record import ResourceState
from kube.errors import ClusterError
from tests.support.absence_lists import list_id
from tests.support.inputs import short_vcf
from tests.support.waiting import until

WAITING, DONE = "absent-waiting", "absent-done"
NAMES = [WAITING, DONE]
"""One that operations suspended, and one whose data would go with its resource."""

MANY = [f"absent-many-{n}" for n in range(6)]
"""More than `LIMIT`, which some controllers here have."""

LIMIT = 4
ABSENCE_SECONDS, SECOND_LOOK_SECONDS = 5, 5
LONG = 240


@dataclass(frozen=True)
class Standing:
    """What there is of the jobs."""

    states: dict[str, list[str]]
    sha256: str
    uids: dict[str, str]


def values(installation: Installation, *, keep: bool = True, **more: int) -> dict[str, Any]:
    """The usual values, with looks that a test can wait for, and more of the controllers' settings."""
    found = installation.values()
    found["settings"]["controllers"] |= {
        "absenceSeconds": ABSENCE_SECONDS,
        "secondLookSeconds": SECOND_LOOK_SECONDS,
        **more,
    }
    return {**found, "crds": {"keep": keep}}


@pytest.fixture(scope="module", autouse=True)
def jobs(installation: Installation) -> Iterator[None]:
    """The installation, with both jobs in it; afterwards as the next claims need it."""
    installation.upgrade(values(installation))
    installation.make_user()
    installation.send([WAITING], short_vcf(), suspend=True, deletionPolicy="Delete")
    installation.send([DONE], short_vcf(), deletionPolicy="Delete")
    until(lambda: installation.phases().get(DONE) == "Completed", seconds=LONG, pause=0.5)
    until(lambda: _housed(installation, NAMES), seconds=60, pause=0.5)
    yield
    installation.upgrade()


def _housed(installation: Installation, names: list[str]) -> bool:
    """Whether each has a record already, which knows where its resource stands."""
    records = installation.records(names)
    return len(records) == len(names) and all(job.resource.home for job in records.values())


def standing(installation: Installation) -> Standing:
    """What there is of the jobs now, once each has a resource that its record knows."""
    until(lambda: _all_there(installation), seconds=LONG, pause=0.5)
    records = installation.records(NAMES)
    result = records[DONE].result
    assert result is not None
    stored = aws_client("s3", installation.outside.aws_here).get_object(Bucket=result.bucket, Key=result.key)
    return Standing(
        {name: [entry.status.value for entry in job.history] for name, job in records.items()},
        hashlib.sha256(stored["Body"].read()).hexdigest(),
        {name: job.resource.uid or "" for name, job in records.items()},
    )


def _all_there(installation: Installation) -> bool:
    listed = json.loads(installation.ask("get", "annotationjobs", "-o", "json"))
    uids = {each["metadata"]["name"]: each["metadata"]["uid"] for each in listed["items"]}
    records = installation.records(NAMES)
    return len(records) == len(NAMES) and all(
        job.resource.state is ResourceState.PRESENT and uids.get(name) == job.resource.uid
        for name, job in records.items()
    )


def await_looks(installation: Installation, name: str) -> None:
    """Wait until a deletion that people mean now is obeyed, second look and all: an older one would have been by then."""
    installation.send([name], short_vcf(), suspend=True, deletionPolicy="Delete")
    until(lambda: _housed(installation, [name]), seconds=60, pause=0.5)
    installation.ask("delete", "annotationjob", name)
    until(
        lambda: installation.records([name])[name].status.value == "Deleted",
        seconds=LONG,
        pause=0.5,
    )


def loses_nothing(
    installation: Installation, record_property: Any, before: Standing, canary: str, *, anew: bool
) -> None:
    """The jobs are what they were, and so are the bytes; resources are others only where they had to be made again."""
    standing(installation)
    await_looks(installation, canary)
    after = standing(installation)
    record_property(
        "jobs", {"jobs": len(NAMES), "lost": sum(after.states[n] != before.states[n] for n in NAMES)}
    )
    assert after.states == before.states
    assert after.sha256 == before.sha256
    assert (after.uids != before.uids) is anew


def test_crd_made_anew(installation: Installation, record_property: Any) -> None:
    """`kubectl replace --force` of the CRD takes every AnnotationJob away: all are made again, no job and no byte is lost."""
    before = standing(installation)

    installation.kubectl.run("replace", "--force", f"--filename={CRDS}", seconds=LONG)

    loses_nothing(installation, record_property, before, "canary-crd", anew=True)
    installation.take_over_crd()


def test_namespace_made_anew(installation: Installation, record_property: Any) -> None:
    """The namespace is deleted and made again, with a new installation: it finds every job, and loses none."""
    before = standing(installation)

    installation.prepare()
    installation.upgrade(values(installation))

    loses_nothing(installation, record_property, before, "canary-namespace", anew=True)


def test_uninstalled_and_installed_again(installation: Installation, record_property: Any) -> None:
    """`helm uninstall`, which keeps the CRD, and a new `helm install` lose no job and no byte."""
    before = standing(installation)

    installation.helm("uninstall", RELEASE, "--wait", "--timeout=240s")
    installation.upgrade(values(installation))

    loses_nothing(installation, record_property, before, "canary-kept", anew=False)


def test_a_crd_of_a_release_elsewhere_is_taken_over(installation: Installation, record_property: Any) -> None:
    """Helm refuses to install beside a CRD that another namespace's release brought; what the chart's README says then helps."""
    before = standing(installation)
    installation.helm("uninstall", RELEASE, "--wait", "--timeout=240s")
    _leave_crd_elsewhere(installation)

    with pytest.raises(ClusterError, match=r"annotationjobs\.gas\.io.* exists and cannot be imported"):
        installation.upgrade(values(installation))
    installation.upgrade(values(installation), CHART, "--take-ownership")

    loses_nothing(installation, record_property, before, "canary-elsewhere", anew=False)


def test_uninstalled_without_keeping_the_crd(installation: Installation, record_property: Any) -> None:
    """`helm uninstall` that takes the CRD along takes the AnnotationJobs with it; a new `helm install` makes them again."""
    before = standing(installation)
    installation.upgrade(values(installation, keep=False))

    installation.helm("uninstall", RELEASE, "--wait", "--timeout=240s")
    until(lambda: _crd_is_gone(installation), seconds=60, pause=0.5)
    installation.upgrade(values(installation))

    loses_nothing(installation, record_property, before, "canary-unkept", anew=True)


def test_a_mass_deletion_is_asked_about(installation: Installation, record_property: Any) -> None:
    """Of too many deletions none is believed. The command of docs/operations.md, in a pod, tells which, and makes them again."""
    installation.upgrade(values(installation, absenceLimit=LIMIT))
    installation.send(MANY, short_vcf(), suspend=True, deletionPolicy="Delete")
    until(lambda: _housed(installation, MANY), seconds=LONG, pause=0.5)

    installation.ask("delete", "annotationjob", *MANY, "--wait=false")
    until(lambda: set(MANY) <= set(decide(installation).split()), seconds=LONG, pause=1)
    listed = decide(installation)
    untouched = {name: job.status.value for name, job in installation.records(MANY).items()}
    decide(installation, "--mistake", list_id(listed))
    until(lambda: set(MANY) <= installation.phases().keys(), seconds=LONG, pause=0.5)
    until(lambda: decide(installation) == "No resource is missing.\n", seconds=LONG, pause=1)

    states = {name: job.status.value for name, job in installation.records(MANY).items()}
    record_property("jobs", {"jobs": len(MANY), "lost": sum(states[n] != untouched[n] for n in MANY)})
    assert states == untouched == dict.fromkeys(MANY, "Pending")


def decide(installation: Installation, *answer: str) -> str:
    """What `gas-absences` says, run as docs/operations.md has it."""
    return installation.ask("exec", "deployment/gas-controllers", "--", "gas-absences", *answer)


def _leave_crd_elsewhere(installation: Installation) -> None:
    """The CRD as Helm leaves it for a release of another namespace: applied by its hand, since another's would be another error."""
    file = installation.folder / "values.yaml"
    rendered = installation.helm(
        "template", RELEASE, str(CHART), f"--values={file}", "--show-only=templates/crds.yaml"
    )
    crd = yaml.safe_load(rendered)
    owner = {"release-name": RELEASE, "release-namespace": "gas-elsewhere"}
    crd["metadata"]["annotations"] |= {f"meta.helm.sh/{name}": value for name, value in owner.items()}
    hand = ("--server-side", "--field-manager=helm", "--force-conflicts")
    installation.kubectl.run("apply", *hand, "--filename=-", stdin=yaml.safe_dump(crd))


def _crd_is_gone(installation: Installation) -> bool:
    return installation.kubectl.ask("get", "crd", "annotationjobs.gas.io").code != 0
