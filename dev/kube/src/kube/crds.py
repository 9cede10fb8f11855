"""CustomResourceDefinitions: applied, and waited for until the API server serves them."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from kube.errors import KubectlError
from kube.kubectl import Kubectl

_SETTLE_SECONDS = 30.0
_POLL_SECONDS = 0.1


def apply_crds(kubectl: Kubectl, folder: Path) -> None:
    """Apply every CRD of a folder and return once the API server serves each version.

    Raises:
        KubectlError: the folder holds no CRD, the API server refused one, or did not serve it in time.
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise KubectlError(f"{folder} holds no CRD: it should hold one YAML file for each custom resource.")
    crds = [crd for file in files for crd in yaml.safe_load_all(file.read_text(encoding="utf-8"))]
    kubectl.apply(crds)
    wait_served(kubectl, crds)


def wait_served(kubectl: Kubectl, crds: Sequence[dict[str, Any]]) -> None:
    """Return once the API server answers requests for each version of each CRD.

    Established is said a moment before the first request is answered, and `kubectl wait` fails at once of a CRD that has
    no condition yet; so the answer itself is waited for.

    Raises:
        KubectlError: one is not served in time.
    """
    for crd in crds:
        for version in crd["spec"]["versions"]:
            if version["served"]:
                _wait_served(kubectl, crd["spec"]["group"], version["name"], crd["spec"]["names"]["plural"])


def _wait_served(kubectl: Kubectl, group: str, version: str, plural: str) -> None:
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        answer = kubectl.ask("get", "--raw", f"/apis/{group}/{version}")
        if answer.code == 0 and plural in {each["name"] for each in json.loads(answer.stdout)["resources"]}:
            return
        if time.monotonic() > deadline:
            raise KubectlError(
                f"the API server does not serve {plural}.{group}/{version}: {answer.stderr.strip()}"
            )
        time.sleep(_POLL_SECONDS)
