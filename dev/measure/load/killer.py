"""Kills half of the busy annotators now and then, at random, without a second to drain."""

import math
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from dev.measure.load.bench import WEATHER, Bench

RETRY_SECONDS = 2.0
"""After a call that failed."""

_T = TypeVar("_T")

_WORDS_LENGTH = 200
"""An API server's refusal has headers and a body."""

_JOIN_SECONDS = 120.0
"""Longer than the longest call that may be under way."""


class KillerDiedError(Exception):
    """The killer ended by itself: what was measured after that was no run with kills."""


def busy_pods(records: Iterable[Mapping[str, Any]], now: float) -> list[str]:
    """The pods that hold a job, by the holders of living leases: a holder is a pod and a process in it."""
    holders = {
        str(record["lease_holder"])
        for record in records
        if record.get("job_status") == "Running" and float(record.get("lease_expires_at", 0)) > now
    }
    return sorted({holder.partition(":")[0] for holder in holders})


def doomed(busy: list[str], dice: random.Random) -> list[str]:
    """Half of them at random, rounded up."""
    return sorted(dice.sample(busy, math.ceil(len(busy) / 2)))


class Killer:
    """Kills in rounds from `start` to `stop`, also while pods are scaled away."""

    def __init__(
        self, bench: Bench, names: list[str], *, every: float, seed: int, retry: float = RETRY_SECONDS
    ) -> None:
        self._bench = bench
        self._names = names
        self._every = every
        self._retry = retry
        self._dice = random.Random(seed)  # noqa: S311 - to be repeated, not secret
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._kill, daemon=True)
        self._cause: Exception | None = None
        self.killed: list[tuple[float, str]] = []
        """When, and which pod."""
        self.errors: list[str] = []
        """Each call that failed, and was made again."""

    def start(self) -> None:
        """Begin with a round at once."""
        self._thread.start()

    def stop(self) -> None:
        """Kill no more. Safe twice, and when nothing was begun.

        Raises:
            KillerDiedError: the rounds had ended by themselves, or do not end.
        """
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_SECONDS)
        if self._cause is not None:
            raise KillerDiedError(f"the killer ended by itself: {self._cause!r}") from self._cause
        if self._thread.is_alive():
            raise KillerDiedError(f"the killer has not ended after {_JOIN_SECONDS:.0f} s")

    def _kill(self) -> None:
        try:
            while not self._over.is_set():
                self._round()
                self._over.wait(self._every)
        except Exception as error:  # noqa: BLE001 - whatever it was, `stop` tells it
            self._cause = error
            self._bench.say(f"the killer ended by itself: {error!r}")

    def _round(self) -> None:
        busy = self._tried("finding the busy pods", self._busy) or []
        for pod in doomed(busy, self._dice):
            if self._tried(f"killing {pod}", lambda pod=pod: self._gone(pod)):  # type: ignore[misc]
                self.killed.append((time.time(), pod))
        if busy:
            self._bench.say(f"killed {math.ceil(len(busy) / 2)} of {len(busy)} busy pods")

    def _busy(self) -> list[str]:
        there = set(self._bench.installation.pods("annotator"))
        return [pod for pod in busy_pods(self._bench.records(self._names), time.time()) if pod in there]

    def _tried(self, what: str, act: Callable[[], _T]) -> _T | None:
        """What the call gave, made again until it succeeds; None when all is over before that."""
        while not self._over.is_set():
            try:
                return act()
            except WEATHER as error:
                words = " ".join(str(error).split())[:_WORDS_LENGTH]
                self.errors.append(f"{what}: {type(error).__name__}: {words}")
                self._bench.say(self.errors[-1])
                self._over.wait(self._retry)
        return None

    def _gone(self, pod: str) -> bool:
        """True when it was killed; False when it had ended meanwhile."""
        try:
            self._bench.core.delete_namespaced_pod(
                pod,
                self._bench.namespace,
                body=client.V1DeleteOptions(grace_period_seconds=0),
                _request_timeout=30,
            )
        except ApiException as error:
            if error.status == 404:  # noqa: PLR2004 - not found
                return False
            raise
        return True
