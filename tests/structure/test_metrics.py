"""What Prometheus is told: documented, named by its rules, and without anybody's id."""

import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from itertools import product

import pytest
from prometheus_client import REGISTRY
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from dev.write.docs.metrics import PAGE, Described, described, metrics_page
from gas.domain import errors
from gas.domain.errors import GasError
from gas.domain.job import MOVES, JobStatus
from gas.domain.overview import QueueDepth
from gas.domain.spec import RetrievalTier
from gas_annotator import metrics as annotator
from gas_controllers.telling import figures
from gas_controllers.telling import metrics as controllers
from gas_web import metrics as web
from tests.support.plans import CHANNELS, LINES
from tests.support.prometheus import complaints
from tests.support.waiting import PATIENCE_SECONDS

ALL = [(part, metric) for part, metrics in described().items() for metric in metrics]
IDS = [metric.name for _, metric in ALL]

UNITS = re.compile(r"_(milliseconds|ms|minutes|hours|days|kilobytes|kb|mib|megabytes|percent)(_|$)")
"""Prometheus counts in seconds, bytes and ratios."""


def test_the_page_is_fresh() -> None:
    """docs/metrics.md is what `make docs` would write."""
    assert PAGE.read_text(encoding="utf-8") == metrics_page()


@pytest.mark.parametrize(("part", "metric"), ALL, ids=IDS)
def test_names_follow_the_rules(part: str, metric: Described) -> None:
    """The part, the thing, the base unit; `_total` for counters and for nothing else."""
    begin = "gas" if part == "all parts" else f"gas_{part}"

    assert re.fullmatch(rf"{begin}_[a-z]+(_[a-z]+)*", metric.name)
    assert metric.type in {"counter", "gauge", "histogram"}
    assert metric.name.endswith("_total") is (metric.type == "counter")
    assert not metric.name.endswith(("_count", "_sum", "_bucket", "_created"))
    assert not UNITS.search(metric.name)
    if metric.type == "histogram":
        assert metric.unit in {"seconds", "bytes"}
    assert metric.sentence.endswith(".")


@pytest.mark.parametrize(("part", "metric"), ALL, ids=IDS)
def test_labels_are_few_and_name_nobody(part: str, metric: Described) -> None:
    """No ids; at most three labels, each with its values or a sentence of what they are."""
    for label, values in metric.labels.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", label)
        assert not {"id", "job", "user", "le", "quantile", "instance"} & {label, *label.split("_")}
        assert values
        assert isinstance(values, str) or len(set(values)) == len(values) <= 16
    assert len(metric.labels) <= 3, part


def test_no_name_is_told_twice() -> None:
    """Two metrics of one name would be one."""
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (vars(controllers), controllers.LABELS),
        (vars(annotator), annotator.LABELS),
        (vars(web.WebMetrics()), web.LABELS),
    ],
    ids=["controllers", "annotator", "web"],
)
def test_every_label_is_described(
    values: Mapping[str, object], labels: Mapping[str, Mapping[str, object]]
) -> None:
    """What is said of labels is said of all that there are, in their order, and of no others."""
    own = [value for value in values.values() if isinstance(value, MetricWrapperBase)]

    there = {metric._name: tuple(metric._labelnames) for metric in own if metric._labelnames}

    assert there == {name: tuple(said) for name, said in labels.items()}


BEGUN = {
    "gas_controllers_transitions_total",
    "gas_controllers_transition_duration_seconds_count",
}


