"""Files of others that the chart and skaffold.yaml are checked against: from their published Go modules, by hash."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kube.compiler import find_go
from kube.errors import BinariesError

DOWNLOAD_SECONDS = 300.0


@dataclass(frozen=True)
class Module:
    """A published Go module: its version, the hash that go.sum would hold, and which files of it are looked at."""

    path: str
    version: str
    sum: str
    folder: str
    names: tuple[str, ...]


CRDS = (
    Module(
        "github.com/kedacore/keda/v2",
        "v2.20.2",
        "h1:SR60v8uIcelbveS8n/1jcl8tLdBBIbHMxmdOHw8tKqA=",
        "config/crd/bases",
        ("keda.sh_scaledobjects.yaml", "keda.sh_triggerauthentications.yaml"),
    ),
    Module(
        "github.com/prometheus-operator/prometheus-operator",
        "v0.88.0",
        "h1:3T/dCQdk7CUVRqVfwRHoC5g66fC/ML6XQQLtQVL6Q5o=",
        "example/prometheus-operator-crd",
        (
            "monitoring.coreos.com_servicemonitors.yaml",
            "monitoring.coreos.com_podmonitors.yaml",
            "monitoring.coreos.com_prometheusrules.yaml",
        ),
    ),
)


SKAFFOLD = Module(
    "github.com/GoogleContainerTools/skaffold/v2",
    "v2.16.1",
    "h1:eMrp2qpn/5j2c1P/JqLo+mxcpEIdtokb/tCY2W/05ic=",
    "docs-v2/content/en/schemas",
    ("v4beta11.json",),
)


def skaffold_schema() -> Path:
    """Skaffold's own schema of skaffold.yaml.

    Raises:
        BinariesError: there is no Go, or the module could not be had, or is not what it was.
    """
    return _folder(find_go(), SKAFFOLD) / SKAFFOLD.names[0]


def foreign_crds() -> list[Path]:
    """The CustomResourceDefinitions of others, in Go's module cache; what is not there yet is downloaded.

    Raises:
        BinariesError: there is no Go, or a module could not be had, or is not what it was.
    """
    go = find_go()
    return [folder / name for module in CRDS for folder in [_folder(go, module)] for name in module.names]


def _folder(go: str, module: Module) -> Path:
    ended = subprocess.run(
        [go, "mod", "download", "-json", f"{module.path}@{module.version}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=DOWNLOAD_SECONDS,
        cwd="/",
    )
    told = json.loads(ended.stdout or "{}")
    if told.get("Sum") != module.sum:
        raise BinariesError(
            f"the Go module {module.path}@{module.version} could not be had as it was published: "
            f"{told.get('Error') or told.get('Sum') or ended.stderr.strip()}"
        )
    return Path(told["Dir"]) / module.folder
