"""Every object that the chart makes is one that the real API server takes."""

import pytest

from dev.helm.chart import Release
from dev.kube.kubectl import Kubectl
from tests.support.charts import TABLE, chart

pytestmark = pytest.mark.kube


@pytest.mark.parametrize("name", TABLE)
def test_every_object_is_taken_by_the_api_server(cluster: Kubectl, release: Release, name: str) -> None:
    """A strict dry run on the server refuses no object, knows every field and warns of nothing."""
    rendered = chart(name=name, release=release)

    answer = cluster.ask(
        "apply",
        "--server-side",
        "--dry-run=server",
        "--validate=strict",
        f"--namespace={release.namespace}",
        "-f",
        "-",
        stdin=rendered.manifest,
        seconds=120,
    )

    assert (answer.code, answer.stderr) == (0, "")
    assert answer.stdout.count("serverside-applied (server dry run)") == len(rendered.objects)
