"""Every object that the chart makes is one that the real API server takes."""

import pytest
import yaml

from dev import ROOT
from dev.run.helm.chart import Release
from kube.kubectl import Answer, Kubectl
from tests.support.charts import TABLE, chart

pytestmark = pytest.mark.kube


def dry_run(cluster: Kubectl, release: Release, manifest: str) -> Answer:
    """What the API server says of objects, without keeping them."""
    return cluster.ask(
        "apply",
        "--server-side",
        "--dry-run=server",
        "--validate=strict",
        f"--namespace={release.namespace}",
        "-f",
        "-",
        stdin=manifest,
        seconds=120,
    )


@pytest.mark.parametrize("name", TABLE)
def test_every_object_is_taken_by_the_api_server(cluster: Kubectl, release: Release, name: str) -> None:
    """A strict dry run on the server refuses no object, knows every field and warns of nothing."""
    rendered = chart(name=name, release=release)

    answer = dry_run(cluster, release, rendered.manifest)

    assert (answer.code, answer.stderr) == (0, "")
    assert answer.stdout.count("serverside-applied (server dry run)") == len(rendered.objects)


PLANTED: dict[str, tuple[str, str, str]] = {
    "unknown field": ("serviceAccountName:", "serviceAcountName:", "field not declared in schema"),
    "wrong type": (
        "terminationGracePeriodSeconds: 45",
        "terminationGracePeriodSeconds: long",
        "expected numeric",
    ),
    "impossible value": (
        "whenUnsatisfiable: ScheduleAnyway",
        "whenUnsatisfiable: Perhaps",
        "Unsupported value",
    ),
    "bound of the CRD": ("behavior: currentReplicasIfHigher", "behavior: nothing", "Unsupported value"),
}


@pytest.mark.parametrize(("good", "bad", "said"), PLANTED.values(), ids=PLANTED)
def test_a_planted_mistake_is_refused(
    cluster: Kubectl, release: Release, good: str, bad: str, said: str
) -> None:
    """The dry run above is no formality: the same objects with one mistake are refused for it."""
    manifest = chart(release=release).manifest
    assert good in manifest

    answer = dry_run(cluster, release, manifest.replace(good, bad))

    assert answer.code != 0
    assert said in answer.stderr


def test_the_crd_is_the_one_source() -> None:
    """What the chart installs is crds/, with what Helm needs on top: kept or not, as the value says."""
    source = yaml.safe_load((ROOT / "crds/annotationjobs.gas.io.yaml").read_text(encoding="utf-8"))
    [kept] = chart().of("crds.yaml")
    [unkept] = chart(name="bare").of("crds.yaml")

    assert kept["spec"] == unkept["spec"] == source["spec"]
    assert kept["metadata"]["name"] == source["metadata"]["name"]
    assert kept["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert "annotations" not in unkept["metadata"]
    assert chart(name="local").of("crds.yaml") == []
