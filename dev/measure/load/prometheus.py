"""Asks the cluster's Prometheus, and keeps what it has seen, so that dashboards can be drawn afterwards."""

import json
import shutil
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import urllib3.exceptions
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from dev.measure.load.bench import write_json
from dev.run.up.options import BUILD
from dev.write.dashboards.source import Line, Prometheus, PrometheusError, Span

KEPT = BUILD / "prometheus"
"""A data folder: `prometheus --storage.tsdb.path=build/prometheus` reads it."""

_NAMESPACE = "monitoring"
_KUBELET = Path("/var/lib/kubelet/pods")
_SECONDS = 120


def seen(
    api: Any, expr: str, *, namespace: str, begin: float, end: float, say: Callable[[str], None]
) -> list[Line]:
    """What an expression says over a span, from one time to another; nothing, and a sentence, where nobody answers."""
    span = Span(datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC))
    try:
        return Prometheus(_address(client.CoreV1Api(api)), namespace, span).lines(expr)
    except (ApiException, urllib3.exceptions.HTTPError, OSError, PrometheusError) as error:
        say(f"Prometheus does not tell {expr}: {error}")
        return []


def _address(core: Any) -> str:
    found = core.read_namespaced_service("prometheus", _NAMESPACE, _request_timeout=30)
    return f"http://{found.spec.cluster_ip}:9090"


def keep(api: Any, say: Callable[[str], None], folder: Path = KEPT) -> bool:
    """Keep what there is so far; False, and a sentence, where that could not be done: no run fails for it."""
    try:
        return _keep(api, say, folder)
    except (ApiException, urllib3.exceptions.HTTPError, OSError, shutil.Error) as error:
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
    address = _address(core)
    request = urllib.request.Request(f"{address}/api/v1/admin/tsdb/snapshot", method="POST")  # noqa: S310 - ours
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
        name = json.load(answer)["data"]["name"]
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(volume / "snapshots" / name, folder)
    shutil.rmtree(volume / "snapshots" / name)
    with urllib.request.urlopen(f"{address}/api/v1/targets?state=active", timeout=_SECONDS) as answer:  # noqa: S310
        targets = json.load(answer)["data"]["activeTargets"]
    write_json(
        folder.with_suffix(".json"),
        [{"job": each["scrapePool"], "labels": each["labels"], "health": each["health"]} for each in targets],
    )
    return True
