"""The controllers' identity: what it must be able to do works for real, and everything else is refused."""

import json
from typing import Any

import pytest
import yaml

from dev.run.installation import identity_for_controllers
from kube.control_plane import ControlPlane
from kube.kubectl import Kubectl
from tests.support.kube import annotation_job, create, patch, read

pytestmark = pytest.mark.kube

HOME = "rights"
AWAY = "rights-of-another"


@pytest.fixture(scope="module")
def controllers(kube: ControlPlane) -> Kubectl:
    """Kubectl as the controllers of one installation; another lives beside it."""
    identity_for_controllers(kube, AWAY)
    return Kubectl(kube.kubectl, identity_for_controllers(kube, HOME))


def event(name: str) -> dict[str, Any]:
    """An Event about a job."""
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name},
        "involvedObject": {
            "apiVersion": "gas.io/v1alpha1",
            "kind": "AnnotationJob",
            "name": "job",
            "namespace": HOME,
        },
        "reason": "Archived",
        "type": "Normal",
        "message": "The result moved to the archive.",
    }


def test_identity_is_private_and_holds_no_key(kube: ControlPlane, controllers: Kubectl) -> None:
    """The kubeconfig is readable by its owner only, and holds a token rather than the administrator's key."""
    mode = controllers.kubeconfig.stat().st_mode & 0o777
    [user] = yaml.safe_load(controllers.kubeconfig.read_text())["users"]
    who = json.loads(controllers.run("auth", "whoami", "--output=json"))["status"]["userInfo"]["username"]

    assert mode == 0o600
    assert list(user["user"]) == ["token"]
    assert who == f"system:serviceaccount:{HOME}:gas-controllers"


def test_controllers_live_with_a_resource_from_its_making_to_its_removal(controllers: Kubectl) -> None:
    """They make, read, list, watch and remove resources of their namespace and write their status."""
    made = create(controllers, HOME, annotation_job("life"))
    status = patch(controllers, HOME, "life", {"status": {"phase": "Pending"}}, subresource="status")
    seen = controllers.run("get", "aj", f"--namespace={HOME}", "--output=name")
    watched = controllers.run(
        "get", "--raw", f"/apis/gas.io/v1alpha1/namespaces/{HOME}/annotationjobs?watch=1&timeoutSeconds=1"
    )
    read_back = read(controllers, HOME, "life")
    removed = controllers.ask("delete", "aj", "life", f"--namespace={HOME}", "--wait=false")

    assert (made.code, status.code, removed.code) == (0, 0, 0)
    assert "annotationjob.gas.io/life" in seen.split()
    assert json.loads(watched.splitlines()[0])["type"] == "ADDED"
    assert read_back["status"] == {"phase": "Pending"}


def test_controllers_report_events(controllers: Kubectl) -> None:
    """They write Events, and cannot change one afterwards."""
    # `kubectl patch` reads first, which they may not; an apply is one PATCH.
    apply = ("apply", "--server-side", f"--namespace={HOME}", "-f", "-")

    made = create(controllers, HOME, event("told"))
    changed = controllers.ask(*apply, stdin=yaml.safe_dump({**event("told"), "count": 2}))

    assert (made.code, made.stderr) == (0, "")
    assert changed.code != 0
    assert "forbidden" in changed.stderr.lower()


def test_controllers_can_tell_a_deletion_from_an_outage(controllers: Kubectl) -> None:
    """They read their own namespace and the CRD by name: absence counts only while both exist."""
    namespace = json.loads(controllers.run("get", "namespace", HOME, "--output=json"))
    crd = json.loads(controllers.run("get", "crd", "annotationjobs.gas.io", "--output=json"))

    assert namespace["status"]["phase"] == "Active"
    assert crd["spec"]["group"] == "gas.io"


def test_spec_is_not_theirs(kubectl: Kubectl, controllers: Kubectl) -> None:
    """They can neither patch nor replace a resource, and a spec in a status patch changes nothing."""
    create(kubectl, HOME, annotation_job("owned"))
    change = {"spec": {"deletionPolicy": "Delete"}}
    whole = yaml.safe_dump(annotation_job("owned", deletionPolicy="Delete"))

    patched = patch(controllers, HOME, "owned", change)
    replaced = controllers.ask("replace", f"--namespace={HOME}", "-f", "-", stdin=whole)
    smuggled = patch(controllers, HOME, "owned", change, subresource="status")

    assert 'cannot patch resource "annotationjobs"' in patched.stderr
    assert 'cannot update resource "annotationjobs"' in replaced.stderr
    assert smuggled.code == 0
    assert read(kubectl, HOME, "owned")["spec"]["deletionPolicy"] == "Retain"


def path(namespace: str, resource: str, group: str = "/api/v1") -> str:
    """The address of a namespaced collection."""
    return f"{group}/namespaces/{namespace}/{resource}"


REFUSED = {
    "secrets": path(HOME, "secrets"),
    "one secret": path(HOME, "secrets/any"),
    "configmaps": path(HOME, "configmaps"),
    "list of events": path(HOME, "events"),
    "all namespaces": "/api/v1/namespaces",
    "another namespace": f"/api/v1/namespaces/{AWAY}",
    "jobs of another namespace": path(AWAY, "annotationjobs", "/apis/gas.io/v1alpha1"),
    "jobs of all namespaces": "/apis/gas.io/v1alpha1/annotationjobs",
    "all CRDs": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
}


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED)
def test_nothing_else_can_be_read(controllers: Kubectl, address: str) -> None:
    """Everything that is not theirs answers Forbidden, whether it exists or not."""
    answer = controllers.ask("get", "--raw", address)

    assert answer.code != 0
    assert "Error from server (Forbidden)" in answer.stderr


def test_rights_are_exactly_those_needed(controllers: Kubectl) -> None:
    """The API server's own list of their rights holds these lines and no other."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": HOME},
    }

    text = controllers.run(
        "create",
        "--raw",
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        "-f",
        "-",
        stdin=json.dumps(review),
    )

    rules = {
        (group, resource, tuple(rule.get("resourceNames", [])), tuple(sorted(rule["verbs"])))
        for rule in json.loads(text)["status"]["resourceRules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        # What every signed-in identity may do: ask about itself.
        if group not in {"authorization.k8s.io", "authentication.k8s.io"}
    }
    assert rules == {
        ("gas.io", "annotationjobs", (), ("create", "delete", "get", "list", "watch")),
        ("gas.io", "annotationjobs/status", (), ("get", "patch")),
        ("", "events", (), ("create",)),
        ("", "namespaces", (), ("get",)),
        ("apps", "deployments", ("gas-annotator",), ("get",)),
        ("apiextensions.k8s.io", "customresourcedefinitions", ("annotationjobs.gas.io",), ("get",)),
    }


def test_the_other_installation_has_its_own_rights(kube: ControlPlane, controllers: Kubectl) -> None:
    """Two installations share the chart and not the rights: each lists its own jobs and not the other's."""
    other = Kubectl(kube.kubectl, identity_for_controllers(kube, AWAY))

    own = other.ask("get", "aj", f"--namespace={AWAY}")
    foreign = other.ask("get", "aj", f"--namespace={HOME}")

    assert own.code == 0
    assert "Forbidden" in foreign.stderr
    assert controllers.ask("get", "crd", "annotationjobs.gas.io").code == 0
