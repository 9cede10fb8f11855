"""The controllers' rights as the chart gives them, for whoever runs the controllers without pods."""

from typing import Any

from dev.run.installation import SERVICE_ACCOUNT, controllers_manifests


def names(documents: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    """Kind, name and namespace of each object."""
    return [(each["kind"], each["metadata"]["name"], each["metadata"].get("namespace")) for each in documents]


def test_they_are_the_charts() -> None:
    """One account, a role and its binding inside and outside the namespace, and what is refused at the door."""
    assert sorted(names(controllers_manifests("lab-7"))) == [
        ("ClusterRole", "lab-7:gas-controllers", None),
        ("ClusterRoleBinding", "lab-7:gas-controllers", None),
        ("Role", SERVICE_ACCOUNT, "lab-7"),
        ("RoleBinding", SERVICE_ACCOUNT, "lab-7"),
        ("ServiceAccount", SERVICE_ACCOUNT, "lab-7"),
        ("ValidatingAdmissionPolicy", "gas-restores.lab-7", None),
        ("ValidatingAdmissionPolicyBinding", "gas-restores.lab-7", None),
    ]


def test_another_installation_has_its_own_objects() -> None:
    """Nothing is shared, no object of one binds the other's account, and both may do the same."""
    mine, theirs = controllers_manifests("gas"), controllers_manifests("lab-7")

    assert set(names(mine)) & set(names(theirs)) == set()
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


def test_nobody_may_touch_pods_where_there_are_none() -> None:
    """The right to mark pods comes with the policy that narrows it, and not otherwise."""
    resources = [
        resource
        for document in controllers_manifests("gas")
        for rule in document.get("rules", [])
        for resource in rule["resources"]
    ]

    assert "pods" not in resources
