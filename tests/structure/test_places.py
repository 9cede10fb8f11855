"""A test is found in one guess: its name and place are those of the module that it tests."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SOURCES = {
    "tests/unit": ROOT / "src/gas",
    "tests/unit/web": ROOT / "web/src/gas_web",
    "tests/unit/annotator": ROOT / "annotator/src/gas_annotator",
    "tests/unit/controllers": ROOT / "controllers/src/gas_controllers",
    "tests/unit/setup": ROOT / "setup/src/gas_setup",
    "tests/unit/dev": ROOT / "dev",
    "tests/unit/kube": ROOT / "dev/kube/src/kube",
    "tests/unit/support": ROOT / "tests/support",
    "tests/kube": ROOT / "dev/kube/src/kube",
    "tests/web": ROOT / "web/src/gas_web",
    "tests/annotator": ROOT / "annotator/src/gas_annotator",
    "tests/controllers": ROOT / "controllers/src/gas_controllers",
    "tests/setup": ROOT / "setup/src/gas_setup",
    "tests/unit/publisher": ROOT / "publisher/src/gas_publisher",
    "tests/publisher": ROOT / "publisher/src/gas_publisher",
    "tests/cli": ROOT / "cli/src/gas_cli",
    "tests/engine": ROOT / "engine/src/gas_engine",
}
"""Whose tests lie where: those that start nothing under `unit`, those that start the program in a folder of its own. What is
about no module stands in `property`, `platform` and `e2e`, and for ports, chart and seams in the folders named after them."""


def _tests() -> list[Path]:
    return sorted(
        path for folder in SOURCES for path in (ROOT / folder).rglob("test_*.py") if _home(path) == folder
    )


def _home(path: Path) -> str:
    """The nearest of the folders above that a test lies in."""
    parts = path.parent.relative_to(ROOT).parts
    return next(folder for end in range(len(parts), 0, -1) if (folder := "/".join(parts[:end])) in SOURCES)


@pytest.mark.parametrize("path", _tests(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_test_is_named_by_its_module(path: Path) -> None:
    """`test_<module>.py`, or `test_<module>_<aspect>.py`, in the folder that mirrors the module's."""
    home = _home(path)
    room = SOURCES[home] / path.parent.relative_to(ROOT / home)
    name = path.stem.removeprefix("test_")

    modules = [each.stem.strip("_") for each in room.glob("*.py")]

    assert any(name == module or name.startswith(f"{module}_") for module in modules), (
        f"{room.relative_to(ROOT)} has no module {name}"
    )
