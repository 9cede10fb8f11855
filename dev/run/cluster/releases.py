"""A release's own files: what an upgrade test builds the chart and the images before this version from."""

import subprocess
import tarfile
from pathlib import Path

from dev import ROOT
from dev.run.releases import Release
from kube.errors import ClusterError

CHART = Path("charts") / "gas"

_GIT_SECONDS = 60.0
_ASSETS_SECONDS = 300.0


def newest_with_chart(found: list[Release]) -> Release | None:
    """The newest release that can be installed on a cluster; None when there is none yet.

    Raises:
        ClusterError: this clone does not hold the commit of one.
    """
    return next((each for each in found if _has_chart(each)), None)


def write_files(release: Release, folder: Path) -> Path:
    """Write the files of a release's commit into a new folder.

    Raises:
        ClusterError: this clone does not hold the commit.
    """
    folder.mkdir(parents=True)
    archive = folder.with_suffix(".tar")
    _git(release, "archive", f"--output={archive}", release.commit)
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    archive.unlink()
    return folder


def fetch_assets(folder: Path) -> None:
    """Fetch what browsers get that nobody here wrote: it is in no commit, and the image of the web holds it.

    Raises:
        ClusterError: npm did not bring it.
    """
    done = subprocess.run(
        ["make", "assets"], cwd=folder, check=False, capture_output=True, text=True, timeout=_ASSETS_SECONDS
    )
    if done.returncode != 0:
        raise ClusterError(f"`make assets` failed in {folder}:\n{done.stderr.strip()}")


def _has_chart(release: Release) -> bool:
    return bool(_git(release, "ls-tree", release.commit, f"{CHART}/Chart.yaml").strip())


def _git(release: Release, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True, timeout=_GIT_SECONDS
    )
    if done.returncode != 0:
        raise ClusterError(
            f"the commit {release.commit} of release {release.version} is not in this clone "
            f"({done.stderr.strip()}): fetch the whole history."
        )
    return done.stdout
