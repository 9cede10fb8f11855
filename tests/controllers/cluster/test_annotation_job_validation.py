"""What the API server accepts as an AnnotationJob and what it refuses, with the words that people read."""

import re
from typing import Any

import pytest

from kube.control_plane import ControlPlane
from kube.kubectl import Answer, Kubectl
from tests.support.kube import USER, annotation_job, create, patch, read

pytestmark = pytest.mark.kube

NOWHERE = "default"
"""The namespace of resources that are refused: they never come to be, so they need none of their own."""

INPUT = annotation_job()["spec"]["input"]


def with_input(**change: Any) -> dict[str, Any]:
    """A spec change: the usual input with some of its fields replaced."""
    return {"input": {**INPUT, **change}}


def with_own(**change: Any) -> dict[str, Any]:
    """A spec change: a file of the owner's own, named as the input is, with some of its fields replaced."""
    return {"ownFile": {**INPUT, **change}}


GOOD: dict[str, dict[str, Any]] = {
    "the-least": {},
    "an-own-file": with_own(key=f"in/{USER}/u~mine.bed", fileName="mine.bed"),
    "the-longest-own-file": with_own(key="k" * 1024, fileName="ä" * 255),
    "everything": {
        "suspend": True,
        "cancel": True,
        "activeDeadlineSeconds": 1,
        "backoffLimit": 0,
        "ttlSecondsAfterFinished": 0,
        "archivePolicy": "Immediate",
        "retentionSeconds": 0,
        "restore": {"requestTime": "2026-11-23T10:00:00Z", "tier": "Bulk"},
        "deletionPolicy": "Delete",
    },
    "the-most": {
        "activeDeadlineSeconds": 2147483647,
        "backoffLimit": 10,
        "ttlSecondsAfterFinished": 2147483647,
        "retentionSeconds": 2147483647,
    },
    "two-dots-in-a-file-name": with_input(key=f"in/{USER}/j~a..vcf", fileName="a..vcf"),
    "letters-of-any-language": with_input(key=f"in/{USER}/j~žluť 変異.vcf", fileName="žluť 変異.vcf"),
    "the-longest-file-name": with_input(fileName="ä" * 255),
    "the-longest-key": with_input(key="k" * 1024),
    "time-with-fraction-and-offset": {"restore": {"requestTime": "2026-11-23T10:00:00.123456+01:00"}},
}


@pytest.fixture(scope="module")
def accepted(kube: ControlPlane) -> Answer:
    """Kubectl's answer to all good resources, created at once: one start of kubectl instead of one for each."""
    kube.admin.run("create", "namespace", "validation-good")
    return create(
        kube.admin, "validation-good", *(annotation_job(name, **change) for name, change in GOOD.items())
    )


@pytest.mark.parametrize("name", GOOD)
def test_good_resource_is_accepted(accepted: Answer, name: str) -> None:
    """A resource within the rules is created, with strict validation and without a warning."""
    assert f"annotationjob.gas.io/{name} created" in accepted.stdout.splitlines()
    assert accepted.stderr == ""


def test_defaults_are_those_of_the_design(kubectl: Kubectl, namespace: str) -> None:
    """A person who writes only what is required gets the documented policies."""
    create(kubectl, namespace, annotation_job())

    spec = read(kubectl, namespace, "job-1")["spec"]

    assert spec == annotation_job()["spec"] | {
        "suspend": False,
        "cancel": False,
        "backoffLimit": 2,
        "ttlSecondsAfterFinished": 604800,
        "archivePolicy": "FollowPlan",
        "deletionPolicy": "Retain",
    }


def test_restore_is_expedited_unless_said_otherwise(kubectl: Kubectl, namespace: str) -> None:
    """A restore request that names no tier is an expedited one."""
    create(kubectl, namespace, annotation_job(restore={"requestTime": "2026-11-23T10:00:00Z"}))

    restore = read(kubectl, namespace, "job-1")["spec"]["restore"]

    assert restore == {"requestTime": "2026-11-23T10:00:00Z", "tier": "Expedited"}


