"""Releases: what `docs/releases.md` says of them, and a release's own files."""

import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from dev.kube.errors import ClusterError
from dev.up.options import ROOT

PAGE = ROOT / "docs" / "releases.md"

_ROW = re.compile(r"^\| *v?(\d+\.\d+\.\d+) *\|.*?\b([0-9a-f]{7,40})\b", re.MULTILINE)
_GIT_SECONDS = 60.0


@dataclass(frozen=True)
class Release:
    """One release."""

    version: str
    commit: str


def last_release(page: str) -> Release | None:
    """The first row of the page's table, which is the newest release; None when there is none."""
    row = _ROW.search(page)
    return Release(row[1], row[2]) if row else None


def write_files(release: Release, folder: Path) -> Path:
    """Write the files of a release's commit into a new folder.

    Raises:
        ClusterError: this clone does not hold the commit.
    """
    folder.mkdir(parents=True)
    archive = folder.with_suffix(".tar")
    command = ["git", "archive", f"--output={archive}", release.commit]
    done = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=_GIT_SECONDS
    )
    if done.returncode != 0:
        raise ClusterError(
            f"the commit {release.commit} of release {release.version} is not in this clone "
            f"({done.stderr.strip()}): fetch the whole history."
        )
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    archive.unlink()
    return folder
