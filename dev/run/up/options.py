"""How the local platform is set up: folders, and the settings that differ from production's."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from dev import ROOT
from dev.run.issuer.issuer import CLIENT_ID
from dev.run.issuer.people import OPERATOR_SUBJECT
from gas.config import LOCAL_CLIENT_SECRET

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
    absence_seconds: float = 60.0
    second_look_seconds: float = 300.0

    @property
    def state_dir(self) -> Path:
        """Where this instance keeps its processes' state and logs."""
        return BUILD / "state" / self.instance

    @property
    def up_file(self) -> Path:
        """Where the addresses of this instance are written; the default instance's is `build/up.json`."""
        return BUILD / ("up.json" if self.instance == "gas" else f"up-{self.instance}.json")

    def settings(self, endpoint: str, web: str | None = None) -> dict[str, str]:
        """The environment of every part. Where `web` is told, e-mails link to it."""
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
            "GAS_ANNOTATOR__REFERENCES_DIR": str(self.state_dir / "references"),
            "GAS_ANNOTATOR__WAIT_SECONDS": str(self.wait_seconds),
            "GAS_CONTROLLERS__WAIT_SECONDS": str(self.wait_seconds),
            "GAS_CONTROLLERS__SWEEP_SECONDS": str(self.sweep_seconds),
            "GAS_CONTROLLERS__ABSENCE_SECONDS": str(self.absence_seconds),
            "GAS_CONTROLLERS__SECOND_LOOK_SECONDS": str(self.second_look_seconds),
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
        } | ({"GAS_WEB__PUBLIC_URL": web} if web else {})

    def settings_of(self, part: str, label: str, port: int) -> dict[str, str]:
        """What one part is told on top: where it answers its probes, and where it works."""
        match part:
            case "annotator":
                work = {"GAS_ANNOTATOR__WORK_DIR": str(self.state_dir / "work" / label)}
                return {"GAS_ANNOTATOR__PROBE_PORT": str(port), **work}
            case _:
                return {f"GAS_{part.upper()}__PROBE_PORT": str(port)}


def sign_in_settings(issuer: str) -> dict[str, str]:
    """What the web part is told about the local issuer."""
    return {
        "GAS_WEB__ISSUER_URL": issuer,
        "GAS_WEB__CLIENT_ID": CLIENT_ID,
        "GAS_WEB__CLIENT_SECRET": LOCAL_CLIENT_SECRET,
        "GAS_WEB__PAYMENTS": "one-click",
        "GAS_WEB__OPERATORS": json.dumps([OPERATOR_SUBJECT]),
    }


def instance_name() -> str:
    """The instance that the environment names."""
    return os.environ.get("GAS_INSTANCE", "gas")
