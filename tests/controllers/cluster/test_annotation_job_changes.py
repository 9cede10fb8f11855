"""What of an AnnotationJob may be changed later, and what is refused with which words."""

from typing import Any

import pytest
import yaml

from kube.kubectl import Kubectl
from tests.support.kube import OTHER_USER, USER, annotation_job, condition, create, patch, read

pytestmark = pytest.mark.kube

FIXED: dict[str, tuple[dict[str, Any], str]] = {
    "userID": (
        {"userID": OTHER_USER},
        (
            "spec.userID: Forbidden: userID cannot be changed: delete this AnnotationJob and create another "
            "for the other user"
        ),
    ),
    "bucket": (
        {"input": {"bucket": "other"}},
        "spec.input.bucket: Forbidden: input.bucket cannot be changed: create another AnnotationJob for another input",
    ),
    "key": (
        {"input": {"key": "other"}},
        "spec.input.key: Forbidden: input.key cannot be changed: create another AnnotationJob for another input",
    ),
    "fileName": (
        {"input": {"fileName": "other"}},
        (
            "spec.input.fileName: Forbidden: input.fileName cannot be changed: create another AnnotationJob "
            "for another input"
        ),
    ),
    "reference": (
        {"reference": "other"},
        "spec.reference: Forbidden: reference cannot be changed: create another AnnotationJob for another reference",
    ),
    "userID-removed": ({"userID": None}, "spec.userID: Required value"),
    "input-removed": ({"input": None}, "spec.input: Required value"),
    "reference-removed": ({"reference": None}, "spec.reference: Required value"),
}


def test_what_describes_the_job_is_fixed(kubectl: Kubectl, namespace: str) -> None:
    """No field that says which job this is can be changed or removed; the answer says what to do instead."""
    create(kubectl, namespace, annotation_job())

    answers = {
        name: patch(kubectl, namespace, "job-1", {"spec": change}) for name, (change, _) in FIXED.items()
    }

    for name, (_, words) in FIXED.items():
        assert answers[name].code != 0, name
        assert words in answers[name].stderr
    assert read(kubectl, namespace, "job-1")["metadata"]["generation"] == 1


OWN = {"bucket": "gas-inputs", "key": f"inputs/{USER}/up-1~mine.bed", "fileName": "mine.bed"}


def test_an_own_file_is_fixed(kubectl: Kubectl, namespace: str) -> None:
    """It can be neither changed nor removed, and none can be added later; the answer says what to do instead."""
    create(kubectl, namespace, annotation_job("with", ownFile=OWN), annotation_job("without"))
    tried: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "ownFile can neither be added nor removed: create another": [
            ("with", {"ownFile": None}),
            ("without", {"ownFile": OWN}),
        ],
        "ownFile.bucket cannot be changed: create another": [("with", {"ownFile": {"bucket": "other"}})],
        "ownFile.key cannot be changed: create another": [("with", {"ownFile": {"key": "other"}})],
        "ownFile.fileName cannot be changed: create another": [("with", {"ownFile": {"fileName": "other"}})],
    }

    for words, changes in tried.items():
        for name, change in changes:
            answer = patch(kubectl, namespace, name, {"spec": change})
            assert answer.code != 0
            assert words in answer.stderr
    assert patch(kubectl, namespace, "with", {"spec": {"suspend": True}}).code == 0
    assert read(kubectl, namespace, "with")["spec"]["ownFile"] == OWN


def test_policies_can_be_changed(kubectl: Kubectl, namespace: str) -> None:
    """Every other field can be changed, and back where going back means something."""
    create(kubectl, namespace, annotation_job())
    change = {
        "suspend": True,
        "activeDeadlineSeconds": 60,
        "backoffLimit": 5,
        "ttlSecondsAfterFinished": 60,
        "archivePolicy": "Never",
        "retentionSeconds": 60,
        "restore": {"requestTime": "2026-11-23T10:00:00Z", "tier": "Standard"},
        "deletionPolicy": "Delete",
    }
    back = {
        "suspend": False,
        "activeDeadlineSeconds": None,
        "backoffLimit": 2,
        "ttlSecondsAfterFinished": 604800,
        "archivePolicy": "FollowPlan",
        "retentionSeconds": None,
        "deletionPolicy": "Retain",
    }

    there = patch(kubectl, namespace, "job-1", {"spec": change})
    changed = read(kubectl, namespace, "job-1")
    again = patch(kubectl, namespace, "job-1", {"spec": back})

    assert (there.code, again.code) == (0, 0)
    assert changed["spec"] == annotation_job()["spec"] | {"cancel": False} | change
    assert changed["metadata"]["generation"] == 2


