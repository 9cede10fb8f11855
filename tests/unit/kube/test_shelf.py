"""Where what was made once is kept."""

from pathlib import Path

import pytest

from kube.shelf import default_cache_dir
from tests.support.fake_go import FakeGo


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"GAS_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"),
        ({"GAS_CACHE_DIR": "", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/gas"),
        ({"HOME": "/c"}, "/c/.cache/gas"),
    ],
    ids=["chosen", "the user's cache", "the usual place"],
)
def test_cache_lies_where_the_environment_says(
    go: FakeGo, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    """GAS_CACHE_DIR comes first, then the user's cache folder."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert default_cache_dir() == Path(expected)
