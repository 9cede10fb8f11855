"""Which images are built, and what is told of them."""

from pathlib import Path

from dev import ROOT
from dev.run.cluster.images import PARTS, Built, parts_of, report


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
