"""The dashboards: fresh, whole, importable anywhere, and about metrics that exist."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from dev.write.charts.files import CHART
from dev.write.dashboards.board import Board, Look, Panel, Unit
from dev.write.dashboards.files import FOLDER, boards, dashboard_files
from dev.write.dashboards.grafana import MOST_ANNOTATORS, MOST_FURTHER_ANNOTATORS
from dev.write.dashboards.platform import ERROR_BUDGET
from dev.write.dashboards.promql import metrics_of

BOARDS = boards()
FILES = dashboard_files()
PANELS = [(board, panel) for board in BOARDS for panel in board.panels]
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))

each_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
each_panel = pytest.mark.parametrize(
    ("board", "panel"), PANELS, ids=[f"{board.uid}-{panel.title}" for board, panel in PANELS]
)


def made(board: Board) -> dict[str, Any]:
    """The dashboard as it is committed."""
    found: dict[str, Any] = json.loads((FOLDER / f"{board.uid}.json").read_text(encoding="utf-8"))
    return found


def strings(node: Any) -> Iterator[str]:
    """Every string in it."""
    match node:
        case str():
            yield node
        case dict():
            for each in node.values():
                yield from strings(each)
        case list():
            for each in node:
                yield from strings(each)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_files_are_fresh(path: Any) -> None:
    """What is committed is what `make dashboards` would write."""
    assert path.read_text(encoding="utf-8") == FILES[path]


def test_no_other_file_is_shipped() -> None:
    """A dashboard that is gone from the code is gone from the chart."""
    assert set(FOLDER.iterdir()) == set(FILES)


@each_board
def test_it_is_the_same_wherever_it_is_imported(board: Board) -> None:
    """A fixed uid, the schema that Grafana 11.6 writes, and nothing of one installation: source and namespace are chosen."""
    json_of = made(board)
    sources = {each["uid"] for each in _sources(json_of)}

    assert json_of["uid"] == board.uid
    assert json_of["schemaVersion"] == 41
    assert json_of["description"] == board.asks
    assert sources == {"${datasource}"}
    assert [each["name"] for each in json_of["templating"]["list"]][:2] == ["datasource", "namespace"]
    assert [text for text in strings(json_of) if re.search(r"https?://|127\.0\.0\.1", text)] == []


def _sources(node: Any) -> Iterator[dict[str, str]]:
    if isinstance(node, dict):
        if isinstance(node.get("datasource"), dict):
            yield node["datasource"]
        for each in node.values():
            yield from _sources(each)
    if isinstance(node, list):
        for each in node:
            yield from _sources(each)


@each_board
def test_rows_go_from_alive_over_doing_to_wrong(board: Board) -> None:
    """Whoever has opened one knows where to look on the others; how long somebody waits comes first where people are meant."""
    assert [row.title.split(":")[0] for row in board.rows] == ["Alive", "Doing", "Wrong"]
    assert board.uid == "gas-lifecycle" or next(board.panels).title == "Longest wait"


@each_board
def test_panels_stand_on_the_grid(board: Board) -> None:
    """No panel hangs over the edge or lies on another, and each has a number of its own."""
    panels = made(board)["panels"]
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        own = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24, panel["title"]
        assert not own & cells, panel["title"]
        cells |= own

    assert len({panel["id"] for panel in panels}) == len(panels)


@each_panel
def test_a_panel_explains_itself(board: Board, panel: Panel) -> None:
    """It has a title of its own and a sentence that ends; and as many colours as it needs."""
    assert sum(each.title == panel.title for each in board.panels) == 1
    assert len(panel.says) > 25
    assert panel.says.endswith(".")
    assert panel.look is not Look.FIGURE or panel.steps
    assert [step.value for step in panel.steps[1:]] == sorted(step.value or 0 for step in panel.steps[1:])


@each_panel
def test_its_queries_are_about_the_namespace(board: Board, panel: Panel) -> None:
    """Every series is of the namespace that is chosen, ranges are Grafana's, and every line has a name."""
    for query in panel.queries:
        bare = re.sub(r'"(\\.|[^"\\])*"', '"…"', query.expr)
        for selector in re.findall(r"(?<!\$)\{[^}]*\}", query.expr):
            assert re.search(r'\b(exported_)?namespace="\$namespace"', selector), query.expr
        for metric in metrics_of(query.expr):
            assert f"{metric}{{" in query.expr, metric
        for name, window in re.findall(r"(rate|increase)\([^\[]*\[([^\]]*)\]", bare):
            fixed = panel.title == "Error budget burned"
            assert window in ({"1h", "6h"} if fixed else {"$__rate_interval", "$__range"}), (name, window)
        assert query.legend


