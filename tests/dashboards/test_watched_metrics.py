"""Every metric that a dashboard, an alert or a runbook names exists in the code, with these labels and these values."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from dev import ROOT
from dev.write.dashboards.files import boards
from dev.write.dashboards.promql import metrics_of
from dev.write.docs.metrics import Described, described
from gas.metrics import LabelValues
from tests.support.alerts import rules

OURS = {metric.name: metric for metrics in described().values() for metric in metrics}

TARGET = frozenset({"namespace", "pod"})
"""Labels that Prometheus gives every series of ours: where it was scraped."""

FOREIGN: Mapping[str, frozenset[str]] = {
    # KEDA 2.20, pkg/metricscollector/prommetrics.go; `namespace` there is renamed by Prometheus, whose own is KEDA's.
    **{
        f"keda_scaler_{name}": frozenset({"exported_namespace", "scaledObject", "metric", "scaler", "type"})
        for name in ("metrics_value", "active", "metrics_latency_seconds", "detail_errors_total")
    },
    "keda_scaled_object_errors_total": frozenset({"exported_namespace", "scaledObject"}),
    "keda_scaled_object_paused": frozenset({"exported_namespace", "scaledObject"}),
    "keda_internal_scale_loop_latency_seconds": frozenset({"exported_namespace", "resource", "type"}),
    # The kubelet's cAdvisor.
    "container_cpu_usage_seconds_total": frozenset({"namespace", "pod", "container"}),
    # prometheus-client, of every Python process.
    "process_start_time_seconds": frozenset({"namespace", "pod"}),
    # Prometheus itself.
    "ALERTS": frozenset({"alertname", "alertstate", "namespace", "severity"}),
}
"""Metrics of others, with those of their labels that may be used."""

EXPRESSIONS = {
    **{
        f"{board.uid}: {panel.title}, {query.legend}": query.expr
        for board in boards()
        for panel in board.panels
        for query in panel.queries
    },
    **{name: rule["expr"] for name, rule in rules().items()},
}

each_expression = pytest.mark.parametrize("expr", EXPRESSIONS.values(), ids=EXPRESSIONS)


def known(name: str) -> Described | None:
    """The metric of ours that a series belongs to: by its name, or a histogram's by its ending."""
    if name in OURS:
        return OURS[name]
    whole = OURS.get(re.sub(r"_(bucket|count|sum)$", "", name))
    return whole if whole is not None and whole.type == "histogram" else None


def labels_of(name: str) -> LabelValues:
    """What labels its series have, and what they can say."""
    metric = known(name)
    if metric is None:
        return dict.fromkeys(FOREIGN[name], "anything")
    le: LabelValues = {"le": "a bound"} if name.endswith("_bucket") else {}
    return {**metric.labels, **le, **dict.fromkeys(TARGET, "anything")}


def test_the_code_is_read() -> None:
    """What the tests below compare with is not empty."""
    assert len(OURS) > 35
    assert known("gas_controllers_cold_start_seconds_bucket") is OURS["gas_controllers_cold_start_seconds"]
    assert known("gas_controllers_jobs_bucket") is None


@each_expression
def test_every_metric_exists(expr: str) -> None:
    """Ours in the code, and no other of others' than those above; of a histogram its buckets, sum or count."""
    names = metrics_of(expr)

    assert names
    assert {name for name in names if known(name) is None and name not in FOREIGN} == set()
    for name in names:
        metric = known(name)
        if metric is not None and metric.type == "histogram":
            assert name != metric.name, "a histogram has no series of its own name"


@each_expression
def test_every_label_exists(expr: str) -> None:
    """A series is selected by labels that it has, and by values that they can have; and grouped by labels that are there."""
    there: set[str] = set()
    for name, selector in re.findall(r"([a-zA-Z_]\w*)\{([^}]*)\}", expr):
        labels = labels_of(name)
        there |= labels.keys()
        for label, operator, wanted in re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', selector):
            assert label in labels, f"{name} has no label {label}"
            values = labels[label]
            if isinstance(values, tuple):
                pattern = re.escape(wanted) if operator in {"=", "!="} else wanted
                assert [value for value in values if re.fullmatch(pattern, value)], (
                    f"{name}: {label} is never {wanted}"
                )
    made = set(re.findall(r'label_replace\(.*?, "(\w+)", "', expr))
    for labels_text in re.findall(r"\bby\s*\(([^)]*)\)", expr):
        assert {each.strip() for each in labels_text.split(",")} <= there | made


@pytest.mark.parametrize("path", sorted((ROOT / "docs/runbooks").glob("*.md")), ids=lambda path: path.stem)
def test_runbooks_name_metrics_that_exist(path: Path) -> None:
    """Whoever looks for one finds it."""
    page = path.read_text(encoding="utf-8")

    assert {name for name in re.findall(r"`(gas_[a-z_]+)", page) if known(name) is None} == set()


def test_legends_name_labels_that_are_there() -> None:
    """`{{label}}` in the name of a line is a label that the query keeps."""
    for board in boards():
        for panel in board.panels:
            for query in panel.queries:
                kept = {
                    each.strip()
                    for labels in re.findall(r"\bby\s*\(([^)]*)\)", query.expr)
                    for each in labels.split(",")
                }
                assert set(re.findall(r"\{\{(\w+)\}\}", query.legend)) <= kept, panel.title


@pytest.mark.parametrize(
    "wrong",
    [
        'sum(gas_controllers_job{namespace="$namespace"})',
        'rate(gas_web_request_seconds_bucket{namespace="$namespace"}[5m])',
        'gas_controllers_cold_start_seconds{namespace="$namespace"}',
    ],
    ids=["misspelt", "of before", "histogram itself"],
)
def test_a_wrong_name_is_noticed(wrong: str) -> None:
    """The tests above are no formality."""
    with pytest.raises(AssertionError):
        test_every_metric_exists(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        'gas_controllers_jobs{state="Queued"}',
        'gas_controllers_jobs{phase="Waiting"}',
        'gas_controllers_overdue_jobs{kind=~"restore.*"}',
        'sum by (line) (gas_controllers_queue_messages{queue="thaw"})',
    ],
    ids=["label", "value", "pattern", "grouping"],
)
def test_a_wrong_label_is_noticed(wrong: str) -> None:
    """Nor is this one."""
    with pytest.raises(AssertionError):
        test_every_label_exists(wrong)
