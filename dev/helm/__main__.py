"""`python -m dev.helm`: answers one request of `dev.helm.chart`, as JSON from stdin to stdout."""

import json
import sys
from typing import Any

import helm_python

_WARNING = 2
"""Helm's severities: 1 is information, 2 a warning, 3 an error."""


def main() -> int:
    """Answer; 1 and Helm's words on stderr when it refused."""
    request = json.load(sys.stdin)
    try:
        answer = _render(request) if request["do"] == "render" else _lint(request)
    except helm_python.HelmError as refused:
        print(refused, file=sys.stderr)
        return 1
    json.dump(answer, sys.stdout)
    return 0


def _render(request: dict[str, Any]) -> dict[str, str]:
    with helm_python.Chart.load(request["chart"]) as chart:
        # An installation checks the schema first; rendering alone does not.
        chart.validate_schema(request["values"])
        return chart.render(
            request["values"], name=request["name"], namespace=request["namespace"], is_install=True
        )


def _lint(request: dict[str, Any]) -> dict[str, list[str]]:
    report = helm_python.lint(
        request["chart"], request["values"], namespace=request["namespace"], strict=True
    )
    messages = [
        f"{each['path']}: {each['error']}" for each in report["messages"] if each["severity"] >= _WARNING
    ]
    return {"findings": messages or report["errors"]}


if __name__ == "__main__":
    sys.exit(main())