@each_panel
def test_its_unit_is_that_of_its_figures(board: Board, panel: Panel) -> None:
    """Seconds are shown as seconds, bytes as bytes, shares as shares, and what is counted a minute as such."""
    for query in panel.queries:
        metrics = {name.removesuffix("_bucket") for name in metrics_of(query.expr)} - {"gas_build_info"}
        if panel.unit is Unit.SECONDS:
            seconds = all("seconds" in name for name in metrics)
            assert seconds or "sum_over_time" in query.expr
        if panel.unit is Unit.BYTES:
            assert all(name.endswith("_bytes") for name in metrics)
        if panel.unit is Unit.PER_MINUTE:
            assert query.expr.startswith("60 * ")
        if panel.unit is Unit.COUNT:
            assert not any(name.endswith("_seconds") for name in metrics) or "_count" in query.expr


@each_board
def test_what_looks_back_over_everything_is_asked_once(board: Board) -> None:
    """A query over the whole span for each point of a line would cost Prometheus hundreds of them; all others are lines."""
    targets = [target for panel in made(board)["panels"] for target in panel.get("targets", [])]

    assert [t["expr"] for t in targets if ("$__range" in t["expr"]) is not t["instant"]] == []
    assert [t["expr"] for t in targets if t["instant"] is t["range"]] == []
    assert all(panel.look is Look.FIGURE for panel in board.panels if "$__range" in panel.queries[0].expr)


def test_defaults_are_those_of_the_chart() -> None:
    """What a dashboard takes for granted is what the chart does unless it is told otherwise."""
    thresholds = DEFAULTS["alerts"]["thresholds"]
    oldest = [panel for _, panel in PANELS if "queue_oldest" in panel.queries[0].expr]

    assert DEFAULTS["annotator"]["autoscaling"]["maxReplicas"] == MOST_ANNOTATORS
    assert DEFAULTS["annotator"]["premium"]["maxReplicas"] == MOST_FURTHER_ANNOTATORS
    assert thresholds["webErrorBudget"] == ERROR_BUDGET
    assert len(oldest) >= 3
    for panel in oldest:
        assert [step.value for step in panel.steps[1:]] == [
            thresholds["lineOldestSeconds"],
            thresholds["freeOldestSeconds"],
        ]


@pytest.mark.parametrize(
    ("expr", "metrics"),
    [
        ("max(a_b) or on() 0 * max(c)", {"a_b", "c"}),
        ('sum by (le, x) (rate(a_bucket{from="b",to=~"c_d"}[$__rate_interval]))', {"a_bucket"}),
        ('label_replace(a, "b", "$1", "c", "(.)..") and on (x) e > bool 0', {"a", "e"}),
        ("time() - max(a{}) > 300 unless a offset 1h", {"a"}),
        ("14.4 * a / 1e3", {"a"}),
        ("sum_over_time((clamp_min(a, 0) > bool 0)[$__range:15s])", {"a"}),
    ],
    ids=["or", "by", "labels", "offset", "numbers", "subquery"],
)
def test_which_metrics_an_expression_names(expr: str, metrics: set[str]) -> None:
    """Functions, labels, values, ranges and words of the language are no metrics."""
    assert metrics_of(expr) == metrics
