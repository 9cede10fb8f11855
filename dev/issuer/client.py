"""Starts the local issuer from a test or from `dev/up`, and tells it what to forge."""

import json
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.issuer.issuer import CLIENT_ID
from gas.config import LOCAL_CLIENT_SECRET

_START_SECONDS = 30
_CALL_SECONDS = 10
_STOP_SECONDS = 5


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
            RuntimeError: it ended, or did not answer in time; the text shows its log.
        """
        state_dir.mkdir(parents=True, exist_ok=True)
        ready, log = state_dir / "ready.json", state_dir / "output.log"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "dev.issuer", "--port", str(port), "--ready-file", str(ready)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=Path(__file__).parents[2], stdout=output, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + _START_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise RuntimeError(
                    f"the local issuer did not start; see {log}:\n{log.read_text(encoding='utf-8')}"
                )
            time.sleep(0.02)
        return cls(json.loads(ready.read_text(encoding="utf-8"))["address"], process)

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
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _call(self, path: str, fields: dict[str, Any] | None = None) -> Any:
        body = None if fields is None else json.dumps(fields).encode()
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.address}/_issuer/{path}", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=_CALL_SECONDS) as answer:  # noqa: S310
            return json.load(answer)
