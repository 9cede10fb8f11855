"""Debian's packages that a node needs."""

import os
from pathlib import Path

import pytest

from kube.errors import ClusterError
from kube.node import packages


def test_missing_packages_are_named_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not install is told what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(ClusterError, match=r"as root, `apt-get install .*containerd.*runc"):
        packages.ensure_packages(lambda _: None)
