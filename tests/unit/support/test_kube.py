"""A missing control plane skips tests on a contributor's machine and fails them where it is required."""

import pytest

from tests.support.kube import skip_or_fail


@pytest.mark.parametrize(
    "required", ["", "network", "kubernetes"], ids=["nothing", "another part", "another word"]
)
def test_missing_part_skips_with_its_reason(monkeypatch: pytest.MonkeyPatch, required: str) -> None:
    """Unless it is required, a missing part skips the test and says why."""
    monkeypatch.setenv("GAS_REQUIRE", required)

    with pytest.raises(pytest.skip.Exception, match="no Go here"):
        skip_or_fail("kube", "no Go here")


@pytest.mark.parametrize("required", ["kube", "network,kube", "kube network"])
def test_missing_part_fails_where_it_is_required(monkeypatch: pytest.MonkeyPatch, required: str) -> None:
    """Where GAS_REQUIRE names the part, its absence is a failure that says the same reason."""
    monkeypatch.setenv("GAS_REQUIRE", required)

    with pytest.raises(pytest.fail.Exception, match="GAS_REQUIRE names kube, but: no Go here"):
        skip_or_fail("kube", "no Go here")