KEY_RULE = (
    'spec.input.key: Invalid value: "string": input.key must not contain //, nor a part that is only . or ..: '
    "name the key as it was uploaded"
)
BODY = "in body should"

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "user-too-short": ({"userID": "a" * 25}, f"spec.userID {BODY} match '^[a-z0-9]{{26}}$'"),
    "user-with-capital": ({"userID": "A" * 26}, f"spec.userID {BODY} match '^[a-z0-9]{{26}}$'"),
    "user-too-long": ({"userID": "a" * 27}, "spec.userID: Too long: may not be more than 26 bytes"),
    "user-not-given": ({"userID": None}, "spec.userID: Required value"),
    "input-not-given": ({"input": None}, "spec.input: Required value"),
    "bucket-not-given": (with_input(bucket=None), "spec.input.bucket: Required value"),
    "bucket-with-capital": (with_input(bucket="Inputs"), f"spec.input.bucket {BODY} match"),
    "bucket-too-short": (with_input(bucket="ab"), f"spec.input.bucket {BODY} be at least 3 chars long"),
    "bucket-too-long": (with_input(bucket="b" * 64), "spec.input.bucket: Too long"),
    "key-not-given": (with_input(key=None), "spec.input.key: Required value"),
    "key-empty": (with_input(key=""), f"spec.input.key {BODY} be at least 1 chars long"),
    "key-too-long": (with_input(key="k" * 1025), "spec.input.key: Too long"),
    "key-with-empty-part": (with_input(key=f"in//{USER}/j~a.vcf"), KEY_RULE),
    "key-leading-up": (with_input(key=f"in/{USER}/../other/j~a.vcf"), KEY_RULE),
    "key-ending-up": (with_input(key="in/.."), KEY_RULE),
    "key-with-dot": (with_input(key="./in"), KEY_RULE),
    "key-from-root": (with_input(key="/in"), f"spec.input.key {BODY} match"),
    "key-with-newline": (with_input(key="in/a\nb"), f"spec.input.key {BODY} match"),
    "file-name-not-given": (with_input(fileName=None), "spec.input.fileName: Required value"),
    "file-name-empty": (with_input(fileName=""), f"spec.input.fileName {BODY} be at least 1 chars long"),
    "file-name-too-long": (with_input(fileName="f" * 256), "spec.input.fileName: Too long"),
    "file-name-with-folder": (with_input(fileName="a/b.vcf"), f"spec.input.fileName {BODY} match"),
    "file-name-with-backslash": (with_input(fileName="a\\b.vcf"), f"spec.input.fileName {BODY} match"),
    "file-name-with-escape": (with_input(fileName="a\x1b[2Jb.vcf"), f"spec.input.fileName {BODY} match"),
    "file-name-with-c1-control": (with_input(fileName="a\x9bb.vcf"), f"spec.input.fileName {BODY} match"),
    "file-name-is-a-folder": (
        with_input(fileName=".."),
        "input.fileName must be the name of a file: . and .. are folders",
    ),
    "own-file-without-a-key": (with_own(key=None), "spec.ownFile.key: Required value"),
    "own-file-without-a-name": (with_own(fileName=None), "spec.ownFile.fileName: Required value"),
    "own-bucket-with-capital": (with_own(bucket="Inputs"), f"spec.ownFile.bucket {BODY} match"),
    "own-key-leading-up": (
        with_own(key=f"in/{USER}/../other/j~a.bed"),
        KEY_RULE.replace("spec.input", "spec.ownFile").replace("input.key", "ownFile.key"),
    ),
    "own-key-too-long": (with_own(key="k" * 1025), "spec.ownFile.key: Too long"),
    "own-name-with-folder": (with_own(fileName="a/b.bed"), f"spec.ownFile.fileName {BODY} match"),
    "own-name-is-a-folder": (
        with_own(fileName=".."),
        "ownFile.fileName must be the name of a file: . and .. are folders",
    ),
    "reference-not-given": ({"reference": None}, "spec.reference: Required value"),
    "reference-empty": ({"reference": ""}, "spec.reference"),
    "reference-with-path": ({"reference": "../rCRS"}, f"spec.reference {BODY} match"),
    "reference-too-long": ({"reference": "r" * 64}, "spec.reference: Too long"),
    "suspend-as-text": ({"suspend": "yes"}, "spec.suspend: Invalid value"),
    "deadline-zero": (
        {"activeDeadlineSeconds": 0},
        f"spec.activeDeadlineSeconds {BODY} be greater than or equal to 1",
    ),
    "deadline-too-large": ({"activeDeadlineSeconds": 2**31}, "spec.activeDeadlineSeconds"),
    "backoff-negative": ({"backoffLimit": -1}, f"spec.backoffLimit {BODY} be greater than or equal to 0"),
    "backoff-too-large": ({"backoffLimit": 11}, f"spec.backoffLimit {BODY} be less than or equal to 10"),
    "ttl-negative": (
        {"ttlSecondsAfterFinished": -1},
        f"spec.ttlSecondsAfterFinished {BODY} be greater than or equal to 0",
    ),
    "policy-unknown": (
        {"archivePolicy": "Sometimes"},
        'spec.archivePolicy: Unsupported value: "Sometimes": supported values: "FollowPlan", "Never", "Immediate"',
    ),
    "retention-negative": (
        {"retentionSeconds": -1},
        f"spec.retentionSeconds {BODY} be greater than or equal to 0",
    ),
    "restore-without-time": ({"restore": {"tier": "Bulk"}}, "spec.restore.requestTime: Required value"),
    "restore-without-zone": (
        {"restore": {"requestTime": "2026-11-23T10:00:00"}},
        "spec.restore.requestTime",
    ),
    "restore-at-no-date": ({"restore": {"requestTime": "2026-13-23T10:00:00Z"}}, "spec.restore.requestTime"),
    "restore-tier-unknown": (
        {"restore": {"requestTime": "2026-11-23T10:00:00Z", "tier": "Fast"}},
        'spec.restore.tier: Unsupported value: "Fast": supported values: "Expedited", "Standard", "Bulk"',
    ),
    "deletion-policy-unknown": (
        {"deletionPolicy": "Keep"},
        'spec.deletionPolicy: Unsupported value: "Keep": supported values: "Retain", "Delete"',
    ),
}


