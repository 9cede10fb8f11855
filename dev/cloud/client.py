"""Starts the local AWS from a test or from `dev/up`, and talks to its control endpoints."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_START_SECONDS = 60
_CALL_SECONDS = 60
_STOP_SECONDS = 10


@dataclass(frozen=True)
class CloudControl:
    """The control endpoints of a running local AWS."""

    endpoint: str

    def faults(self, service: str, operation: str, **effect: Any) -> None:
        """Set a fault: `error`, `delayMs`, `duplicate`, `drop`, `after`, `count`."""
        self._call("POST", "faults", {"service": service, "operation": operation, **effect})

    def clear_faults(self) -> None:
        """Forget all faults."""
        self._call("DELETE", "faults")

    def retrievals_take(self, *, thaw_seconds: float, day_seconds: float) -> None:
        """Let every retrieval that begins from now on take so long, and a day of its copy."""
        self._call("POST", "retrievals", {"thawSeconds": thaw_seconds, "daySeconds": day_seconds})

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
            RuntimeError: it ended, or did not answer in a minute; the text shows its log.
        """
        state_dir.mkdir(parents=True, exist_ok=True)
        ready_file, log = state_dir / "ready.json", state_dir / "output.log"
        ready_file.unlink(missing_ok=True)
        arguments = {
            "--port": port,
            "--state-dir": state_dir,
            "--thaw-seconds": thaw_seconds,
            "--day-seconds": day_seconds,
            "--ready-file": ready_file,
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "dev.cloud",
                    *(str(part) for pair in arguments.items() for part in pair),
                ],
                cwd=Path(__file__).parents[2],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not ready_file.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise RuntimeError(
                    f"the local AWS did not start; see {log}:\n{log.read_text(encoding='utf-8')}"
                )
            time.sleep(0.02)
        return cls(json.loads(ready_file.read_text(encoding="utf-8"))["endpoint"], process)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def stop(self) -> None:
        """End it; whatever it held is gone."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
