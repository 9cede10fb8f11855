"""Kubectl as one identity: every call has a deadline, and an error carries kubectl's own words."""

import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kube.errors import KubectlError

CALL_SECONDS = 30.0
"""Above the few hundred milliseconds of a call, because a machine that compiles at the same time is slow."""


@dataclass(frozen=True)
class Answer:
    """What kubectl said and how it ended."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Kubectl:
    """Kubectl with one kubeconfig and a cache of its own."""

    binary: Path
    kubeconfig: Path

    def ask(self, *arguments: str, stdin: str | None = None, seconds: float = CALL_SECONDS) -> Answer:
        """Run kubectl and return its answer, good or bad.

        Raises:
            KubectlError: kubectl did not end in time.
        """
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.kubeconfig.parent),
            "KUBECACHEDIR": str(self.kubeconfig.parent / "kubectl-cache"),
        }
        command = [str(self.binary), f"--kubeconfig={self.kubeconfig}", *arguments]
        try:
            ended = subprocess.run(
                command,
                check=False,
                capture_output=True,
                text=True,
                input=stdin if stdin is not None else "",
                timeout=seconds,
                env=environment,
            )
        except subprocess.TimeoutExpired as error:
            raise KubectlError(
                f"`kubectl {' '.join(arguments)}` did not end within {seconds:.0f} s: "
                f"is the API server of {self.kubeconfig} running?"
            ) from error
        return Answer(ended.returncode, ended.stdout, ended.stderr)

    def run(self, *arguments: str, stdin: str | None = None, seconds: float = CALL_SECONDS) -> str:
        """Run kubectl and return what it printed.

        Raises:
            KubectlError: kubectl failed or did not end in time.
        """
        answer = self.ask(*arguments, stdin=stdin, seconds=seconds)
        if answer.code != 0:
            raise KubectlError(f"`kubectl {' '.join(arguments)}` failed: {answer.stderr.strip()}")
        return answer.stdout

    def apply(self, objects: Iterable[Mapping[str, Any]]) -> None:
        """Make these objects what is asked for here, whoever else wrote them before.

        Raises:
            KubectlError: the API server refused one.
        """
        how = ("--server-side", "--force-conflicts", "--field-manager=gas-dev")
        self.run("apply", *how, "-f", "-", stdin=yaml.safe_dump_all(objects))
