"""What operators see and wait for with kubectl."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import yaml

from dev.run.installation import CRDS
from kube.control_plane import ControlPlane
from kube.kubectl import Kubectl
from tests.support.kube import OTHER_USER, USER, annotation_job, condition, create, patch
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.kube

CRD: dict[str, Any] = yaml.safe_load((CRDS / "annotationjobs.gas.io.yaml").read_text(encoding="utf-8"))
SCHEMA = CRD["spec"]["versions"][0]["schema"]["openAPIV3Schema"]

ARCHIVED = {
    "phase": "Archived",
    "observedGeneration": 1,
    "recordVersion": 7,
    "conditions": [
        condition("Ready", "False", "RetentionOver"),
        condition("Completed", "True", "RetentionOver"),
        condition("Archived", "True", "RetentionOver"),
        condition("Restored", "False", "NotRequested"),
        condition("Failed", "False", "RetentionOver"),
    ],
    "startTime": "2026-11-23T09:00:00Z",
    "completionTime": "2026-11-23T09:01:00Z",
    "archiveTime": "2026-11-23T09:06:00Z",
    "restoreExpectedTime": "2126-11-23T12:00:00Z",
    "retainUntilTime": "2126-11-23T09:06:00Z",
    "attempts": 1,
    "progressPercent": 100,
    "variants": 42,
    "result": {"bucket": "gas-results", "key": "r/u/job-1~f1~s.vcf.gz", "sizeBytes": 9, "sha256": "0" * 64},
    "log": {"bucket": "gas-results", "key": "r/u/job-1~f1~s.log"},
    "archiveID": "archive/r/u/job-1~f1~s.vcf.gz",
}


def set_status(kubectl: Kubectl, namespace: str, name: str, status: dict[str, Any]) -> None:
    """Write the status as the controllers do."""
    answer = patch(kubectl, namespace, name, {"status": status}, subresource="status")
    assert answer.code == 0, answer.stderr


@pytest.fixture(scope="module")
def archive(kube: ControlPlane) -> str:
    """A namespace with one archived job, which the tests only look at."""
    kube.admin.run("create", "namespace", "views-archive")
    create(kube.admin, "views-archive", annotation_job())
    set_status(kube.admin, "views-archive", "job-1", ARCHIVED)
    return "views-archive"


def table(text: str) -> list[dict[str, str]]:
    """The rows of a kubectl table by column; no cell here holds a space or is empty."""
    header, *rows = (line.split() for line in text.splitlines())
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    "name", ["aj", "annotationjob", "annotationjobs", "annotationjobs.gas.io", "genomics"]
)
def test_jobs_are_listed_by_every_name(kubectl: Kubectl, archive: str, name: str) -> None:
    """The short name, the singular, the plural and the category all list the jobs."""
    text = kubectl.run("get", name, f"--namespace={archive}", "--output=name")

    assert text.split() == ["annotationjob.gas.io/job-1"]


def test_list_shows_what_operators_ask_first(kubectl: Kubectl, archive: str) -> None:
    """The default columns are phase, reason, progress, user, the end of retention, and age, in this order."""
    [row] = table(kubectl.run("get", "aj", f"--namespace={archive}"))

    age = row.pop("AGE")
    assert age[0].isdigit()
    assert list(row.items()) == [
        ("NAME", "job-1"),
        ("PHASE", "Archived"),
        ("REASON", "RetentionOver"),
        ("PROGRESS", "100"),
        ("USER", USER),
        ("RETAIN-UNTIL", "2126-11-23T09:06:00Z"),
    ]


def test_wide_list_adds_reference_and_times(kubectl: Kubectl, archive: str) -> None:
    """The wide columns follow; times that have passed show as ages, times ahead as times."""
    [row] = table(kubectl.run("get", "aj", f"--namespace={archive}", "--output=wide"))

    assert list(row)[6:] == ["AGE", "REFERENCE", "COMPLETED", "ARCHIVED", "RESTORE-EXPECTED"]
    assert (row["REFERENCE"], row["RESTORE-EXPECTED"]) == ("rCRS", "2126-11-23T12:00:00Z")
    assert "invalid" not in row["COMPLETED"] + row["ARCHIVED"]


@pytest.fixture(scope="module")
def mixture(kube: ControlPlane) -> str:
    """A namespace with a failed and a running job of one user and a failed one of another."""
    kube.admin.run("create", "namespace", "views-mixture")
    jobs = {"failed": "Failed", "running": "Running", "others": "Failed"}
    resources = [annotation_job(name, userID=OTHER_USER if name == "others" else USER) for name in jobs]
    create(kube.admin, "views-mixture", *resources)
    for name, phase in jobs.items():
        set_status(kube.admin, "views-mixture", name, {"phase": phase})
    return "views-mixture"


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("status.phase=Failed", ["failed", "others"]),
        ("status.phase!=Failed", ["running"]),
        (f"spec.userID={USER}", ["failed", "running"]),
        (f"spec.userID={USER},status.phase=Failed", ["failed"]),
        ("metadata.name=running", ["running"]),
    ],
    ids=["phase", "not phase", "user", "both", "name"],
)
def test_jobs_are_selected_by_phase_and_user(
    kubectl: Kubectl, mixture: str, selector: str, names: list[str]
) -> None:
    """The server itself picks jobs by phase and user."""
    text = kubectl.run("get", "aj", f"--namespace={mixture}", f"--field-selector={selector}", "--output=name")

    assert text.split() == [f"annotationjob.gas.io/{name}" for name in names]


def test_other_fields_are_not_selectable(kubectl: Kubectl, mixture: str) -> None:
    """A selector on any other field is refused rather than answered with everything."""
    answer = kubectl.ask("get", "aj", f"--namespace={mixture}", "--field-selector=spec.reference=rCRS")

    assert answer.code != 0
    assert "field label not supported: spec.reference" in answer.stderr


def objects(schema: dict[str, Any], path: str = "annotationjob") -> dict[str, list[str]]:
    """Every object of a schema with the names of its fields."""
    found: dict[str, list[str]] = {}
    if "properties" in schema:
        found[path] = list(schema["properties"])
        for name, child in schema["properties"].items():
            found |= objects(child.get("items", child), f"{path}.{name}")
    return found


OBJECTS = objects(SCHEMA)


@pytest.mark.parametrize(("path", "names"), OBJECTS.items(), ids=OBJECTS)
def test_every_field_is_explained(kubectl: Kubectl, path: str, names: list[str]) -> None:
    """`kubectl explain` of every object describes it and each of its fields."""
    text = kubectl.run("explain", path)

    listed = [line.split()[0] for line in text.splitlines() if line.startswith("  ") and "\t<" in line]
    assert set(listed) == set(names)
    assert "<no description>" not in text
    assert "<empty>" not in text


def test_waiting_for_completion_ends_for_an_archived_job(kubectl: Kubectl, archive: str) -> None:
    """Completed stays true in the archive, so a script that waits for it does not hang."""
    answer = kubectl.ask(
        "wait",
        "aj/job-1",
        f"--namespace={archive}",
        "--for=condition=Completed",
        f"--timeout={PATIENCE_SECONDS:.0f}s",
    )

    assert answer.stdout == "annotationjob.gas.io/job-1 condition met\n"


def test_waiting_for_a_restore(kubectl: Kubectl, namespace: str) -> None:
    """Ready is false while the result is archived and becomes true when it is back; kubectl waits for that."""
    create(kubectl, namespace, annotation_job())
    set_status(kubectl, namespace, "job-1", ARCHIVED)
    wait = ("wait", "aj/job-1", f"--namespace={namespace}", "--for=condition=Ready")
    restored = [
        condition("Ready", "True", "RetentionRunning"),
        condition("Restored", "True", "RetentionRunning"),
    ]

    too_early = kubectl.ask(*wait, "--timeout=1s")
    with ThreadPoolExecutor(1) as background:
        waiting = background.submit(kubectl.ask, *wait, f"--timeout={PATIENCE_SECONDS:.0f}s")
        set_status(kubectl, namespace, "job-1", {"phase": "Restored", "conditions": restored})

    assert "timed out waiting for the condition" in too_early.stderr
    assert waiting.result().stdout == "annotationjob.gas.io/job-1 condition met\n"


def test_describe_tells_the_reason_in_a_sentence(kubectl: Kubectl, archive: str) -> None:
    """`kubectl describe` shows each condition with its reason and its sentence."""
    text = kubectl.run("describe", "aj", "job-1", f"--namespace={archive}")

    assert "RetentionOver" in text
    assert "A sentence." in text
