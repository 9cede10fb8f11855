"""Kills half of the busy annotators now and then, at random, without a second to drain."""

import math
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from dev.load.bench import Bench


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

    def __init__(self, bench: Bench, names: list[str], *, every: float, seed: int) -> None:
        self._bench = bench
        self._names = names
        self._every = every
        self._dice = random.Random(seed)  # noqa: S311 - to be repeated, not secret
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._kill, daemon=True)
        self.killed: list[tuple[float, str]] = []
        """When, and which pod."""

    def start(self) -> None:
        """Begin with a round at once."""
        self._thread.start()

    def stop(self) -> None:
        """Kill no more."""
        self._over.set()
        self._thread.join()

    def _kill(self) -> None:
        while not self._over.is_set():
            self._round()
            self._over.wait(self._every)

    def _round(self) -> None:
        now = time.time()
        there = set(self._bench.installation.pods("annotator"))
        busy = [pod for pod in busy_pods(self._bench.records(self._names), now) if pod in there]
        for pod in doomed(busy, self._dice):
            if _gone(lambda pod=pod: self._delete(pod)):  # type: ignore[misc]
                self.killed.append((time.time(), pod))
        if busy:
            self._bench.say(f"killed {math.ceil(len(busy) / 2)} of {len(busy)} busy pods")

    def _delete(self, pod: str) -> None:
        self._bench.core.delete_namespaced_pod(
            pod,
            self._bench.namespace,
            body=client.V1DeleteOptions(grace_period_seconds=0),
            _request_timeout=30,
        )


def _gone(kill: Callable[[], None]) -> bool:
    """True when it was killed; False when it had ended meanwhile."""
    try:
        kill()
    except ApiException as error:
        if error.status == 404:  # noqa: PLR2004 - not found
            return False
        raise
    return True
