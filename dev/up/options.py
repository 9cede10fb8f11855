"""How the local platform is set up: folders, and the settings that differ from production's."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"


@dataclass(frozen=True)
class Options:
    """One local platform. The short times show a whole life in a minute; `make up` uses longer ones."""

    instance: str = "gas"
    retention_seconds: int = 300
    thaw_seconds: float = 60.0
    link_seconds: int = 60
    delete_settles_seconds: int = 2
    sweep_seconds: float = 5.0
    lease_seconds: float = 30.0
    wait_seconds: int = 5

    @property
    def state_dir(self) -> Path:
        """Where this instance keeps its processes' state and logs."""
        return BUILD / "state" / self.instance

    @property
    def up_file(self) -> Path:
        """Where the addresses of this instance are written; the default instance's is `build/up.json`."""
        return BUILD / ("up.json" if self.instance == "gas" else f"up-{self.instance}.json")

    def settings(self, endpoint: str) -> dict[str, str]:
        """The environment of every part."""
        return {
            "GAS_ENV": "local",
            "GAS_INSTANCE": self.instance,
            "GAS_AWS__ENDPOINT_URL": endpoint,
            "GAS_AWS__DUE_SHARDS": "1",
            "GAS_LIFECYCLE__RETENTION_SECONDS": str(self.retention_seconds),
            "GAS_LIFECYCLE__LINK_SECONDS": str(self.link_seconds),
            "GAS_LIFECYCLE__DELETE_SETTLES_SECONDS": str(self.delete_settles_seconds),
            "GAS_LIFECYCLE__RETRIEVAL_POLL_SECONDS": "5",
            "GAS_LIFECYCLE__EXPEDITED_SECONDS": str(int(self.thaw_seconds)),
            "GAS_LIFECYCLE__STANDARD_SECONDS": str(int(self.thaw_seconds * 2)),
            "GAS_ANNOTATOR__LEASE_SECONDS": str(self.lease_seconds),
            "GAS_ANNOTATOR__WAIT_SECONDS": str(self.wait_seconds),
            "GAS_CONTROLLERS__WAIT_SECONDS": str(self.wait_seconds),
            "GAS_CONTROLLERS__SWEEP_SECONDS": str(self.sweep_seconds),
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def instance_name() -> str:
    """The instance that the environment names."""
    return os.environ.get("GAS_INSTANCE", "gas")
