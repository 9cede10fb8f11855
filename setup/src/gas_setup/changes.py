"""What `gas-setup` says about each resource, and the rule that it acts only when it is not merely asked."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from gas.adapters.aws.session import AwsClients


class Action(Enum):
    """What was done to a resource, or would be done to it in a dry run."""

    UNCHANGED = "unchanged"
    CREATED = "created"
    UPDATED = "updated"


@dataclass(frozen=True)
class SettingChange:
    """A setting of a resource, as it was and as it is now; None where it is not set."""

    name: str
    before: Any
    after: Any

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.name}: {_shown(self.before)} -> {_shown(self.after)}"


@dataclass(frozen=True)
class Change:
    """One resource and what became of it: of one that was there already, each setting that changed.

    `cautions` are sentences about what its owner set and nobody changes.
    """

    kind: str
    name: str
    action: Action
    settings: tuple[SettingChange, ...] = ()
    cautions: tuple[str, ...] = ()

    def __str__(self) -> str:
        """A line for people, and one for each setting below it."""
        first = f"{self.action.value:<9}  {self.kind:<12}  {self.name}"
        return "\n".join([first, *(f"    {setting}" for setting in self.settings)])


def _shown(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(", ", ": "), default=str)


class Account:
    """One account and region: its clients, the ARNs of what has a known name, and whether anything may be changed.

    It also knows what has been done to the resource that is under way: if the rest of it fails, that is told all the same.
    """

    def __init__(self, clients: AwsClients, *, dry_run: bool) -> None:
        self._clients = clients
        self._made: dict[str, Any] = {}
        self._under_way = ("", "")
        self._created = False
        self._settings: tuple[SettingChange, ...] = ()
        self.dry_run = dry_run
        identity = self.client("sts").get_caller_identity()
        self.number: str = identity["Account"]
        self.partition: str = identity["Arn"].split(":")[1]
        self.region = clients.region

    def client(self, service: str) -> Any:
        """The client of a service."""
        if service not in self._made:
            self._made[service] = self._clients.client(service)
        return self._made[service]

    def arn(self, service: str, name: str) -> str:
        """The ARN of a queue or topic: known before it exists."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.number}:{name}"

    def bucket_arn(self, name: str) -> str:
        """The ARN of a bucket."""
        return f"arn:{self.partition}:s3:::{name}"

    def act(self, function: Callable[..., Any], **arguments: Any) -> None:
        """Call AWS to change something; do nothing in a dry run."""
        if not self.dry_run:
            function(**arguments)

    def begin(self, kind: str, name: str) -> None:
        """Turn to the next resource, to which nothing has been done yet."""
        self._under_way = (kind, name)
        self._created = False
        self._settings = ()

    def create(self, function: Callable[..., Any], **arguments: Any) -> None:
        """Make the resource under way."""
        self.act(function, **arguments)
        self._created = True

    def set(self, told: tuple[SettingChange, ...], function: Callable[..., Any], **arguments: Any) -> None:
        """Change settings of the resource under way."""
        self.act(function, **arguments)
        self._settings += told

    def change(self, cautions: tuple[str, ...] = ()) -> Change:
        """What has been done to the resource under way. One that was only just made had no settings that could differ."""
        if self._created:
            return Change(*self._under_way, Action.CREATED)
        action = Action.UPDATED if self._settings else Action.UNCHANGED
        return Change(*self._under_way, action, self._settings, cautions)
