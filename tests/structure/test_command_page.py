"""docs/command.md tells what the command does."""

import re
from pathlib import Path

from gas_cli.errors import Exit
from gas_cli.main import gas

PAGE = (Path(__file__).resolve().parents[2] / "docs/command.md").read_text(encoding="utf-8")


def test_every_command_and_option_is_told() -> None:
    """No command and no option is left out, and none is made up."""
    rows = {match[1]: match[0] for match in re.finditer(r"^\| `gas (\w+).*$", PAGE, re.MULTILINE)}

    assert rows.keys() == gas.commands.keys()
    for name, command in gas.commands.items():
        told = set(re.findall(r"(--[a-z]+|-o)", rows[name]))
        known = {
            option for parameter in command.params for option in parameter.opts if option.startswith("-")
        }
        assert told == known - {"--json"} - ({"--output"} if "-o" in told else set())
        assert ("--json" in known) is (name != "login")


def test_every_exit_code_is_told() -> None:
    """Scripts rely on them."""
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}

    assert codes == {code.value for code in Exit}