@pytest.fixture(scope="module")
def refused(kube: ControlPlane) -> dict[str, str]:
    """Kubectl's words on each bad resource, by the resource's name; all were offered at once."""
    answer = create(
        kube.admin, NOWHERE, *(annotation_job(name, **change) for name, (change, _) in BAD.items())
    )
    assert (answer.code, answer.stdout) == (1, "")
    _, *told = re.split(r'AnnotationJob\.gas\.io "(\S+)" is invalid: ', answer.stderr)
    return dict(zip(told[::2], told[1::2], strict=True))


@pytest.mark.parametrize(("name", "words"), [(name, words) for name, (_, words) in BAD.items()], ids=BAD)
def test_bad_resource_is_refused(refused: dict[str, str], name: str, words: str) -> None:
    """A resource that breaks a rule is not created, and the answer names the field and the rule."""
    assert words in refused[name]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"priority": 1}, 'strict decoding error: unknown field "spec.priority"'),
        (with_input(size=1), 'strict decoding error: unknown field "spec.input.size"'),
    ],
    ids=["in the spec", "in the input"],
)
def test_unknown_field_is_refused(kubectl: Kubectl, change: dict[str, Any], words: str) -> None:
    """A mistyped field is an error under strict validation, not a silent nothing."""
    answer = create(kubectl, NOWHERE, annotation_job(**change))

    assert answer.code != 0
    assert words in answer.stderr


NAME_RULE = (
    "metadata.name is the job's id and must be a DNS label: use at most 63 characters a-z, 0-9 and -, "
    "beginning and ending with a letter or digit"
)


@pytest.mark.parametrize("name", ["a.b", "a" * 64], ids=["with a dot", "too long"])
def test_name_that_is_no_label_is_refused(kubectl: Kubectl, name: str) -> None:
    """Kubernetes allows longer and dotted names; a job's id is a DNS label."""
    answer = create(kubectl, NOWHERE, annotation_job(name))

    assert answer.code != 0
    assert NAME_RULE in answer.stderr


@pytest.mark.parametrize("name", ["7", "a" * 63], ids=["one digit", "the longest"])
def test_every_label_is_a_name(kubectl: Kubectl, namespace: str, name: str) -> None:
    """Every DNS label can be the name of a job."""
    answer = create(kubectl, namespace, annotation_job(name))

    assert answer.code == 0


def test_resource_without_spec_is_refused(kubectl: Kubectl) -> None:
    """The status cannot stand alone."""
    resource = annotation_job()
    del resource["spec"]

    answer = create(kubectl, NOWHERE, resource)

    assert "spec: Required value" in answer.stderr


BAD_STATUS: dict[str, tuple[dict[str, Any], str]] = {
    "phase": ({"phase": "Done"}, "status.phase: Unsupported value"),
    "progress": ({"progressPercent": 30}, "status.progressPercent: Unsupported value: 30"),
    "condition-type": (
        {"conditions": [{"type": "Healthy", "status": "True", "reason": "X", "message": ""}]},
        'status.conditions[0].type: Unsupported value: "Healthy"',
    ),
    "condition-without-time": (
        {"conditions": [{"type": "Ready", "status": "True", "reason": "X", "message": ""}]},
        "status.conditions[0].lastTransitionTime: Required value",
    ),
    "checksum": (
        {"result": {"bucket": "b", "key": "k", "sha256": "0"}},
        f"status.result.sha256: Invalid value: \"0\": result.sha256 {BODY} match '^[0-9a-f]{{64}}$'",
    ),
}


@pytest.fixture(scope="module")
def existing(kube: ControlPlane) -> str:
    """The name of a resource in the default namespace whose status nobody manages to change."""
    name = "unchanged"
    create(kube.admin, NOWHERE, annotation_job(name))
    return name


@pytest.mark.parametrize(("status", "words"), BAD_STATUS.values(), ids=BAD_STATUS)
def test_bad_status_is_refused(kubectl: Kubectl, existing: str, status: dict[str, Any], words: str) -> None:
    """A status outside its schema is refused as a whole, so a mistake of the controllers cannot be stored."""
    answer = patch(kubectl, NOWHERE, existing, {"status": status}, subresource="status")

    assert answer.code != 0
    assert words in answer.stderr
    assert "status" not in read(kubectl, NOWHERE, existing)
