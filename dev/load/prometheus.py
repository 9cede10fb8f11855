"""Keeps what the node's Prometheus has seen, so that dashboards can be drawn and their expressions tried afterwards."""

import json
import shutil
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from dev.load.bench import write_json
from dev.up.options import BUILD

KEPT = BUILD / "prometheus"
"""A data folder: `prometheus --storage.tsdb.path=build/prometheus` reads it."""

_NAMESPACE = "monitoring"
_KUBELET = Path("/var/lib/kubelet/pods")
_SECONDS = 120


def keep(api: Any, say: Callable[[str], None], folder: Path = KEPT) -> bool:
    """Keep what there is so far; False, and a sentence, where that could not be done: no run fails for it."""
    try:
        return _keep(api, say, folder)
    except (ApiException, OSError) as error:
        say(f"the data of Prometheus was not kept: {error}")
        return False


def _keep(api: Any, say: Callable[[str], None], folder: Path) -> bool:
    """Let Prometheus write a snapshot and copy it out of its pod's volume, which is on this machine on our own node."""
    core = client.CoreV1Api(api)
    pods = core.list_namespaced_pod(_NAMESPACE, label_selector="app.kubernetes.io/name=prometheus").items
    volume = (
        _KUBELET / pods[0].metadata.uid / "volumes/kubernetes.io~empty-dir/data"
        if pods
        else _KUBELET / "none"
    )
    if not volume.is_dir():
        say("Prometheus is not on this machine: its data is not kept")
        return False
    address = core.read_namespaced_service("prometheus", _NAMESPACE).spec.cluster_ip
    request = urllib.request.Request(f"http://{address}:9090/api/v1/admin/tsdb/snapshot", method="POST")
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
        name = json.load(answer)["data"]["name"]
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(volume / "snapshots" / name, folder)
    shutil.rmtree(volume / "snapshots" / name)
    with urllib.request.urlopen(
        f"http://{address}:9090/api/v1/targets?state=active", timeout=_SECONDS
    ) as answer:
        targets = json.load(answer)["data"]["activeTargets"]
    write_json(
        folder.with_suffix(".json"),
        [{"job": each["scrapePool"], "labels": each["labels"], "health": each["health"]} for each in targets],
    )
    return True
