"""Lines of jobs in the chart: an entry of a list makes everything that a line needs, and the last release's values one of them."""

import json
from typing import Any

import pytest

from gas.config import Settings
from gas.lines import further_lines
from tests.support.charts import Json, chart, one

TEAM_PLAN: Json = {
    "settings": {
        "plans": {
            "more": [
                {
                    "name": "team_user",
                    "word": "team",
                    "maxInputBytes": 1,
                    "maxActiveJobs": 1,
                    "maxCpuSeconds": 1,
                }
            ]
        }
    }
}
TEAM: Json = {
    **TEAM_PLAN,
    "annotator": {
        "lines": [
            {"name": "premium", "plans": ["premium"]},
            {"name": "team", "plans": ["team"], "minReplicas": 0, "maxReplicas": 3, "oldestSeconds": 600},
        ]
    },
    "alerts": {"enabled": True},
    "monitoring": {"kind": "ServiceMonitor"},
}
NAME = "gas-annotator-team"


def alerts(rendered: Any) -> dict[tuple[str, str], Json]:
    """Each alert by its name and line."""
    [rule] = rendered.of("monitoring/prometheusrule.yaml")
    return {
        (each["alert"], each["labels"].get("line", "")): each
        for group in rule["spec"]["groups"]
        for each in group["rules"]
    }


def test_a_line_has_all_that_a_line_needs() -> None:
    """Annotators that take its jobs alone, what scales, guards and watches them, and whoever may look at their pods."""
    rendered = chart(TEAM)

    deployment = one(rendered, "Deployment", NAME)
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    scaled = one(rendered, "ScaledObject", NAME)["spec"]
    [roles] = [
        role
        for role in rendered.objects
        if role["kind"] == "Role" and "controllers" in role["metadata"]["name"]
    ]
    networks = json.dumps([each for each in rendered.objects if each["kind"] == "NetworkPolicy"])

    assert {"name": "GAS_ANNOTATOR__LINE", "value": "team"} in container["env"]
    assert scaled["triggers"][0]["metadata"]["queueURL"] == "gas-job-requests-team"
    assert (scaled["minReplicaCount"], scaled["maxReplicaCount"]) == (0, 3)
    assert one(rendered, "PodDisruptionBudget", NAME)["spec"]["selector"]["matchLabels"]
    assert one(rendered, "Service", NAME)
    assert NAME in json.dumps(roles)
    assert "annotator-team" in networks


def test_a_line_has_alerts_of_its_own() -> None:
    """Each of the two is there for each line, with the line's limits."""
    told = alerts(chart(TEAM))

    assert {line for alert, line in told if alert.startswith("GasLine")} == {"premium", "team"}
    assert told["GasLineJobsWaitTooLong", "team"]["expr"].endswith('line="team"}) > 600')
    assert told["GasLineJobsWaitTooLong", "premium"]["expr"].endswith("> 120")
    assert ">= 3" in told["GasLineAnnotatorsAtMaximum", "team"]["expr"]


def test_the_programs_hear_of_the_lines() -> None:
    """The controllers, and gas-setup, which makes the queues."""
    rendered = chart(TEAM, {"setup": {"enabled": True}})

    for part in ("controllers", "setup"):
        settings = one(rendered, "ConfigMap", f"gas-{part}")["data"]
        assert json.loads(settings["GAS_LINES"])["team"] == {"plans": ["team"], "deployment": NAME}


def test_without_lines_nothing_is_said_of_them() -> None:
    """The programs then go by their own default."""
    rendered = chart()

    assert "GAS_LINES" not in one(rendered, "ConfigMap", "gas-controllers")["data"]
    assert [each["metadata"]["name"] for each in rendered.of("annotator/deployment.yaml")] == [
        "gas-annotator"
    ]


FORMER: Json = {
    "settings": {"web": {"references": ["rCRS"]}},
    "annotator": {"premium": {"enabled": True, "minReplicas": 2, "queueURL": "https://sqs.test/q"}},
    "alerts": {
        "enabled": True,
        "disabled": ["GasPremiumAnnotatorsAtMaximum"],
        "thresholds": {"premiumOldestSeconds": 60},
    },
}
NOW: Json = {
    "annotator": {
        "lines": [
            {"name": "premium", "plans": ["premium"], "minReplicas": 2, "queueURL": "https://sqs.test/q"}
        ]
    },
    "alerts": {
        "enabled": True,
        "disabled": ["GasLineAnnotatorsAtMaximum"],
        "thresholds": {"lineOldestSeconds": 60},
    },
}


def test_values_of_the_last_release_mean_the_same() -> None:
    """The very same objects; only the notes differ."""
    assert chart(FORMER).objects == chart(NOW).objects


@pytest.mark.parametrize(
    ("lines", "made"),
    [
        ([{"name": "vip", "plans": ["premium"]}], {"vip": ["premium"]}),
        ([{"name": "premium"}], {"premium": ["premium"]}),
        ([{"name": "premium", "plans": ["free"]}], {"premium": ["free", "premium"]}),
        ([{"name": "team", "plans": ["team"]}], {"team": ["team"], "premium": ["premium"]}),
        (
            [{"name": "vip", "plans": ["premium"]}, {"name": "premium", "plans": ["team"]}],
            {"vip": ["premium"], "premium": ["team"]},
        ),
    ],
    ids=["plan", "name", "name-of-others", "neither", "both"],
)
def test_the_last_releases_line_is_made_as_the_programs_make_it(
    lines: list[Json], made: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Premium users stand in the line that names their plan, else in the one called premium, which may be there."""
    rendered = chart(TEAM_PLAN, {"annotator": {"lines": lines, "premium": {"enabled": True}}})

    told = one(rendered, "ConfigMap", "gas-controllers")["data"]["GAS_LINES"]
    names = [each["metadata"]["name"] for each in rendered.of("annotator/deployment.yaml")]

    assert {name: line["plans"] for name, line in json.loads(told).items()} == made
    assert names == ["gas-annotator", *(f"gas-annotator-{name}" for name in made)]
    monkeypatch.setenv(
        "GAS_LINES", json.dumps({line["name"]: {"plans": line.get("plans", [])} for line in lines})
    )
    monkeypatch.setenv("GAS_PLANS__PREMIUM_QUEUE", "true")
    theirs = {line.name: list(said.plans) for line, said in further_lines(Settings()).items()}
    assert theirs == made


@pytest.mark.parametrize(
    "value",
    [
        "annotator.premium",
        "settings.web.references",
        "alerts.disabled names GasPremium",
        "alerts.thresholds.premiumOldestSeconds",
    ],
)
def test_values_of_the_last_release_are_told_of(value: str) -> None:
    """Whoever installs reads what to write instead, and nobody else does."""
    assert value in chart(FORMER).notes
    assert value not in chart(NOW).notes
