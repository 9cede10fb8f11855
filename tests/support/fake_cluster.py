"""A small fake of the controllers' `Cluster`: resources with versions, deletion, and Events."""

import copy
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gas.domain.absence import SeenHome
from gas.domain.errors import ConflictError, NotFoundError, NotTakenError
from gas.domain.record import Home
from gas.ports.clock import Clock
from gas_controllers.cluster.errors import NotServedError


@dataclass(frozen=True)
class Backup:
    """All that a cluster held, and how far it had come."""

    resources: dict[str, dict[str, Any]]
    version: int


class FakeCluster:
    """The public methods of `gas_controllers.cluster.kubernetes_api.Cluster`; `written` lists every status that was written."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._version = 0
        self.resources: dict[str, dict[str, Any]] = {}
        self.written: list[dict[str, Any]] = []
        self.events: dict[str, dict[str, Any]] = {}
        self.terminating = False
        self.served = True
        self.refuses = False
        """Whether a policy of the cluster refuses every new resource."""
        self.unknown_fields: set[str] = set()
        """What its CRD, of an older release, does not know of a spec and takes out of it."""
        self._homes = itertools.count(1)
        self._home = SeenHome(Home("crd-0", "namespace-0"), clock.now() - timedelta(days=1))
        self.deployments: dict[str, int] = {}
        self.costs: dict[str, str | int | None] = {}

    def list_all(self) -> Iterator[dict[str, Any]]:
        """Every resource."""
        self.serves()
        yield from copy.deepcopy(list(self.resources.values()))

    def get(self, name: str) -> dict[str, Any] | None:
        """The resource, or None."""
        self.serves()
        return copy.deepcopy(self.resources.get(name))

    def write_status(
        self, name: str, current: dict[str, Any], wanted: dict[str, Any], resource_version: str
    ) -> dict[str, Any]:
        """Replace a status, on condition of the version."""
        self.serves()
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
        self.serves()
        name = manifest["metadata"]["name"]
        if (self.refuses or self._from_the_future(manifest)) and name not in self.resources:
            raise NotTakenError(f"annotationjob {name} is refused", refused=True)
        if name not in self.resources:
            made = copy.deepcopy(manifest)
            made["spec"] = {
                name: value for name, value in made["spec"].items() if name not in self.unknown_fields
            }
            made["metadata"] |= {
                "uid": f"uid-{self._next()}",
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

    def home(self) -> SeenHome:
        """The CRD and the namespace."""
        self.serves()
        return replace(self._home, terminating=self.terminating)

    def serves(self) -> None:
        """Make sure that the kind is there."""
        if not self.served:
            raise NotServedError("there is no CustomResourceDefinition")

    def version(self) -> int:
        """How many changes there were."""
        self.serves()
        return self._next()

    def back_up(self) -> Backup:
        """What there is now."""
        return Backup(copy.deepcopy(self.resources), self._version)

    def set_back(self, to: Backup, *, bumped: bool = False) -> None:
        """Bring a backup back: what came after it is gone, its count of changes with it, unless that is set forward."""
        self.resources = copy.deepcopy(to.resources)
        self._version = self._version + 1000 if bumped else to.version

    def make_anew(self, *, crd: bool = False, namespace: bool = False) -> None:
        """What becomes of everything when the CRD, the namespace, or with both the cluster is made anew."""
        self.resources.clear()
        number = next(self._homes)
        old = self._home.home
        home = Home(
            f"crd-{number}" if crd else old.crd_uid, f"namespace-{number}" if namespace else old.namespace_uid
        )
        self._home = SeenHome(home, self._clock.now())

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

    def _from_the_future(self, manifest: dict[str, Any]) -> bool:
        """What the chart's policy refuses at the door."""
        restore = manifest["spec"].get("restore")
        late = self._clock.now() + timedelta(minutes=5)
        return restore is not None and datetime.fromisoformat(restore["requestTime"]) > late

    def _touch(self, body: dict[str, Any]) -> None:
        body["metadata"]["resourceVersion"] = str(self._next())

    def _next(self) -> int:
        self._version += 1
        return self._version


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
