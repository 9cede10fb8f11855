"""The programs that are compiled from published Go modules."""

import pytest

from kube.builds import CLUSTER, Build


@pytest.mark.parametrize("build", CLUSTER, ids=lambda build: str(build.name))
def test_every_build_is_locked_and_says_what_go_it_needs(build: Build) -> None:
    """Each has a module with the sums of all that it requires, no index address, and a Go that people have."""
    required = (build.source / "go.mod").read_text()
    sums = (build.source / "go.sum").read_text()

    assert build.minimum_go >= (1, 24, 0)
    assert "https://" not in required + sums
    assert len(sums.splitlines()) > 100
    assert set(build.links.values()) <= set(build.packages)
