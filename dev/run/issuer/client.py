"""Starts the local issuer from a test or from `dev/run/up`, and tells it what to forge."""

import json
import subprocess
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.run import stand_in
from dev.run.issuer.issuer import CLIENT_ID
from gas.config import LOCAL_CLIENT_SECRET

_CALL_SECONDS = 10


@dataclass(frozen=True)
class LocalIssuer:
    """A running local issuer that this process started."""

    address: str
    process: subprocess.Popen[bytes] = field(repr=False)
    client_id: str = CLIENT_ID
    client_secret: str = field(default=LOCAL_CLIENT_SECRET, repr=False)

    @classmethod
    def start(cls, state_dir: Path, *, port: int = 0) -> "LocalIssuer":
        """Start one and return when it answers.

        Raises:
            StandInError: it ended, or did not answer in time.
        """
        return cls(*stand_in.start("issuer", "dev.run.issuer", state_dir, "--port", port))

    def forge(self, kind: str | None) -> None:
        """Let the next sign-in go wrong in one way; None for none."""
        self._call("forge", {"kind": kind})

    def link(self, *logins: str, raw: Any = None, fails: bool = False) -> None:
        """Say that these people are one person, and nobody else any two; `raw` is answered instead of a set.

        With `fails`, introspections are answered with an error.
        """
        self._call("link", {"people": logins, "raw": raw, "fails": fails})

    def state(self) -> dict[str, Any]:
        """How many access tokens hold, were revoked, and were introspected; and the forgery that waits."""
        return dict(self._call("state"))

    def stop(self) -> None:
        """End it."""
        stand_in.stop(self.process)

    def _call(self, path: str, fields: dict[str, Any] | None = None) -> Any:
        body = None if fields is None else json.dumps(fields).encode()
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.address}/_issuer/{path}", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=_CALL_SECONDS) as answer:  # noqa: S310
            return json.load(answer)
