"""A release's life on the real API server: installed, upgraded, taken away, with Helm itself."""

import json

import pytest

from dev.run.helm.chart import HelmError, Release, install, uninstall
from kube.control_plane import ControlPlane
from kube.kubectl import Kubectl
from tests.support.charts import Json, values
from tests.support.kube import annotation_job, create

pytestmark = pytest.mark.kube

HAND_MADE: Json = {"crds": {"enabled": False}}
"""The tests' API server has the CRD already; Helm takes over nothing that it did not make."""


def kinds(cluster: Kubectl, release: Release) -> set[str]:
    """What of the release is in its namespace."""
    names = cluster.run(
        "get",
        "deployment,service,configmap,ingress,scaledobject,hpa,pdb,networkpolicy,role,rolebinding",
        f"--namespace={release.namespace}",
        f"--selector=app.kubernetes.io/instance={release.name}",
        "--output=name",
    )
    return set(names.split())


def test_a_release_lives(kube: ControlPlane, cluster: Kubectl, release: Release) -> None:
    """It is installed, upgraded to another host and to premium annotators, and leaves nothing behind."""
    install(values("minimal", HAND_MADE), release, kube.admin_kubeconfig)
    installed = kinds(cluster, release)
    job = create(cluster, release.namespace, annotation_job("kept"))
    more = {
        "ingress": {"host": "vcf.annotation.test"},
        "annotator": {"lines": [{"name": "premium", "plans": ["premium"]}]},
    }
    install(values("minimal", HAND_MADE, more), release, kube.admin_kubeconfig)
    upgraded = kinds(cluster, release)
    host = cluster.run(
        "get",
        "ingress",
        "gas-web",
        f"--namespace={release.namespace}",
        "--output=jsonpath={.spec.rules[0].host}",
    )
    uninstall(release, kube.admin_kubeconfig)
    left = kinds(cluster, release)
    jobs = cluster.run("get", "aj", f"--namespace={release.namespace}", "--output=name")

    assert job.code == 0
    assert "deployment.apps/gas-web" in installed
    assert upgraded - installed >= {
        "deployment.apps/gas-annotator-premium",
        "scaledobject.keda.sh/gas-annotator-premium",
        "poddisruptionbudget.policy/gas-annotator-premium",
    }
    assert host == "vcf.annotation.test"
    assert left == set()
    assert jobs.strip() == "annotationjob.gas.io/kept"


def test_a_second_release_has_its_own_objects(
    kube: ControlPlane, cluster: Kubectl, release: Release, other: Release
) -> None:
    """Another release, in its own namespace, takes nothing from the first, inside or outside of namespaces."""
    install(values("minimal", HAND_MADE), release, kube.admin_kubeconfig)
    install(values("minimal", HAND_MADE), other, kube.admin_kubeconfig)

    uninstall(other, kube.admin_kubeconfig)

    roles = json.loads(cluster.run("get", "clusterrolebinding", "--output=json"))["items"]
    bound = {subject.get("namespace") for role in roles for subject in role.get("subjects") or []}
    assert release.namespace in bound
    assert other.namespace not in bound
    assert "deployment.apps/gas-controllers" in kinds(cluster, release)


def test_what_the_api_server_refuses_is_not_installed(
    kube: ControlPlane, cluster: Kubectl, release: Release
) -> None:
    """The API server's words come through: here a quantity that is none."""
    wrong: Json = {"web": {"resources": {"limits": {"memory": "plenty"}}}}

    with pytest.raises(HelmError, match="quantities must match"):
        install(values("minimal", HAND_MADE, wrong), release, kube.admin_kubeconfig)


NO_ROLES: Json = {
    "annotator": {"aws": {"existingSecret": "keys"}},
    "web": {"oidc": {"clientSecretKey": "other"}},
}


def test_secrets_that_are_not_there_are_told_at_once(
    kube: ControlPlane, cluster: Kubectl, release: Release
) -> None:
    """Each Secret and each key that pods would wait for in silence, with the value that names it; nothing is installed."""
    with pytest.raises(HelmError) as refused:
        install(values("minimal", HAND_MADE, NO_ROLES), release, kube.admin_kubeconfig)

    said = str(refused.value)
    assert f"annotator.aws.existingSecret is keys: namespace {release.namespace} has no Secret" in said
    assert "with the key AWS_ACCESS_KEY_ID." in said
    assert "with the key AWS_SECRET_ACCESS_KEY." in said
    assert "web.oidc.existingSecret is gas-oidc" in said
    assert "with the key other." in said
    assert kinds(cluster, release) == set()


@pytest.mark.parametrize(
    "more",
    [
        {"checkSecrets": False},
        {
            "extraObjects": [
                {
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": {"name": "keys"},
                    "stringData": {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"},
                }
            ]
        },
    ],
    ids=["off", "brought by the release"],
)
def test_secrets_may_come_later(kube: ControlPlane, cluster: Kubectl, release: Release, more: Json) -> None:
    """Where something else makes them, or the release itself does, Helm installs."""
    install(values("minimal", HAND_MADE, NO_ROLES, more), release, kube.admin_kubeconfig)

    assert "deployment.apps/gas-annotator" in kinds(cluster, release)
