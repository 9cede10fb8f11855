"""Follows pods, Deployments and AnnotationJobs by watches: exact times at the cost of three connections."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import urllib3.exceptions
from kubernetes import client, watch
from kubernetes.client.exceptions import ApiException

from dev.measure.load.timeline import PodLife, Step, ready_steps

GROUP, VERSION, PLURAL = "gas.io", "v1alpha1", "annotationjobs"

_WATCH_SECONDS = 120
_PAUSE_SECONDS = 0.5
"""After the API server did not answer."""

_COMPONENT = "app.kubernetes.io/component"


class Watching:
    """What a namespace's pods, Deployments and jobs have done since it was made."""

    def __init__(self, api: Any, namespace: str) -> None:
        self._core, self._apps = client.CoreV1Api(api), client.AppsV1Api(api)
        self._custom = client.CustomObjectsApi(api)
        self._namespace = namespace
        self._pods: dict[str, PodLife] = {}
        self._replicas: dict[str, list[Step]] = {}
        self.phases: dict[str, str] = {}
        """The phase that each resource shows."""
        self.shown: dict[str, float] = {}
        """When each resource showed a phase first."""
        self._stopping = threading.Event()
        loops: tuple[tuple[Any, tuple[str, ...], Callable[[str, dict[str, Any]], None]], ...] = (
            (self._core.list_namespaced_pod, (namespace,), self._pod),
            (self._apps.list_namespaced_deployment, (namespace,), self._deployment),
            (self._custom.list_namespaced_custom_object, (GROUP, VERSION, namespace, PLURAL), self._job),
        )
        for listing, where, note in loops:
            threading.Thread(target=self._follow, args=(listing, where, note), daemon=True).start()

    def stop(self) -> None:
        """Follow no more."""
        self._stopping.set()

    def pods(self, component: str) -> list[PodLife]:
        """Every pod of a part that there ever was."""
        return [pod for pod in list(self._pods.values()) if pod.component == component]

    def ready(self, component: str) -> list[Step]:
        """How many pods of a part are ready, whenever that changes."""
        return ready_steps(self.pods(component))

    def wanted(self, component: str) -> list[Step]:
        """How many pods of a part there should be, whenever that changes."""
        return list(self._replicas.get(component, []))

    def _follow(
        self, listing: Any, where: tuple[str, ...], note: Callable[[str, dict[str, Any]], None]
    ) -> None:
        while not self._stopping.is_set():
            try:
                for kind, seen in _events(listing, where):
                    note(kind, seen)
                    if self._stopping.is_set():
                        return
            except (ApiException, urllib3.exceptions.HTTPError, OSError, ValueError):
                time.sleep(_PAUSE_SECONDS)

    def _pod(self, kind: str, pod: dict[str, Any]) -> None:
        now, meta = time.time(), pod["metadata"]
        life = self._pods.get(meta["uid"]) or PodLife(
            meta["name"], meta.get("labels", {}).get(_COMPONENT, ""), now
        )
        if life.ready is None and _is_ready(pod):
            life = replace(life, ready=now)
        if life.ended is None and (kind == "DELETED" or "deletionTimestamp" in meta):
            life = replace(life, ended=now)
        self._pods[meta["uid"]] = life

    def _deployment(self, _: str, deployment: dict[str, Any]) -> None:
        component = deployment["metadata"].get("labels", {}).get(_COMPONENT, "")
        steps = self._replicas.setdefault(component, [])
        wanted = int(deployment["spec"].get("replicas", 0))
        if not steps or steps[-1][1] != wanted:
            steps.append((time.time(), wanted))

    def _job(self, kind: str, job: dict[str, Any]) -> None:
        name, phase = job["metadata"]["name"], job.get("status", {}).get("phase", "")
        if kind == "DELETED":
            self.phases.pop(name, None)
            return
        self.phases[name] = phase
        if phase:
            self.shown.setdefault(name, time.time())


def _events(listing: Any, where: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What there is, and what happens to it for a while."""
    events = watch.Watch().stream(
        listing, *where, timeout_seconds=_WATCH_SECONDS, _request_timeout=_WATCH_SECONDS + 10
    )
    for event in events:
        yield event["type"], event["raw_object"]


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
