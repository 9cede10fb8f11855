"""Where annotators have the bundles of references: a folder of the pod, or a claim that pods share; never a path of the node."""

from typing import Any

import pytest

from dev.run.helm.chart import HelmError, Rendered
from gas.config import AnnotatorSettings
from tests.support.charts import TABLE, Json, chart

GIB = 1024**3


def _with(**references: Any) -> Rendered:
    """A chart whose bundles lie so."""
    return chart({"annotator": {"references": references}})


def _pod(rendered: Rendered) -> Json:
    """What an annotator's pod is made of."""
    [found] = [
        each
        for each in rendered.objects
        if each["kind"] == "Deployment" and each["metadata"]["name"] == "gas-annotator"
    ]
    pod: Json = found["spec"]["template"]["spec"]
    return pod


def _volume(rendered: Rendered) -> Json:
    """The volume of bundles, which is where the settings say."""
    pod = _pod(rendered)
    [mount] = [each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "references"]
    assert mount["mountPath"] == _settings(rendered)["GAS_ANNOTATOR__REFERENCES_DIR"]
    [volume] = [each for each in pod["volumes"] if each["name"] == "references"]
    return {key: value for key, value in volume.items() if key != "name"}


def _settings(rendered: Rendered) -> dict[str, str]:
    """The settings of the annotators."""
    [found] = [
        each["data"]
        for each in rendered.objects
        if each["kind"] == "ConfigMap" and "GAS_ANNOTATOR__WORK_DIR" in each.get("data", {})
    ]
    return dict(found)


def _claims(rendered: Rendered) -> list[Json]:
    """The claims that the chart makes."""
    return [each for each in rendered.objects if each["kind"] == "PersistentVolumeClaim"]


def test_a_folder_of_the_pod() -> None:
    """By default it goes with the pod, is bounded, and is not filled to the brim, at which the kubelet would end the pod."""
    rendered = _with(size="40Gi")

    assert _volume(rendered) == {"emptyDir": {"sizeLimit": "40Gi"}}
    assert int(_settings(rendered)["GAS_ANNOTATOR__REFERENCES_BYTES"]) == 38 * GIB
    assert _claims(rendered) == []


def test_the_pod_may_use_it() -> None:
    """The limit of the node's disk has room for the work, the bundles and /tmp."""
    rendered = chart()

    limit = _pod(rendered)["containers"][0]["resources"]["limits"]["ephemeral-storage"]

    assert _volume(rendered) == {"emptyDir": {"sizeLimit": "20Gi"}}
    assert int(limit.removesuffix("Gi")) > 30 + 20


def test_a_claim_that_exists() -> None:
    """It is used as it is; nothing is made beside it, whatever the class."""
    rendered = _with(existingClaim="bundles", storageClass="efs")

    assert _volume(rendered) == {"persistentVolumeClaim": {"claimName": "bundles"}}
    assert _claims(rendered) == []


@pytest.mark.parametrize("mode", ["ReadWriteMany", "ReadWriteOnce"])
def test_a_claim_of_the_chart(mode: str) -> None:
    """It is of that class, size and mode, and all annotators have it."""
    rendered = _with(storageClass="efs", size="100Gi", accessMode=mode)

    [claim] = _claims(rendered)

    name = claim["metadata"]["name"]
    assert _volume(rendered) == {"persistentVolumeClaim": {"claimName": name}}
    assert claim["spec"] == {
        "accessModes": [mode],
        "storageClassName": "efs",
        "resources": {"requests": {"storage": "100Gi"}},
    }


@pytest.mark.parametrize(
    ("size", "size_bytes"),
    [("20Gi", 20 * GIB), ("500M", 500 * 10**6), ("2T", 2 * 10**12), ("1Ti", 1024**4)],
)
def test_sizes_are_read_as_kubernetes_does(size: str, size_bytes: int) -> None:
    """Of each size nineteen twentieths are the annotators' to fill, and a number that they take."""
    told = int(_settings(_with(size=size))["GAS_ANNOTATOR__REFERENCES_BYTES"])

    assert told == size_bytes * 19 // 20
    assert AnnotatorSettings(references_bytes=told).references_bytes == told


@pytest.mark.parametrize("size", ["", "20", "20GB", "lots", "1e9", "-5Gi", "0Gi"])
def test_sizes_that_are_none(size: str) -> None:
    """They are refused by the schema; so is a bare number of few digits, which would be bytes."""
    with pytest.raises(HelmError, match="size"):
        _with(size=size)


@pytest.mark.parametrize("name", TABLE)
def test_no_path_of_the_node(name: str) -> None:
    """Whatever is set, no pod reaches the node's own files."""
    for each in chart(name=name).objects:
        if each["kind"] == "Deployment":
            assert all("hostPath" not in volume for volume in each["spec"]["template"]["spec"]["volumes"])
