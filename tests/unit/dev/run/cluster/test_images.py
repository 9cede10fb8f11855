"""Which images are built, and what is told of them."""

import os
from pathlib import Path

import pytest

from dev import ROOT
from dev.run.cluster.base import BASES, PYTHON, SNPEFF, Base, reference_of
from dev.run.cluster.images import PARTS, Buildah, Built, parts_of, report


def test_sizes_are_reported(tmp_path: Path) -> None:
    """The report names each image and its size."""
    found = report([Built("web", "localhost/gas-web:1", tmp_path / "web.tar", 123)])

    assert found == {"images": [{"part": "web", "reference": "localhost/gas-web:1", "sizeBytes": 123}]}


def test_each_part_has_an_image(tmp_path: Path) -> None:
    """All of ours; of an older release's files, those that it had."""
    for part in ("web", "controllers"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "Dockerfile").touch()

    assert parts_of(ROOT) == PARTS
    assert parts_of(tmp_path) == ("controllers", "web")


BUILDER = r"""#!/bin/sh
echo "$@" >> "$ASKED"
for each; do
    case $each in docker-archive:*) file=${each#docker-archive:}; : > "${file%%:*}";; esac
done
"""
"""In the place of buildah: it notes what it is asked for, has every image, and writes empty archives."""


@pytest.mark.parametrize(
    ("base", "brought"), [(None, 0), (PYTHON, 0), (SNPEFF, 1)], ids=["usual", "python", "none"]
)
def test_a_base_without_python_is_brought_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, base: Base | None, brought: int
) -> None:
    """The build is told so, and which image it builds on; on a base that has one it is not."""
    for each in BASES:
        (tmp_path / "base" / reference_of(each).rpartition("-")[2]).mkdir(parents=True)
    (tmp_path / "buildah").write_text(BUILDER)
    (tmp_path / "buildah").chmod(0o755)
    monkeypatch.setenv("GAS_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    built = Buildah(lambda _: None).build(ROOT, "annotator", "localhost/x:1", tmp_path / "x.tar", base)

    [line] = [line for line in (tmp_path / "asked").read_text().splitlines() if " bud " in line]
    assert f"--build-arg=BASE={reference_of(base or PYTHON)} " in line
    assert line.count("--build-arg=PYTHON=brought") == brought
    assert built.archive == tmp_path / "x.tar"
