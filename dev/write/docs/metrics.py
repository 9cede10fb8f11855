"""docs/metrics.md, computed from the metrics of each part and from what each says of its labels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric

from dev import ROOT
from gas import metrics as shared
from gas.metrics import LabelValues
from gas_annotator import metrics as annotator
from gas_controllers.telling import figures
from gas_controllers.telling import metrics as controllers
from gas_web import metrics as web

PAGE = ROOT / "docs" / "metrics.md"

_HEAD = """# Metrics

What each part tells Prometheus at `/metrics` on its probe port. No label holds a job's or a user's id. Beside these stand what prometheus-client tells of every Python
process (`process_…`, `python_…`). This page is written by `make docs`.

A histogram has the series `…_bucket`, `…_sum` and `…_count`; a counter a gauge `…_created` beside it.
"""

_PARTS = {
    "controllers": """The gauges of jobs, queues, stored bytes, overdue work and silent claims are of one look at everything, every
`GAS_CONTROLLERS__OVERVIEW_SECONDS`. A queue that does not answer is left out; when looking itself stops, all of them are, after
half a minute or three looks that did not come: unknown is neither zero nor what it was. Only
`gas_controllers_overview_age_seconds` is always told. There is one controllers pod, so their sum over pods is their value.""",
    "annotator": "One pod works on one message at a time. Its numbers go with the pod: look at rates, and at sums over pods.",
    "web": "One process serves a pod; sum over pods. Probes and static files are not counted.",
    "all parts": "",
}


@dataclass(frozen=True)
class Described:
    """One metric: its name as it is shown, its type, its labels with what each can say, and its sentence."""

    name: str
    type: str
    sentence: str
    labels: LabelValues

    @property
    def unit(self) -> str:
        """What its number counts in."""
        for ending, unit in (
            ("timestamp_seconds", "seconds since 1970"),
            ("seconds", "seconds"),
            ("bytes", "bytes"),
        ):
            if self.name.removesuffix("_total").endswith(f"_{ending}"):
                return unit
        return ""


def described() -> dict[str, list[Described]]:
    """All metrics by part, in the order of their declaration."""
    of_web = web.WebMetrics()
    return {
        "controllers": [
            *_of_module(vars(controllers).values(), controllers.LABELS),
            *_of_families(figures.FiguresCollector().describe(), figures.LABELS),
        ],
        "annotator": _of_module(vars(annotator).values(), annotator.LABELS),
        "web": _of_module(vars(of_web).values(), web.LABELS),
        "all parts": [
            Described(shared.BUILD_INFO, "gauge", shared.BUILD_INFO_SENTENCE, shared.BUILD_INFO_LABELS),
            Described(shared.CLOCK_AHEAD, "gauge", shared.CLOCK_AHEAD_SENTENCE, {}),
        ],
    }


def metrics_page() -> str:
    """The whole page."""
    sections = [_HEAD]
    for part, metrics in described().items():
        title = part[0].upper() + part[1:]
        rows = "\n".join(_row(metric) for metric in metrics)
        about = f"{_PARTS[part]}\n\n" if _PARTS[part] else ""
        sections.append(
            f"## {title}\n\n{about}| metric | type | unit | labels | what it tells |\n|---|---|---|---|---|\n{rows}\n"
        )
    return "\n".join(sections)


def _of_module(values: Iterable[object], labels: Mapping[str, LabelValues]) -> list[Described]:
    own = [value for value in values if isinstance(value, MetricWrapperBase)]
    return _of_families((family for metric in own for family in metric.describe()), labels)


def _of_families(families: Iterable[Metric], labels: Mapping[str, LabelValues]) -> list[Described]:
    return [
        Described(
            f"{family.name}_total" if family.type == "counter" else family.name,
            family.type,
            family.documentation,
            labels.get(family.name, {}),
        )
        for family in families
    ]


def _row(metric: Described) -> str:
    labels = "; ".join(f"`{label}`: {_values(values)}" for label, values in metric.labels.items())
    return f"| `{metric.name}` | {metric.type} | {metric.unit} | {labels} | {metric.sentence} |"


def _values(values: tuple[str, ...] | str) -> str:
    return values if isinstance(values, str) else ", ".join(f"`{value}`" for value in values)