CANCEL_RULE = (
    "spec.cancel: Forbidden: cancel cannot be taken back once it is true: leave it true, and submit a new "
    "AnnotationJob to run the annotation again"
)


def test_cancel_cannot_be_taken_back(kubectl: Kubectl, namespace: str) -> None:
    """Once true, cancel can be neither set to false nor removed, by whichever way of patching."""
    create(kubectl, namespace, annotation_job())
    set_ = patch(kubectl, namespace, "job-1", {"spec": {"cancel": True}})

    refused = [
        patch(kubectl, namespace, "job-1", {"spec": {"cancel": False}}),
        patch(kubectl, namespace, "job-1", {"spec": {"cancel": None}}),
        patch(kubectl, namespace, "job-1", [{"op": "remove", "path": "/spec/cancel"}], kind="json"),
        kubectl.ask(
            "replace",
            "--validate=strict",
            f"--namespace={namespace}",
            "-f",
            "-",
            stdin=yaml.safe_dump(annotation_job()),
        ),
    ]

    assert set_.code == 0
    for answer in refused:
        assert answer.code != 0
        assert CANCEL_RULE in answer.stderr
    assert read(kubectl, namespace, "job-1")["spec"]["cancel"] is True


def test_cancelled_job_can_still_be_changed(kubectl: Kubectl, namespace: str) -> None:
    """The rule for cancel stands in no other field's way."""
    create(kubectl, namespace, annotation_job(cancel=True))

    answer = patch(kubectl, namespace, "job-1", {"spec": {"deletionPolicy": "Delete"}})

    assert answer.code == 0


RESTORE_RULE = (
    "spec.restore: Forbidden: restore cannot be removed: set restore.requestTime to the present time to ask for "
    "another one"
)


def test_restore_request_may_be_renewed_and_not_removed(kubectl: Kubectl, namespace: str) -> None:
    """Another time is another request, an earlier one too, as after one by a clock that was fast; removal is refused."""
    create(kubectl, namespace, annotation_job(restore={"requestTime": "2026-11-23T10:00:00Z"}))

    refused = patch(kubectl, namespace, "job-1", {"spec": {"restore": None}})
    accepted = [
        patch(kubectl, namespace, "job-1", {"spec": {"restore": {"requestTime": time}}})
        for time in ("2026-11-23T10:30:00Z", "2026-11-23T10:00:00-01:00", "2026-11-23T09:59:59Z")
    ]

    assert refused.code != 0
    assert RESTORE_RULE in refused.stderr
    assert [answer.code for answer in accepted] == [0, 0, 0]


def test_unknown_field_is_refused_by_strict_apply(kubectl: Kubectl, namespace: str) -> None:
    """A mistyped field is an error with `kubectl apply`, not a silent nothing."""
    create(kubectl, namespace, annotation_job())

    answer = kubectl.ask(
        "apply",
        "--server-side",
        "--validate=strict",
        f"--namespace={namespace}",
        "-f",
        "-",
        stdin=yaml.safe_dump(annotation_job(retentionSecond=60)),
    )

    assert answer.code != 0
    assert "retentionSecond" in answer.stderr


def test_status_in_the_main_resource_is_ignored(kubectl: Kubectl, namespace: str) -> None:
    """Who may write the spec cannot write the status with it, and no generation is counted for the attempt."""
    create(kubectl, namespace, annotation_job())

    answer = patch(kubectl, namespace, "job-1", {"status": {"phase": "Completed"}})

    resource = read(kubectl, namespace, "job-1")
    assert answer.code == 0
    assert "status" not in resource
    assert resource["metadata"]["generation"] == 1


def test_owners_of_the_status_are_told_once(kubectl: Kubectl, namespace: str) -> None:
    """However much the status says, who wrote it is one short entry: everybody who lists resources gets it with each."""
    create(kubectl, namespace, annotation_job())
    status = {"phase": "Completed", "variants": 7, "conditions": [condition("Ready", "True", "Premium")]}

    patch(kubectl, namespace, "job-1", {"status": status}, subresource="status")

    found = read(kubectl, namespace, "job-1", "--show-managed-fields")
    [entry] = [each for each in found["metadata"]["managedFields"] if each.get("subresource") == "status"]
    assert found["status"] == status
    assert entry["fieldsV1"] == {"f:status": {}}


def test_status_changes_count_no_generation(kubectl: Kubectl, namespace: str) -> None:
    """The generation counts changes of the spec only, so observedGeneration can be compared with it."""
    create(kubectl, namespace, annotation_job())

    patch(kubectl, namespace, "job-1", {"status": {"phase": "Pending"}}, subresource="status")

    resource = read(kubectl, namespace, "job-1")
    assert resource["status"] == {"phase": "Pending"}
    assert resource["metadata"]["generation"] == 1
