"""A folder of the node that pods share by a claim, as a platform owner's storage gives one."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dev.run.cluster.installation import Installation
from kube.node.layout import NODE

CLAIM = "shared-references"
CLASS = "on-the-node"
SIZE = "1Gi"


@dataclass(frozen=True)
class SharedFolder:
    """The folder, its volume and its claim."""

    installation: Installation
    path: Path
    claim: str = CLAIM

    @classmethod
    def make(cls, installation: Installation, path: Path) -> "SharedFolder":
        """Make all three; what an older run left there goes first."""
        shared = cls(installation, path)
        shared.remove()
        path.mkdir(parents=True)
        installation.apply(shared._objects())
        return shared

    @property
    def volume(self) -> str:
        """The name of the volume, which belongs to no namespace."""
        return f"{self.installation.namespace}-{self.claim}"

    def names(self) -> set[str]:
        """What lies in the folder."""
        return {entry.name for entry in self.path.iterdir()}

    def remove(self) -> None:
        """Remove all three, once no pod has the claim any more."""
        gone = ("--ignore-not-found", "--timeout=180s")
        self.installation.ask("delete", "persistentvolumeclaim", self.claim, *gone, seconds=200)
        self.installation.kubectl.run("delete", "persistentvolume", self.volume, *gone, seconds=200)
        shutil.rmtree(self.path, ignore_errors=True)

    def _objects(self) -> list[dict[str, Any]]:
        shared = {"accessModes": ["ReadWriteMany"], "storageClassName": CLASS}
        on_node = {"key": "kubernetes.io/hostname", "operator": "In", "values": [NODE]}
        volume = {
            **shared,
            "capacity": {"storage": SIZE},
            "local": {"path": str(self.path)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [on_node]}]}},
            "persistentVolumeReclaimPolicy": "Retain",
        }
        claim = {**shared, "volumeName": self.volume, "resources": {"requests": {"storage": SIZE}}}
        names = {"name": self.claim, "namespace": self.installation.namespace}
        return [
            {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {"name": self.volume},
                "spec": volume,
            },
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": names, "spec": claim},
        ]
