"""`python -m dev.run.helm`: answers one request of `dev.run.helm.chart`, as JSON from stdin to stdout."""

import json
import sys
from typing import Any

import helm_python

from dev.ending import end

_WARNING = 2
"""Helm's severities: 1 is information, 2 a warning, 3 an error."""

_SECONDS = 60


def main() -> int:
    """Answer; 1 and Helm's words on stderr when it refused."""
    request = json.load(sys.stdin)
    try:
        answer = _DO[request["do"]](request)
    except helm_python.HelmError as refused:
        print(refused, file=sys.stderr)
        return 1
    json.dump(answer, sys.stdout)
    return 0


def _render(request: dict[str, Any]) -> dict[str, Any]:
    with helm_python.Chart.load(request["chart"]) as chart:
        return {"rendered": [_render_one(chart, values, request) for values in request["values"]]}


def _render_one(chart: helm_python.Chart, values: Any, request: dict[str, Any]) -> dict[str, str]:
    # An installation checks the schema first; rendering alone does not.
    chart.validate_schema(values)
    return chart.render(values, name=request["name"], namespace=request["namespace"], is_install=True)


def _lint(request: dict[str, Any]) -> dict[str, Any]:
    report = helm_python.lint(
        request["chart"], request["values"], namespace=request["namespace"], strict=True
    )
    messages = [
        f"{each['path']}: {each['error']}" for each in report["messages"] if each["severity"] >= _WARNING
    ]
    return {"findings": messages or report["errors"]}


def _install(request: dict[str, Any]) -> dict[str, Any]:
    chart, name, values = request["chart"], request["name"], request["values"]
    with _cluster(request) as cluster:
        installed = {each["name"] for each in cluster.list(all_states=True)}
        # The server decides on every object before Helm keeps the release.
        change = cluster.upgrade if name in installed else cluster.install
        change(chart, name, values, namespace=request["namespace"], timeout=_SECONDS)
    return {}


def _uninstall(request: dict[str, Any]) -> dict[str, Any]:
    with _cluster(request) as cluster:
        cluster.uninstall(request["name"], timeout=_SECONDS)
    return {}


def _cluster(request: dict[str, Any]) -> helm_python.Config:
    return helm_python.Config(kubeconfig_path=request["kubeconfig"], namespace=request["namespace"])


_DO = {"render": _render, "lint": _lint, "install": _install, "uninstall": _uninstall}

if __name__ == "__main__":
    end(main)
