"""skaffold.yaml is true: by its own schema, and to every file, image, value and target that it names."""

import json
import re
from pathlib import Path
from typing import Any

import jsonpatch
import jsonschema
import pytest
import yaml

from dev.run.helm.chart import Release, Rendered, render
from dev.run.issuer.issuer import CLIENT_ID
from dev.write.charts.files import CHART
from dev.write.charts.foreign import skaffold_schema
from dev.write.charts.values_file import read_values
from kube.errors import BinariesError
from tests.support.charts import Json, merged
from tests.support.kube import skip_or_fail

ROOT = Path(__file__).resolve().parents[2]
SKAFFOLD: Json = yaml.safe_load((ROOT / "skaffold.yaml").read_text(encoding="utf-8"))
PARTS = ("web", "annotator", "controllers", "setup")
PROFILES = ("local", "kind", "prod")
TOLD = {
    "GAS_DEV_AWS": "http://10.244.0.1:5000",
    "GAS_DEV_ISSUER": "http://10.244.0.1:8090",
    "GAS_NAMESPACE": "gas-yourlab",
    # With a registry and a digest of its own, which must not be mixed with Skaffold's names.
    "GAS_VALUES": "tests/charts/values/everything.yaml",
}
"""What a person tells by the environment."""


def profiled(name: str) -> Json:
    """What Skaffold works with under a profile: the parts that the profile gives, then its patches."""
    [profile] = [each for each in SKAFFOLD["profiles"] if each["name"] == name]
    given = {key: value for key, value in profile.items() if key not in {"name", "activation", "patches"}}
    found: Json = jsonpatch.apply_patch(merged(SKAFFOLD, given), profile.get("patches", []))
    return found


def variables() -> dict[str, str]:
    """What Skaffold tells of each image, and the environment."""
    built = dict(TOLD)
    for artifact in SKAFFOLD["build"]["artifacts"]:
        name = re.sub("[-/]", "_", artifact["image"])
        built |= {f"IMAGE_REPO_{name}": f"r.test/{artifact['image']}", f"IMAGE_TAG_{name}": "git-1234567"}
    return built


def filled(text: str) -> str:
    """A template with its variables in place; one that is not known fails."""
    known = variables()
    return re.sub(r"\{\{\.(\w+)\}\}", lambda found: known[found[1]], text)


def installed(profile: str) -> Rendered:
    """The chart as Skaffold installs it under a profile."""
    [release] = profiled(profile)["deploy"]["helm"]["releases"]
    values: Json = {}
    for file in release["valuesFiles"]:
        values = merged(values, yaml.safe_load((ROOT / filled(file)).read_text(encoding="utf-8")))
    for path, template in release["setValueTemplates"].items():
        value: Any = filled(template)
        for key in reversed(path.split(".")):
            value = {key: value}
        values = merged(values, value)
    return render(values, Release(namespace=filled(release["namespace"])))


@pytest.mark.parametrize("profile", [None, *PROFILES], ids=str)
def test_it_fits_skaffolds_own_schema(profile: str | None) -> None:
    """As it stands, and under each profile."""
    try:
        schema = json.loads(skaffold_schema().read_text(encoding="utf-8"))
    except BinariesError as error:
        skip_or_fail("kube", str(error))
    assert skaffold_schema().stem == SKAFFOLD["apiVersion"].partition("/")[2]

    jsonschema.validate(SKAFFOLD if profile is None else profiled(profile), schema)


def test_the_schema_would_notice_a_mistake() -> None:
    """The check above is no formality."""
    try:
        schema = json.loads(skaffold_schema().read_text(encoding="utf-8"))
    except BinariesError as error:
        skip_or_fail("kube", str(error))

    with pytest.raises(jsonschema.ValidationError, match="chartpath"):
        jsonschema.validate(
            jsonpatch.apply_patch(
                SKAFFOLD,
                [
                    {
                        "op": "move",
                        "from": "/deploy/helm/releases/0/chartPath",
                        "path": "/deploy/helm/releases/0/chartpath",
                    }
                ],
            ),
            schema,
        )


def test_there_are_three_profiles() -> None:
    """A machine's own cluster, kind, and a real one."""
    assert tuple(profile["name"] for profile in SKAFFOLD["profiles"]) == PROFILES


def test_every_part_is_an_artifact() -> None:
    """Each image is the chart's, from a Dockerfile that is there."""
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    parts = {values[part]["image"]["repository"]: part for part in PARTS}

    built = {each["image"]: each["docker"]["dockerfile"] for each in SKAFFOLD["build"]["artifacts"]}

    assert built == {image: f"{part}/Dockerfile" for image, part in parts.items()}
    assert all((ROOT / file).is_file() for file in built.values())
    assert all((ROOT / each["context"]).is_dir() for each in SKAFFOLD["build"]["artifacts"])


def test_hooks_run_targets_that_exist() -> None:
    """What is made before a build is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = [
        hook["command"]
        for artifact in SKAFFOLD["build"]["artifacts"]
        for hook in artifact.get("hooks", {}).get("before", [])
    ]

    assert commands
    assert all(program == "make" and target in targets for program, target in commands)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_template_sets_a_value(profile: str) -> None:
    """Its key is a value of the chart, and its variables are told by Skaffold or by a person."""
    leaves = {
        leaf.name
        for value in read_values((CHART / "values.yaml").read_text(encoding="utf-8"))
        for leaf in value.leaves()
    }
    [release] = profiled(profile)["deploy"]["helm"]["releases"]

    assert set(release["setValueTemplates"]) <= leaves
    assert {path for path, template in release["setValueTemplates"].items() if not filled(template)} == {
        "imageRegistry",
        *(f"{part}.image.digest" for part in PARTS),
    }
    assert (ROOT / release["chartPath"] / "Chart.yaml").is_file()


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_built_is_what_runs(profile: str) -> None:
    """Under each profile the chart renders, with the images of this build, the setup's too."""
    rendered = installed(profile)
    images = {
        each["spec"]["template"]["spec"]["containers"][0]["image"]
        for each in rendered.objects
        if each["kind"] in {"Deployment", "Job"}
    }

    assert images == {f"r.test/gas-{part}:git-1234567" for part in PARTS}


@pytest.mark.parametrize(
    ("profile", "pushed"), [("local", False), ("kind", False), ("prod", True)], ids=PROFILES
)
def test_only_production_pushes(profile: str, *, pushed: bool) -> None:
    """A developer's images stay on the machine."""
    assert profiled(profile)["build"]["local"]["push"] is pushed


def test_production_has_nothing_local() -> None:
    """Neither the local AWS nor the forwarded port; the owner's values alone say what it is."""
    settings = str([each for each in installed("prod").objects if each["kind"] == "ConfigMap"])

    assert "10.244.0.1" not in settings
    assert "'GAS_ENV': 'production'" in settings
    # The namespace names buckets, and is chosen by whoever installs.
    assert "'GAS_INSTANCE': 'gas-yourlab'" in settings
    assert "portForward" not in profiled("prod")


def test_the_developers_values_know_the_local_issuer() -> None:
    """The client's id is the issuer's, the address is where skaffold forwards to, and AWS is where the environment says."""
    [web] = installed("local").of("web/settings.yaml")
    [forward] = SKAFFOLD["portForward"]

    assert web["data"]["GAS_WEB__CLIENT_ID"] == CLIENT_ID
    assert web["data"]["GAS_AWS__ENDPOINT_URL"] == TOLD["GAS_DEV_AWS"]
    assert web["data"]["GAS_WEB__PUBLIC_URL"] == f"http://127.0.0.1:{forward['localPort']}"
    assert forward["resourceName"] in {
        each["metadata"]["name"] for each in installed("local").of("web/service.yaml")
    }


def test_no_tag_is_a_number() -> None:
    """Helm's --set reads 1234567 as a number, which the schema refuses; a prefix makes every commit a word."""
    assert SKAFFOLD["build"]["tagPolicy"] == {"gitCommit": {"prefix": "git-"}}
