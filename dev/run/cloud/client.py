"""Starts the local AWS from a test or from `dev/run/up`, and talks to its control endpoints."""

import json
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.run import stand_in

_CALL_SECONDS = 60


@dataclass(frozen=True)
class CloudControl:
    """The control endpoints of a running local AWS."""

    endpoint: str

    def faults(self, service: str, operation: str, **effect: Any) -> None:
        """Set a fault: `error`, `said` with it, `delayMs`, `duplicate`, `drop`, `after`, `holding`, `count`."""
        self._call("POST", "faults", {"service": service, "operation": operation, **effect})

    def clear_faults(self) -> None:
        """Forget all faults."""
        self._call("DELETE", "faults")

    def retrievals_take(self, *, thaw_seconds: float, day_seconds: float) -> None:
        """Let every retrieval that begins from now on take so long, and a day of its copy."""
        self._call("POST", "retrievals", {"thawSeconds": thaw_seconds, "daySeconds": day_seconds})

    def end_retrievals(self) -> int:
        """Let every retrieval that is under way be done now; how many they were."""
        return int(self._call("DELETE", "retrievals")["ended"])

    def purge(self, queue: str | None = None) -> None:
        """Lose all messages of one queue, or of all."""
        self._call("POST", "purge", {"queue": queue})

    def tier(self, bucket: str, name: str, tier: str) -> None:
        """Move an object of INTELLIGENT_TIERING into an archive tier."""
        self._call("POST", "tier", {"bucket": bucket, "name": name, "tier": tier})

    def mail(self) -> list[dict[str, Any]]:
        """The e-mails that were sent, oldest first: from, to, subject, text, html."""
        return list(self._call("GET", "mail"))

    def requests(self) -> dict[str, dict[str, int]]:
        """How many requests came, by service and operation."""
        return dict(self._call("GET", "requests"))

    def durations(self) -> dict[str, list[float]]:
        """How many milliseconds requests took in there since they were forgotten, by `service Operation`."""
        return dict(self._call("GET", "durations"))

    def forget_durations(self) -> None:
        """Begin to measure anew."""
        self._call("DELETE", "durations")

    def _call(self, method: str, path: str, fields: dict[str, Any] | None = None) -> Any:
        body = None if fields is None else json.dumps(fields).encode()
        request = urllib.request.Request(f"{self.endpoint}/_gas/{path}", body, method=method)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=_CALL_SECONDS) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            text = refused.read().decode()
            raise ValueError(f"{method} {path} was refused: {text}") from None


@dataclass(frozen=True)
class LocalCloud(CloudControl):
    """A running local AWS that this process started."""

    process: subprocess.Popen[bytes] = field(repr=False)

    @classmethod
    def start(
        cls, state_dir: Path, *, thaw_seconds: float = 5, day_seconds: float = 86_400, port: int = 0
    ) -> "LocalCloud":
        """Start one and return when it answers.

        Raises:
            StandInError: it ended, or did not answer in time.
        """
        arguments = ("--port", port, "--state-dir", state_dir)
        pace = ("--thaw-seconds", thaw_seconds, "--day-seconds", day_seconds)
        return cls(*stand_in.start("AWS", "dev.run.cloud", state_dir, *arguments, *pace))

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def stop(self) -> None:
        """End it; whatever it held is gone."""
        stand_in.stop(self.process)
