"""The controllers' rights as files: valid as they stand, and the same for an installation of another name."""

from typing import Any

import yaml

from dev.kube.installation import CONTROLLERS_RBAC, controllers_manifests


def names(documents: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    """Kind, name and namespace of each object."""
    return [(each["kind"], each["metadata"]["name"], each["metadata"].get("namespace")) for each in documents]


def test_file_is_meant_for_the_usual_namespace() -> None:
    """For the namespace gas nothing of the file is changed, so it can be applied as it stands."""
    written = list(yaml.safe_load_all(CONTROLLERS_RBAC.read_text(encoding="utf-8")))

    assert controllers_manifests("gas") == written


def test_another_installation_has_its_own_objects() -> None:
    """Only the cluster role is shared, which is the same for all; no object of one binds the other's account."""
    mine, theirs = controllers_manifests("gas"), controllers_manifests("lab-7")

    assert set(names(mine)) & set(names(theirs)) == {("ClusterRole", "gas-controllers-crd", None)}
    assert {subject["namespace"] for document in theirs for subject in document.get("subjects", [])} == {
        "lab-7"
    }
    assert [document.get("rules") for document in theirs] == [document.get("rules") for document in mine]


def test_no_right_is_wild() -> None:
    """No rule grants every verb, resource or group, and outside its namespace only one object by name."""
    documents = controllers_manifests("gas")

    for rule in (rule for document in documents for rule in document.get("rules", [])):
        assert "*" not in rule["verbs"] + rule["resources"] + rule["apiGroups"]
    [cluster_role] = [document for document in documents if document["kind"] == "ClusterRole"]
    assert [rule["resourceNames"] for rule in cluster_role["rules"]] == [["annotationjobs.gas.io"]]
