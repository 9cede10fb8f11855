"""A bundle that is not what it should be is refused in a sentence when it is loaded, whatever its manifest says."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gas_engine import BundleError, load_bundle
from tests.engine.workbench import RCRS

Told = dict[str, Any]


def _without(name: str) -> Callable[[Told], Any]:
    return lambda told: told.pop(name)


def _contig(**said: object) -> Callable[[Told], Any]:
    return lambda told: told["contigs"][0].update(said)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound bundle."""
    return Path(shutil.copytree(RCRS, tmp_path / "bundle"))


@pytest.mark.parametrize(
    "change",
    [
        *(_without(name) for name in ("files", "contigs", "name", "version", "digest")),
        *(
            lambda told, name=name: told["contigs"][0].pop(name)
            for name in ("name", "length", "genetic_code")
        ),
        *(_contig(length=each) for each in (None, "16569", 0, -1, True, 1.5)),
        *(_contig(name=each) for each in (None, "", 7, "a\nb")),
        *(_contig(aliases=each) for each in (None, "MT", [7], ["a\nb"])),
        *(_contig(genetic_code=each) for each in (None, "2")),
        *(_contig(accession=each) for each in (None, 7)),
        lambda told: told.update(contigs=[]),
        lambda told: told.update(contigs={}),
        lambda told: told.update(files=[]),
        lambda told: told["contigs"].append(dict(told["contigs"][0], name="other")),
        lambda told: told["files"].update({"model.bin": {}}),
        lambda told: told["files"].update({"model.bin": None}),
        lambda told: told.update(command=7),
    ],
)
def test_manifests_that_are_refused(folder: Path, change: Callable[[Told], Any]) -> None:
    """What is missing or of another kind is a fault of the bundle, and never one of whoever loads it."""
    path = folder / "manifest.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    change(told)
    path.write_text(json.dumps(told), encoding="utf-8")

    with pytest.raises(BundleError, match=r"manifest\.json|the command"):
        load_bundle(folder)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "7", "[" * 100_000, '{"format": "gas-reference/1"}', "9" * 5000],
    ids=lambda text: text[:20],
)
def test_what_is_no_manifest(folder: Path, text: str) -> None:
    """Neither is anything else one."""
    (folder / "manifest.json").write_text(text, encoding="utf-8")

    with pytest.raises(BundleError, match=r"bundle"):
        load_bundle(folder)
