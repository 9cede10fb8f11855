"""Addresses and tokens as people have them: copied, cut off, or left over."""

import json
from pathlib import Path

import pytest

from gas_cli.credentials import Credentials, checked_token, checked_url, find
from gas_cli.errors import CommandError, Exit

HERE = "https://gas.example.org"


@pytest.mark.parametrize(
    "url",
    [
        "https://[x",
        "https://gas.example.org:port",
        "https://gas.example.org:99999",
        "https://gas..example.org",
        f"https://{'a' * 64}.example.org",
        "https://gas example.org",
        "https://gas.example.org/\udcff",
        "https://gas.example.org\x1b",
    ],
)
def test_what_is_no_address_is_misuse(url: str, tmp_path: Path) -> None:
    """Nothing is asked of it, however it is broken; and it is told as what was typed."""
    with pytest.raises(CommandError, match="is no address of a GAS") as told:
        find({"GAS_URL": url, "GAS_TOKEN": "gas_x"}, tmp_path)

    assert told.value.code is Exit.USAGE


@pytest.mark.parametrize(
    "url", [f"{HERE}/", f" {HERE}\r\n", HERE, "https://[::1]:8443", "https://gäs.example.org"]
)
def test_an_address_has_one_form(url: str) -> None:
    """Without slashes at its end, nor the blanks that come along when it is copied."""
    assert checked_url(url) == url.strip().rstrip("/")


@pytest.mark.parametrize("token", ["gas_…", "gas_\udcff", "gas_\x00", "gas_a\nb", "gas_a b", "", "\n"])
def test_what_is_no_token_is_not_sent(token: str) -> None:
    """A placeholder that was copied, half a file, or nothing: the sentence holds none of it."""
    with pytest.raises(CommandError, match=f"{HERE}/profile") as told:
        checked_token(token, HERE)

    assert told.value.code is Exit.NOT_SIGNED_IN
    assert "gas_" not in str(told.value)


def test_a_copied_token_loses_its_blanks(tmp_path: Path) -> None:
    """From the environment as from a file."""
    found = find({"GAS_URL": HERE, "GAS_TOKEN": " gas_x\r\n"}, tmp_path)

    assert found == Credentials(HERE, "gas_x")


@pytest.mark.parametrize("kept", [{"url": 5, "token": "gas_x"}, {"url": HERE, "token": ["gas_x"]}, []])
def test_a_kept_file_of_something_else_keeps_nothing(kept: object, tmp_path: Path) -> None:
    """Somebody wrote it by hand."""
    (tmp_path / "login.json").write_text(json.dumps(kept))

    with pytest.raises(CommandError) as told:
        find({"GAS_URL": HERE}, tmp_path)

    assert told.value.code is Exit.NOT_SIGNED_IN
