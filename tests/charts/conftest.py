"""The API server that knows KEDA's and Prometheus' resources too, and a namespace as careful as a real one."""

import itertools
import os

import pytest
import yaml

from dev.run.helm.chart import Release
from dev.write.charts.foreign import foreign_crds
from kube.control_plane import ControlPlane
from kube.crds import wait_served
from kube.errors import BinariesError
from kube.kubectl import Kubectl
from tests.support.kube import skip_or_fail
from tests.support.waiting import PATIENCE_SECONDS

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def cluster(kube: ControlPlane) -> Kubectl:
    """The administrator's kubectl of an API server that knows every kind that the chart may make."""
    try:
        files = foreign_crds()
    except BinariesError as error:
        skip_or_fail("kube", str(error))
    crds = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    kube.admin.run(
        "apply",
        "--server-side",
        "-f",
        "-",
        stdin=yaml.safe_dump_all(crds, sort_keys=False),
        seconds=PATIENCE_SECONDS,
    )
    wait_served(kube.admin, crds)
    return kube.admin


def new_release(cluster: Kubectl) -> Release:
    """A release in a namespace of its own, with the client's secret, where the restricted Pod Security Standard is enforced."""
    name = f"chart-{os.getpid() % 100_000}-{next(_numbers)}"
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
    }
    # The account is what the controller-manager would make.
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": name},
    }
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "gas-oidc", "namespace": name},
        "stringData": {"client-secret": "of the test"},
    }
    cluster.run("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump_all([namespace, account, secret]))
    return Release(namespace=name)


@pytest.fixture
def release(cluster: Kubectl) -> Release:
    """A release of the test's own."""
    return new_release(cluster)


@pytest.fixture
def other(cluster: Kubectl) -> Release:
    """Another."""
    return new_release(cluster)


@pytest.fixture(scope="module")
def shared_release(cluster: Kubectl) -> Release:
    """A release that the tests of a module share."""
    return new_release(cluster)
