"""The command where the engine alone is installed."""

import argparse

import pytest

from gas_engine.reference import command
from gas_publisher.commands import add_commands


@pytest.mark.parametrize("words", [("publish", "folder", "--default"), ("list", "--json"), ("prune",)])
def test_without_the_publisher_it_is_said_where_its_commands_come_from(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are no mistake of whoever types them: the engine is installed without them."""
    monkeypatch.setattr(command, "entry_points", lambda **_: ())

    code = command.main(list(words))

    assert code == 2
    assert capsys.readouterr().err == (
        f"gas-reference: {words[0]} works with an installation of GAS, and comes with a clone of it: `make setup` there, then "
        ".venv/bin/gas-reference.\n"
    )


def test_other_words_are_no_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the engine alone, too."""
    monkeypatch.setattr(command, "entry_points", lambda **_: ())

    with pytest.raises(SystemExit):
        command.main(["bogus"])
    assert "invalid choice: 'bogus'" in capsys.readouterr().err


def test_the_engine_knows_what_the_publisher_adds() -> None:
    """A new command of the publisher is told of, too."""
    commands = argparse.ArgumentParser().add_subparsers()

    add_commands(commands)

    assert set(commands.choices) == set(command.PUBLISHERS_COMMANDS)
