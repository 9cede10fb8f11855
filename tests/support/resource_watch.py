"""The resources of a namespace as the API server tells them: one watch, so that looking often costs nothing."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import urllib3.exceptions
from kubernetes import client, watch
from kubernetes.client.exceptions import ApiException

from tests.support.waiting import PATIENCE_SECONDS

GROUP, VERSION, PLURAL = "gas.io", "v1alpha1", "annotationjobs"
WATCH_SECONDS = 300
PAUSE_SECONDS = 0.2
"""After the API server did not answer."""


class ResourceWatch:
    """Follows all AnnotationJobs of a namespace, over restarts of the API server, until `stop`."""

    def __init__(self, api: client.CustomObjectsApi, namespace: str) -> None:
        self._api = api
        self._where = (GROUP, VERSION, namespace, PLURAL)
        self._resources: dict[str, dict[str, Any]] = {}
        self._watch: watch.Watch | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="resource-watch", daemon=True)
        self._thread.start()

    def seen(self) -> dict[str, dict[str, Any]]:
        """All resources, by name."""
        return dict(self._resources)

    def stop(self) -> None:
        """Follow no more."""
        self._stopping.set()
        if self._watch is not None:
            self._watch.stop()

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow_once()
            except (ApiException, urllib3.exceptions.HTTPError, OSError):
                time.sleep(PAUSE_SECONDS)

    def _follow_once(self) -> None:
        listed = self._api.list_namespaced_custom_object(*self._where, _request_timeout=PATIENCE_SECONDS)
        self._resources = {item["metadata"]["name"]: item for item in listed["items"]}
        self._watch = watch.Watch()
        events = self._watch.stream(
            self._api.list_namespaced_custom_object,
            *self._where,
            resource_version=listed["metadata"]["resourceVersion"],
            timeout_seconds=WATCH_SECONDS,
            _request_timeout=WATCH_SECONDS,
        )
        for event in events:
            resource = event["object"]
            if event["type"] == "DELETED":
                self._resources.pop(resource["metadata"]["name"], None)
            else:
                self._resources[resource["metadata"]["name"]] = resource


@dataclass(frozen=True)
class Glimpse:
    """All AnnotationJobs of a namespace at one moment: their statuses by name, and the newest version among them."""

    statuses: dict[str, dict[str, Any]]
    newest: int
    moment: str = field(compare=False)
    """The version of the listing, which anything else that is written makes another."""


def glimpse(api: client.CustomObjectsApi, namespace: str) -> Glimpse:
    """What there is now."""
    where = (GROUP, VERSION, namespace, PLURAL)
    listed = api.list_namespaced_custom_object(*where, _request_timeout=PATIENCE_SECONDS)
    items = listed["items"]
    statuses = {item["metadata"]["name"]: item.get("status", {}) for item in items}
    return Glimpse(statuses, max(map(_version, items), default=0), listed["metadata"]["resourceVersion"])


def statuses_between(
    api: client.CustomObjectsApi, namespace: str, before: Glimpse, after: Glimpse
) -> dict[str, list[dict[str, Any]]]:
    """The statuses that each job was given meanwhile, in their order: what a watch would have been told."""
    given: dict[str, list[dict[str, Any]]] = {}
    last = dict(before.statuses)
    for resource in _told(api, namespace, before, after):
        name, status = resource["metadata"]["name"], resource.get("status", {})
        if status != last.get(name, {}):
            given.setdefault(name, []).append(status)
        last[name] = status
    return given


def _told(
    api: client.CustomObjectsApi, namespace: str, before: Glimpse, after: Glimpse
) -> Iterator[dict[str, Any]]:
    """Every resource as it became by each change after one glimpse and up to another. Versions count up over all resources."""
    if after.newest <= before.newest:
        return
    events = watch.Watch().stream(
        api.list_namespaced_custom_object,
        *(GROUP, VERSION, namespace, PLURAL),
        resource_version=before.moment,
        timeout_seconds=int(PATIENCE_SECONDS),
        _request_timeout=PATIENCE_SECONDS,
    )
    for event in events:
        if event["type"] != "DELETED":
            yield event["object"]
        if _version(event["object"]) >= after.newest:
            return


def _version(resource: dict[str, Any]) -> int:
    return int(resource["metadata"]["resourceVersion"])
