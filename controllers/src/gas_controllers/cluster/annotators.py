"""Whether any annotator is up, so that people whose job waits for the first one are told so."""

import threading
import time
from collections.abc import Mapping
from typing import Protocol

import structlog

from gas.domain.errors import GasError
from gas.domain.line import Line

log = structlog.get_logger()

FRESH_SECONDS = 5.0
"""An answer is as good for all jobs that are published within this time: one look, however many they are."""


class _Cluster(Protocol):
    def ready_pods(self, deployment: str) -> int: ...


class Annotators:
    """Looks at the Deployments of annotators. `deployments` names that of each line; empty where it is not known."""

    def __init__(self, cluster: _Cluster, deployments: Mapping[Line, str]) -> None:
        self._cluster = cluster
        self._deployments = deployments
        self._lock = threading.Lock()
        self._answers: dict[Line, tuple[float, bool | None]] = {}

    def up(self, line: Line) -> bool | None:
        """Whether an annotator of a line is ready; None when that cannot be told, which keeps no job waiting."""
        with self._lock:
            asked, answer = self._answers.get(line, (-FRESH_SECONDS, None))
            if time.monotonic() - asked >= FRESH_SECONDS:
                answer = self._ask(self._deployments.get(line, ""))
                self._answers[line] = (time.monotonic(), answer)
            return answer

    def _ask(self, deployment: str) -> bool | None:
        if not deployment:
            return None
        try:
            return self._cluster.ready_pods(deployment) > 0
        except GasError as error:
            log.warning("it is not known whether annotators are up", deployment=deployment, error=str(error))
            return None