def freshly_begun() -> dict[str, list[dict[str, str]]]:
    """The series that controllers have that were just started and have done nothing, by name, with their labels."""
    code = (
        "from gas_controllers.telling import metrics; from prometheus_client import generate_latest; "
        "print(generate_latest().decode())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(ran.stdout):
        for sample in family.samples:
            if sample.name.startswith("gas_"):
                found.setdefault(sample.name, []).append(sample.labels)
    return found


def test_the_first_of_each_kind_is_seen() -> None:
    """Every move that can be, and every error that is expected, stands at zero from the start.

    To Prometheus an increase from nothing to one is none, and a week may pass until the next archive.
    """
    begun = freshly_begun()
    moves = {(before.value, after.value) for before, after in MOVES}
    expected = set(controllers.EXPECTED_ERRORS)

    for name in BEGUN:
        assert {(labels["from"], labels["to"]) for labels in begun[name]} == moves
    assert {labels["error"] for labels in begun["gas_controllers_reconcile_errors_total"]} == expected
    assert {(labels["tier"], labels["outcome"]) for labels in begun["gas_controllers_retrievals_total"]} == {
        (tier.value, outcome) for tier in RetrievalTier for outcome in expected | {"accepted"}
    }


def test_series_are_few() -> None:
    """What controllers tell before anything has happened is bounded: 30 moves cost a histogram each, a hundred pairs would not do."""
    begun = freshly_begun()

    assert 500 < sum(map(len, begun.values())) < 1500


def test_every_error_is_expected_of_a_pass_or_cannot_come_from_one() -> None:
    """Whoever makes a new class of error says here, or in `EXPECTED_ERRORS`, whether work on a job may fail by it."""
    elsewhere = {
        "MailUncertainError",  # the mails' own count has it as an outcome
        "NotAllowedError",
        "NotNowError",
        "NotReadyError",
        "NotTakenError",  # the job goes on without its resource
        "SizeRefusedError",
        "SuspendedError",
        "TooManyRequestsError",
        "UnloadableBundleError",  # only annotators load bundles
    }
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, GasError)
    }

    assert classes - {"GasError"} == elsewhere | set(controllers.EXPECTED_ERRORS)


def test_promtool_finds_nothing_wrong_with_any_series() -> None:
    """Every metric with every value of its labels, as the controllers and annotators would tell them."""
    for module in (controllers, annotator):
        for value in vars(module).values():
            if isinstance(value, MetricWrapperBase):
                _touch(value, module.LABELS.get(value._name, {}))
    figures.FIGURES.show(_figures(), timedelta(minutes=1))
    text = generate_latest(REGISTRY).decode()

    told = {line.split(" ")[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    assert complaints(text) == ""
    assert {metric.name for part, metric in ALL if part in {"controllers", "annotator"}} <= told


def test_promtool_finds_nothing_wrong_with_the_web() -> None:
    """The same of the web, whose registry is its application's."""
    metrics = web.WebMetrics()
    for value in vars(metrics).values():
        if isinstance(value, MetricWrapperBase):
            _touch(value, web.LABELS.get(value._name, {}))
    text = generate_latest(metrics.registry).decode()

    told = {line.split(" ")[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    assert complaints(text) == ""
    assert {metric.name for part, metric in ALL if part == "web"} | {"gas_build_info"} <= told


def test_promtool_finds_what_is_wrong() -> None:
    """A counter without `_total` is told, so that an empty answer means something."""
    wrong = "# HELP gas_x_things Things.\n# TYPE gas_x_things counter\ngas_x_things 1\n"

    assert "_total" in complaints(wrong)


def _touch(metric: MetricWrapperBase, labels: Mapping[str, tuple[str, ...] | str]) -> None:
    """Make every series that the metric can have, and count nothing in it."""
    choices = [("Example",) if isinstance(values, str) else values for values in labels.values()]
    for chosen in product(*choices) if choices else ():
        metric.labels(*chosen)


def _figures() -> figures.Figures:
    return figures.Figures(
        jobs=dict.fromkeys(JobStatus, 1),
        queues=dict.fromkeys(CHANNELS, QueueDepth(1, 2, 3)),
        dead_letters=dict.fromkeys(CHANNELS, 0),
        oldest=dict.fromkeys(LINES, timedelta(0)),
    )
