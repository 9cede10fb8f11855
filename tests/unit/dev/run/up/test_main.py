"""What `make down` finds."""

import pytest

from dev.run.up.__main__ import down


def test_nothing_to_stop_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second `make down` finds what it wants: nothing runs."""
    monkeypatch.setenv("GAS_INSTANCE", "never-started")

    code = down()

    assert (code, capsys.readouterr().out) == (0, "Nothing runs: there is nothing to stop.\n")
