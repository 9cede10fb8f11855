"""A small fake of the controllers' `Cluster`: resources with versions, deletion, and Events."""

import copy
import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from gas.domain.errors import ConflictError, NotFoundError
from gas.ports.clock import Clock


class FakeCluster:
    """The public methods of `gas_controllers.cluster.Cluster`; `written` lists every status that was written."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._versions = itertools.count(1)
        self.resources: dict[str, dict[str, Any]] = {}
        self.written: list[dict[str, Any]] = []
        self.events: dict[str, dict[str, Any]] = {}
        self.terminating = False
        self.deployments: dict[str, int] = {}
        self.costs: dict[str, str | int | None] = {}

    def list_all(self) -> Iterator[dict[str, Any]]:
        """Every resource."""
        yield from copy.deepcopy(list(self.resources.values()))

    def get(self, name: str) -> dict[str, Any] | None:
        """The resource, or None."""
        return copy.deepcopy(self.resources.get(name))

    def write_status(
        self, name: str, current: dict[str, Any], wanted: dict[str, Any], resource_version: str
    ) -> dict[str, Any]:
        """Replace a status, on condition of the version."""
        there = self.resources.get(name)
        if there is None:
            raise NotFoundError(f"annotationjob {name} is gone")
        if there["metadata"]["resourceVersion"] != resource_version:
            raise ConflictError(f"annotationjob {name} is another version")
        merged = {**there.get("status", {}), **dict.fromkeys(current), **wanted}
        there["status"] = {key: value for key, value in merged.items() if value is not None}
        self._touch(there)
        self.written.append(copy.deepcopy(there["status"]))
        return copy.deepcopy(there)

    def create(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Make a resource, or answer with the one that is there."""
        name = manifest["metadata"]["name"]
        if name not in self.resources:
            made = copy.deepcopy(manifest)
            made["metadata"] |= {
                "uid": f"uid-{next(self._versions)}",
                "generation": 1,
                "creationTimestamp": _stamp(self._clock.now()),
            }
            self._touch(made)
            self.resources[name] = made
        return copy.deepcopy(self.resources[name])

    def remove(self, name: str, uid: str) -> None:
        """Remove the resource if it is still the one with that uid."""
        if name in self.resources and self.resources[name]["metadata"]["uid"] == uid:
            del self.resources[name]

    def confirmed_absent(self, name: str) -> bool:
        """True when the resource is not there and nothing is terminating."""
        return name not in self.resources and not self.terminating

    def ready_pods(self, deployment: str) -> int:
        """How many pods of a Deployment are ready."""
        if deployment not in self.deployments:
            raise NotFoundError(f"there is no deployment {deployment}")
        return self.deployments[deployment]

    def set_deletion_cost(self, pod: str, cost: int | None) -> None:
        """Note what it costs to take a pod away."""
        self.costs[pod] = cost

    def post_event(self, manifest: dict[str, Any]) -> None:
        """Keep an Event; a name that is taken is no error."""
        self.events.setdefault(manifest["metadata"]["name"], manifest)

    def edit(self, name: str, **spec: Any) -> None:
        """What `kubectl patch` does to a spec."""
        there = self.resources[name]
        there["spec"] |= spec
        there["metadata"]["generation"] += 1
        self._touch(there)

    def _touch(self, body: dict[str, Any]) -> None:
        body["metadata"]["resourceVersion"] = str(next(self._versions))


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
