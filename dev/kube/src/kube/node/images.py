"""Container images in the node's containerd: imported from archives."""

import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from kube.errors import ClusterError
from kube.node.layout import RUNTIME

IMPORT_SECONDS = 300.0
"""Two seconds for a program of 150 MB, ten for an image of 700; a machine that compiles at the same time takes long to write it."""

_START_SECONDS = 20.0
_POLL_SECONDS = 0.1


def import_images(archives: Iterable[Path]) -> None:
    """Import archives that `docker save` or buildah wrote; to be called inside, waits for containerd.

    Raises:
        ClusterError: containerd did not answer, or refused an archive.
    """
    _await_runtime()
    for archive in archives:
        done = _ctr("images", "import", str(archive), seconds=IMPORT_SECONDS)
        if done.returncode != 0:
            raise ClusterError(f"containerd refused the image {archive}: {done.stderr.strip()}")


def _await_runtime() -> None:
    deadline = time.monotonic() + _START_SECONDS
    while (answer := _ctr("version", seconds=_START_SECONDS)).returncode != 0:
        if time.monotonic() > deadline:
            raise ClusterError(f"containerd does not answer: {answer.stderr.strip()}")
        time.sleep(_POLL_SECONDS)


def _ctr(*arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
    address = RUNTIME.removeprefix("unix://")
    return subprocess.run(
        ["ctr", f"--address={address}", "--namespace=k8s.io", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
