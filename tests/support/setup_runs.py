"""What the tests of the setup share: everything that an installation needs, and how what a run says is read."""

from collections.abc import Callable
from typing import Any

from gas.domain.names import Names
from gas_setup.changes import Account
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


class _Clients:
    """Clients of one account that has this S3."""

    region = "us-east-1"

    def __init__(self, s3: object) -> None:
        self._s3 = s3

    def client(self, service: str) -> Any:
        """Itself for the identity, and S3."""
        return self._s3 if service == "s3" else self

    def get_caller_identity(self) -> dict[str, str]:
        """Whose account it is."""
        return {"Account": "1", "Arn": "arn:aws:iam::1:user/x"}


def account_with(s3: object) -> Account:
    """The account, in which changes are made."""
    clients: Any = _Clients(s3)
    return Account(clients, dry_run=False)
