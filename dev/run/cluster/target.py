"""The cluster that the end-to-end tests run on: our own node, or any other that a kubeconfig leads to."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from dev.run.cluster.images import LOCAL_REGISTRY

VARIABLE = "GAS_E2E_TARGET"
"""Names the file by which the tests are told."""


@dataclass(frozen=True)
class Target:
    """How the tests reach a cluster, and how its pods reach what the tests start."""

    kubectl: str
    helm: str
    kubeconfig: str
    address: str
    """This machine as pods see it: the local AWS and the local issuer answer there."""
    ingress: str
    """Where the ingress controller answers with TLS, as address and port."""
    ingress_http: str
    """Where it answers without."""
    tag: str
    """The tag of the images."""
    registry: str = LOCAL_REGISTRY
    """What stands before their names."""
    last_release: str = ""
    """The chart of the last release; empty when there is none."""
    last_release_tag: str = ""
    """The tag of its images."""
    references: str = ""
    """The folder of the bundles that were built for the run, each with a file to send; empty when genomes could not be had."""
    foreign_engine: str = ""
    """The folder of what was built for an engine that is not ours; empty for a cluster of somebody else."""
    own_state_dir: str = ""
    """Where our own node keeps its state; empty for another cluster, whose API server is not ours to restart."""

    def save(self, path: Path) -> None:
        """Write it for the tests."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def load(cls) -> "Target | None":
        """What the environment names; None when it names nothing."""
        path = os.environ.get(VARIABLE)
        return cls(**json.loads(Path(path).read_text())) if path else None
