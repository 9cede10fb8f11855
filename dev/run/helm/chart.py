"""Renders and lints a chart as `helm template` and `helm lint` do.

Helm's library is Go, and a Go runtime does not go well with a process that forks. So it gets a child process, which is
asked once and ends.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dev import ROOT

CHART = ROOT / "charts" / "gas"
"""The one chart."""

CALL_SECONDS = 60.0
"""A call takes a tenth of a second; a machine that compiles at the same time is slow."""


class HelmError(Exception):
    """Helm refused the chart or the values; the text is Helm's own."""


@dataclass(frozen=True)
class Release:
    """What is installed: the chart under a name in a namespace."""

    name: str = "gas"
    namespace: str = "gas"
    chart: Path = CHART


@dataclass(frozen=True)
class Rendered:
    """What Helm made of a chart: the text of each template, by its path below `templates/`."""

    texts: Mapping[str, str]

    @property
    def notes(self) -> str:
        """What is told after the installation."""
        return self.texts.get("NOTES.txt", "")

    @property
    def manifest(self) -> str:
        """Every object as one text, as Helm wrote it."""
        return "\n---\n".join(text for path, text in sorted(self.texts.items()) if path.endswith(".yaml"))

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Every object."""
        return list(self._objects())

    def of(self, template: str) -> list[dict[str, Any]]:
        """The objects of one template, or of a folder of them."""
        return [
            each
            for path, text in sorted(self.texts.items())
            if (path == template or path.startswith(f"{template}/")) and path.endswith(".yaml")
            for each in yaml.safe_load_all(text)
            if each
        ]

    def _objects(self) -> Iterator[dict[str, Any]]:
        for path in sorted(self.texts):
            if path.endswith(".yaml"):
                yield from (each for each in yaml.safe_load_all(self.texts[path]) if each)


def render(values: Mapping[str, Any] | None = None, release: Release | None = None) -> Rendered:
    """Render the chart for an installation with these values.

    Raises:
        HelmError: the values do not fit the schema, or a template refused them.
    """
    [rendered] = render_many([values or {}], release)
    return rendered


def render_many(each: Iterable[Mapping[str, Any]], release: Release | None = None) -> list[Rendered]:
    """Render the chart for each of these values, which costs little more than rendering it once.

    Raises:
        HelmError: some values do not fit the schema, or a template refused them.
    """
    release = release or Release()
    request = {"do": "render", **_installation(release), "values": [dict(values) for values in each]}
    prefix = f"{release.chart.name}/templates/"
    return [
        Rendered({path.removeprefix(prefix): text for path, text in texts.items() if text.strip()})
        for texts in _ask(request)["rendered"]
    ]


def lint(values: Mapping[str, Any] | None = None, release: Release | None = None) -> list[str]:
    """What `helm lint` finds, warnings and errors; empty when all is well."""
    answer = _ask({"do": "lint", **_installation(release or Release()), "values": dict(values or {})})
    found: list[str] = answer["findings"]
    return found


def install(values: Mapping[str, Any], release: Release, kubeconfig: Path) -> None:
    """Install the release on a cluster, or upgrade it there; nobody waits for its pods.

    Raises:
        HelmError: the chart, the values or the cluster refused.
    """
    where = {"kubeconfig": str(kubeconfig), "values": dict(values)}
    _ask({"do": "install", **_installation(release), **where})


def uninstall(release: Release, kubeconfig: Path) -> None:
    """Take the release away.

    Raises:
        HelmError: the cluster refused, or there is no such release.
    """
    _ask({"do": "uninstall", **_installation(release), "kubeconfig": str(kubeconfig)})


def _installation(release: Release) -> dict[str, str]:
    return {"chart": str(release.chart), "name": release.name, "namespace": release.namespace}


def _ask(request: dict[str, Any]) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-m", "dev.run.helm"],
        check=False,
        capture_output=True,
        text=True,
        input=json.dumps(request),
        timeout=CALL_SECONDS,
        cwd=ROOT,
    )
    if ended.returncode != 0:
        raise HelmError(ended.stderr.strip())
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer
