"""What the chart puts into the environment is what the programs take."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dev.run.helm.chart import Rendered
from tests.support.charts import TABLE, Json, chart
from tests.support.waiting import PATIENCE_SECONDS

PROGRAMS = {
    "web": "gas-web",
    "annotator": "gas-annotator",
    "annotator-premium": "gas-annotator",
    "controllers": "gas-controllers",
}


def environment(rendered: Rendered, workload: Json) -> dict[str, str]:
    """The variables of a workload's container, as the kubelet would set them; secrets are made up."""
    [container] = workload["spec"]["template"]["spec"]["containers"]
    maps = {
        each["metadata"]["name"]: each.get("data", {})
        for each in rendered.objects
        if each["kind"] == "ConfigMap"
    }
    found: dict[str, str] = {}
    for source in container["envFrom"]:
        found |= maps[source["configMapRef"]["name"]]
    for variable in container.get("env", []):
        found[variable["name"]] = variable.get("value", "made-up")
    return found


@pytest.mark.parametrize("part", PROGRAMS)
@pytest.mark.parametrize("name", TABLE)
def test_the_programs_take_their_settings(name: str, part: str) -> None:
    """`--check` of each program accepts what its pod would be started with."""
    rendered = chart(name=name)
    deployments = {
        each["metadata"]["labels"]["app.kubernetes.io/component"]: each
        for each in rendered.objects
        if each["kind"] == "Deployment"
    }
    if part not in deployments:
        assert part == "annotator-premium"
        return
    program = str(Path(sys.executable).parent / PROGRAMS[part])

    checked = subprocess.run(
        [sys.executable, program, "--check"],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={**environment(rendered, deployments[part]), "PATH": "/usr/bin:/bin"},
    )

    # What a check cannot look at from here is told, and refuses nothing.
    told = [
        line
        for line in checked.stderr.splitlines()
        if not line.startswith("The buckets could not be looked at")
    ]
    assert (checked.returncode, told) == (0, [])


def test_a_wrong_setting_would_be_noticed() -> None:
    """The check above is no formality: an impossible value ends it."""
    rendered = chart({"settings": {"web": {"publicUrl": "http://gas.annotation.test"}}})
    [web] = list(rendered.of("web/deployment.yaml"))
    program = str(Path(sys.executable).parent / "gas-web")

    checked = subprocess.run(
        [sys.executable, program, "--check"],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={**environment(rendered, web), "PATH": "/usr/bin:/bin"},
    )

    assert checked.returncode == 2
    assert "GAS_WEB__PUBLIC_URL" in checked.stderr


def test_only_the_web_is_given_its_secret() -> None:
    """The other parts' pods name no Secret at all when roles give the rights on AWS."""
    rendered = chart()

    named = {
        each["metadata"]["name"]: "secretKeyRef" in str(each)
        for each in rendered.objects
        if each["kind"] == "Deployment"
    }

    assert named == {"gas-web": True, "gas-annotator": False, "gas-controllers": False}


def test_a_change_of_the_webs_settings_leaves_annotators_alone() -> None:
    """Pods are replaced when their own settings change, and only then: replacing an annotator drains it."""
    before, after = chart(), chart({"settings": {"web": {"linkSeconds": 30}}})

    rolled = {
        one["metadata"]["name"]
        for one, other in zip(before.objects, after.objects, strict=True)
        if one["kind"] == "Deployment" and one != other
    }

    assert rolled == {"gas-web"}


@pytest.mark.parametrize(
    ("more", "proxies"),
    [({}, "1"), ({"ingress": {"enabled": False}}, "0"), ({"settings": {"web": {"proxies": 2}}}, "2")],
    ids=["ingress", "none", "said"],
)
def test_the_client_is_told_by_as_many_proxies_as_there_are(more: Json, proxies: str) -> None:
    """Behind the Ingress one proxy is believed, without it none."""
    [settings] = chart(more).of("web/settings.yaml")

    assert settings["data"]["GAS_WEB__PROXIES"] == proxies
    assert settings["data"]["GAS_WEB__PUBLIC_URL"] == "https://gas.annotation.test"


def test_premium_annotators_differ_in_their_queue_alone() -> None:
    """Both Deployments come from one template: what is said differently is the queue, and the names."""
    rendered = chart({"annotator": {"lines": [{"name": "premium", "plans": ["premium"]}]}})
    standard, premium = rendered.of("annotator/deployment.yaml")

    [one], [other] = (each["spec"]["template"]["spec"]["containers"] for each in (standard, premium))

    assert [v["value"] for v in (one["env"][0], other["env"][0])] == ["everybody", "premium"]
    assert {**one, "env": None} == {**other, "env": None}
    [controllers] = rendered.of("controllers/settings.yaml")
    assert json.loads(controllers["data"]["GAS_LINES"]) == {
        "premium": {"plans": ["premium"], "deployment": premium["metadata"]["name"]}
    }


def test_pods_are_marked_only_where_the_right_is_narrowed() -> None:
    """Without rbac.create there is no policy that leaves one annotation of the right to patch pods, so nothing is marked."""
    [told] = chart().of("controllers/settings.yaml")
    [bare] = chart(name="bare").of("controllers/settings.yaml")

    assert told["data"]["GAS_CONTROLLERS__POD_DELETION_COST"] == "true"
    assert bare["data"]["GAS_CONTROLLERS__POD_DELETION_COST"] == "false"
