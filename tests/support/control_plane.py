"""One real control plane for the whole test session, and a fresh namespace for each test. A plugin of pytest."""

import itertools
import os
import shutil
from collections.abc import Iterator

import pytest

from dev.run.installation import CRDS
from kube.binaries import ensure_binaries
from kube.control_plane import ControlPlane
from kube.errors import BinariesError
from kube.kubectl import Kubectl
from tests.support.kube import skip_or_fail

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def kube(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[ControlPlane]:
    """A running control plane that serves the CRDs."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    try:
        # Compiling takes minutes when the cache is empty: whoever waits should see why.
        with capture.global_and_fixture_disabled():
            binaries = ensure_binaries()
    except BinariesError as error:
        skip_or_fail("kube", str(error))
    folder = tmp_path_factory.mktemp("kube")
    plane = ControlPlane.start(folder, binaries, instance="gas-tests")
    try:
        plane.apply_crds(CRDS)
        yield plane
    finally:
        plane.stop()
        # etcd reserves 128 MB, and pytest keeps the folders of three sessions; the logs suffice.
        shutil.rmtree(folder / "etcd")


@pytest.fixture
def kubectl(kube: ControlPlane) -> Kubectl:
    """Kubectl as the administrator."""
    return kube.admin


@pytest.fixture
def namespace(kubectl: Kubectl) -> str:
    """A namespace of the test's own. It stays: without a controller-manager no namespace is ever removed."""
    name = f"test-{os.getpid()}-{next(_numbers)}"
    kubectl.run("create", "namespace", name)
    return name
