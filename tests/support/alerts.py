"""The chart's alerts as Prometheus gets them, and how promtool is asked about them."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.support.charts import Json, chart, one
from tests.support.prometheus import promtool
from tests.support.waiting import PATIENCE_SECONDS

ON: Json = {
    "alerts": {"enabled": True},
    "annotator": {
        "autoscaling": {"maxReplicas": 2},
        "lines": [{"name": "premium", "plans": ["premium"], "maxReplicas": 1}],
    },
}
"""Values with which every alert is there."""

CASES: Json = yaml.load(
    (Path(__file__).parents[1] / "alerts" / "cases.yaml").read_text(encoding="utf-8"),
    # Every value is text: 0x60 is sixty-one zeros and not a number.
    Loader=yaml.BaseLoader,
)


@cache
def rule_file() -> str:
    """The rules as a file of Prometheus."""
    return yaml.safe_dump(one(chart(ON), "PrometheusRule", "gas")["spec"], sort_keys=False)


def rules(*more: Json) -> dict[str, Json]:
    """Each alert by its name; with more values on top."""
    groups = one(chart(ON, *more), "PrometheusRule", "gas")["spec"]["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def ask_promtool(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What promtool says in this folder."""
    return subprocess.run(
        [promtool(), *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        cwd=folder,
    )


def firing(case: Json) -> Json:
    """Each of an alert's cases in which it fires, by name; `still_at` is when it must not have ended yet."""
    return {"it fires": case["fires"], **case.get("also", {})}


def promtool_tests(alert: str, case: Json) -> Json:
    """The cases of an alert as a test file of promtool; what it is to say is the rule's, with the case's summary."""
    rule = rules()[alert]
    groups = []
    for name, fires in firing(case).items():
        expected = {
            "exp_labels": {**rule["labels"], **fires.get("labels", {})},
            "exp_annotations": {**rule["annotations"], "summary": fires["summary"]},
        }
        due = {fires["not_at"]: [], fires["at"]: [expected]}
        if "still_at" in fires:
            due[fires["still_at"]] = [expected]
        groups.append(_test(name, fires["series"], alert, due))
    groups += [
        _test(name, quiet["series"], alert, {quiet["at"]: []}) for name, quiet in case["quiet"].items()
    ]
    return {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": groups}


def _test(name: str, series: Json, alert: str, at: dict[str, list[Any]]) -> Json:
    return {
        "name": name,
        "interval": "1m",
        "input_series": [{"series": each, "values": samples} for each, samples in series.items()],
        "alert_rule_test": [
            {"eval_time": time, "alertname": alert, "exp_alerts": alerts} for time, alerts in at.items()
        ],
    }
