"""docs/releases.md names commits that exist, and tells what each release can do."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from dev.run.releases import PAGE, Release, releases

ROOT = Path(__file__).resolve().parents[2]
HEAD = "| version | date | commit |\n|---|---|---|\n"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What git says of this clone."""
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def has_whole_history() -> bool:
    """False in an unpacked archive, and in a clone that was cut short."""
    try:
        return git("rev-parse", "--is-shallow-repository").stdout.strip() == "false"
    except FileNotFoundError:
        return False


def test_every_release_is_a_commit_of_this_history() -> None:
    """What an upgrade test would build is there, and this version came from it."""
    if not has_whole_history():
        pytest.skip("this is no clone with the whole history, so the commits cannot be looked up")

    strangers = [
        release.version
        for release in releases()
        if git("merge-base", "--is-ancestor", release.commit, "HEAD").returncode != 0
    ]

    assert strangers == []


def test_every_release_tells_what_it_can_do() -> None:
    """Each has its text here and in the changelog; a text without a row is of the release that is being made."""
    named = [release.version for release in releases()]
    told = re.findall(r"^## (\S+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    changes = re.findall(r"^## (\d\S*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert named in (told, told[1:])
    assert [version for version in named if version not in changes] == []


def test_releases_are_in_order() -> None:
    """Newest first, no version twice, no date before an older release's."""
    found = releases()

    assert found == sorted(found, key=lambda release: release.order, reverse=True)
    assert len({release.version for release in found}) == len(found)
    assert [release.date for release in found] == sorted((release.date for release in found), reverse=True)


def test_all_parts_have_the_version_of_the_newest_text() -> None:
    """There is one version, and what it can do is told."""
    newest = re.findall(r"^## (\S+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)[0]
    versions = {
        part: tomllib.loads((ROOT / part / "pyproject.toml").read_text(encoding="utf-8"))["project"][
            "version"
        ]
        for part in (".", "web", "annotator", "controllers", "setup", "cli", "dev/kube")
    }
    chart = yaml.safe_load((ROOT / "charts" / "gas" / "Chart.yaml").read_text(encoding="utf-8"))

    # The images are called by the chart's appVersion.
    assert {*versions.values(), chart["version"], chart["appVersion"]} == {newest}


def test_a_row_is_read() -> None:
    """Version, date and the whole commit."""
    page = f"# Releases\n\n{HEAD}| 0.10.0 | 2026-12-24 | {COMMIT} |\n\n## 0.10.0\n"

    (release,) = releases(page)

    assert release == Release("0.10.0", "2026-12-24", COMMIT)
    assert release.order > Release("0.9.0", "2026-12-01", COMMIT).order


@pytest.mark.parametrize(
    "page",
    [
        "",
        "| version | commit |\n|---|---|\n",
        f"{HEAD}| 0.1.0 | 2026-12-24 | {COMMIT[:12]} |",
        f"{HEAD}| 0.1.0 | 2026-12-24 | |",
        f"{HEAD}| 0.1 | 2026-12-24 | {COMMIT} |",
        f"{HEAD}| 0.1.0 | today | {COMMIT} |",
    ],
    ids=["no-table", "other-table", "short-commit", "no-commit", "short-version", "no-date"],
)
def test_what_is_no_release_is_refused(page: str) -> None:
    """A half-filled row is never taken for a release."""
    with pytest.raises(ValueError, match=r"docs/releases\.md"):
        releases(page)
