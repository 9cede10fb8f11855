"""What the chart gives to Grafana and to Prometheus."""

import json

import pytest

from dev.write.dashboards.files import FOLDER, dashboard_files
from tests.support.charts import UPDATE, Json, chart, one, snapshot

ON: Json = {"dashboards": {"enabled": True}}


def test_every_dashboard_is_a_config_map() -> None:
    """One each, byte for byte the committed file, with the label that Grafana's sidecar looks for."""
    made = chart(ON).of("monitoring/dashboards.yaml")

    assert {name: text for each in made for name, text in each["data"].items()} == {
        path.name: text for path, text in dashboard_files().items()
    }
    assert [each["metadata"]["name"] for each in made] == [
        "gas-dashboard-autoscaling",
        "gas-dashboard-lifecycle",
        "gas-dashboard-platform",
    ]
    assert {each["metadata"]["labels"]["grafana_dashboard"] for each in made} == {"1"}
    assert {each["kind"] for each in made} == {"ConfigMap"}


def test_a_sidecar_of_another_mind_is_told() -> None:
    """Labels and annotations are the owner's; a label that is null is not there."""
    own: Json = {
        "dashboards": {
            "labels": {"grafana_dashboard": None, "dashboards": "here"},
            "annotations": {"grafana_folder": "GAS"},
        }
    }

    for each in chart(ON, own).of("monitoring/dashboards.yaml"):
        assert each["metadata"]["annotations"] == {"grafana_folder": "GAS"}
        assert each["metadata"]["labels"]["dashboards"] == "here"
        assert "grafana_dashboard" not in each["metadata"]["labels"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_dashboard_fits_into_a_config_map(path: str) -> None:
    """A ConfigMap holds a mebibyte, and Helm keeps the whole release in a Secret that holds no more."""
    text = (FOLDER / path).read_text(encoding="utf-8")

    assert json.loads(text)["title"].startswith("GAS / ")
    assert len(text.encode()) < 200_000


def test_the_rules_carry_what_prometheus_selects_by() -> None:
    """Labels of the object are the owner's; those of the alerts are others."""
    rule = one(chart(name="everything"), "PrometheusRule", "gas")
    alerts = [alert for group in rule["spec"]["groups"] for alert in group["rules"]]

    assert rule["metadata"]["labels"]["release"] == "prometheus"
    assert {alert["labels"]["team"] for alert in alerts} == {"genomics"}
    assert not any("release" in alert["labels"] for alert in alerts)
    assert not [alert for alert in alerts if alert["alert"] == "GasArchiveOverdue"]


def test_the_alerts_are_as_they_were() -> None:
    """Whoever changes a rule, or how it is filled in, sees it in the diff."""
    text = chart({"alerts": {"enabled": True}}).texts["monitoring/prometheusrule.yaml"].strip() + "\n"

    assert text == snapshot("alerts", text), f"look at the diff; {UPDATE}=1 writes it anew"


def test_neither_is_there_by_default() -> None:
    """Not every cluster has Grafana, or Prometheus' operator."""
    assert chart().of("monitoring") == []
