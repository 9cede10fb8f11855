"""The Debian packages that a node and its images need: found missing, and installed where that is allowed."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kube.errors import ClusterError

PROGRAMS = {
    "containerd": "containerd",
    "runc": "runc",
    "iptables": "iptables",
    "ipset": "ipset",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "buildah": "buildah",
    "mmdebstrap": "mmdebstrap",
    "cc": "gcc",
}
"""The package of each program that is called."""

FILES = {
    Path("/usr/lib/cni/bridge"): "containernetworking-plugins",
    Path("/usr/include/stdlib.h"): "libc6-dev",
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"): "debian-archive-keyring",
}
"""The package of each file that is no program on the path."""

POLICY = Path("/usr/sbin/policy-rc.d")
"""What Debian's packages ask before they start a service."""

INSTALL_SECONDS = 600.0
"""Half a minute, on a slow line some minutes."""


def missing_packages() -> list[str]:
    """The packages that are not there."""
    programs = {package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    files = {package for path, package in FILES.items() if not path.exists()}
    return sorted(programs | files)


def ensure_packages(say: Callable[[str], None]) -> None:
    """Install what is missing.

    Raises:
        ClusterError: not root, no apt-get, or it failed.
    """
    missing = missing_packages()
    if not missing:
        return
    command = f"apt-get install --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ClusterError(f"the node needs Debian packages that are not here: as root, `{command}`.")
    say(f"installing {', '.join(missing)}")
    _apt_get("update", "-qq")
    with _no_services():
        _apt_get("install", "-y", "-qq", "--no-install-recommends", *missing)


@contextmanager
def _no_services() -> Iterator[None]:
    """Installed is not started: Debian would start a containerd of its own, and asks this file whether it may."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def _apt_get(*arguments: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise ClusterError(f"`apt-get {' '.join(arguments)}` failed: {done.stderr.strip()[-800:]}")
