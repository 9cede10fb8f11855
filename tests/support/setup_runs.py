"""What the tests of the setup share: everything that an installation needs, and how what a run says is read."""

from collections.abc import Callable

from gas.domain.names import Names
from gas_setup.infrastructure import Resource, infrastructure
from tests.support.plans import LINES

Setup = Callable[..., list[str]]
"""Runs `gas-setup`, and gives what it says, errors last."""


def everything(names: Names) -> list[Resource]:
    """All resources of an installation."""
    return infrastructure(
        names,
        lines=LINES,
        archive_delay_seconds=300,
        inputs_expiry_days=30,
        mail_sender="gas@example.org",
        uploads_from="http://127.0.0.1:8080",
    )


def about(said: list[str], name: str) -> list[str]:
    """What was said of one resource: its line, and those of its settings."""
    told: list[str] = []
    for line in said:
        inside = bool(told) and line.startswith("    ")
        if line.split()[-1:] == [name] or inside:
            told.append(line.strip())
        elif told:
            break
    return told
