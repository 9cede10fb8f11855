"""What npm is told: exact versions, no addresses."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def read(name: str) -> Any:
    """One of npm's files."""
    return json.loads((ROOT / "web" / name).read_text(encoding="utf-8"))


def test_the_lock_names_no_address_to_fetch_from() -> None:
    """Everybody fetches from their own registry; the integrity of each package is what is locked."""
    packages = {name: entry for name, entry in read("package-lock.json")["packages"].items() if name}

    assert packages
    assert all("resolved" not in entry for entry in packages.values())
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())


def test_versions_are_exact_and_locked() -> None:
    """The lock is of these dependencies, each at one version."""
    package, locked = read("package.json"), read("package-lock.json")["packages"][""]

    for kind in ("dependencies", "devDependencies"):
        assert locked[kind] == package[kind]
        assert all(version[0].isdigit() for version in package[kind].values())
