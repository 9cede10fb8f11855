"""One running platform for the whole test session: the real API server, and our programs as real processes."""

import os
import shutil
from collections.abc import Iterator

import pytest

from dev.run.up.options import Options
from dev.run.up.platform import PARTS, Platform
from kube.binaries import ensure_binaries
from kube.errors import BinariesError
from tests.support.desk import Desk
from tests.support.kube import skip_or_fail

OPTIONS = Options(
    instance=f"t{os.getpid()}",
    retention_seconds=2,
    thaw_seconds=1,
    link_seconds=1,
    sweep_seconds=1,
    lease_seconds=3,
    wait_seconds=1,
    absence_seconds=1,
    second_look_seconds=1,
)


@pytest.fixture(scope="session")
def session_desk(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config, request: pytest.FixtureRequest
) -> Iterator[Desk]:
    """The platform with short times, its parts behind a gateway each."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    try:
        # Compiling takes minutes when the cache is empty: whoever waits should see why.
        with capture.global_and_fixture_disabled():
            ensure_binaries()
    except BinariesError as error:
        skip_or_fail("kube", str(error))
    platform = Platform.start(OPTIONS, say=lambda _: None, parts=())
    desk = Desk(platform, tmp_path_factory.mktemp("inputs"))
    try:
        for part in PARTS:
            desk.start(part)
        yield desk
    finally:
        desk.close()
        # The logs are kept for whoever looks into a failure; etcd's 128 MB never.
        kept = bool(request.session.testsfailed)
        shutil.rmtree(OPTIONS.state_dir / "kube" if kept else OPTIONS.state_dir, ignore_errors=True)


@pytest.fixture
def desk(session_desk: Desk) -> Iterator[Desk]:
    """The platform, whole again after each test."""
    yield session_desk
    session_desk.heal()
