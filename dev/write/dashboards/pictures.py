"""Draws a dashboard with the data of a Prometheus, for readers who have no Grafana: the same queries, plotted."""

import itertools
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dev.write.dashboards.board import Board, Look, Panel, Row, Unit
from dev.write.dashboards.readable import shown
from dev.write.dashboards.source import Line, Prometheus
from dev.write.plotter import INK, Box, Chart, Curve, Mark, Picture, Span, repeatable

COLUMNS, COLUMN_INCHES = 24, 0.62
FIGURE_INCHES, LINES_INCHES, TITLE_INCHES = 0.95, 2.2, 0.5
MOST_LINES, FEW_LINES = 12, 4
"""More make a legend that nobody reads; Grafana scrolls, a picture cannot."""

COLORS = {"green": "#37872d", "orange": "#d9730d", "red": "#c4162a", "blue": "#1f60c4"}


def draw(board: Board, prometheus: Prometheus, files: tuple[Path, ...]) -> None:
    """Draw every panel of the dashboard into one picture, and save it under each name, by whose ending the format is chosen.

    Raises:
        PrometheusError: it cannot be reached, or refuses an expression.
    """
    with repeatable(board.uid):
        _picture(board, prometheus).save(*files)


def _picture(board: Board, prometheus: Prometheus) -> Picture:
    size = COLUMNS * COLUMN_INCHES, TITLE_INCHES + sum(_height(row) for row in board.rows)
    begin, end = (moment.astimezone(UTC) for moment in (prometheus.span.begin, prometheus.span.end))
    when = f"{begin:%Y-%m-%d %H:%M} to {end:%H:%M} UTC, namespace {prometheus.namespace}"
    picture = Picture(board.title, when, size, Span(begin.timestamp(), end.timestamp(), _clock))
    below = TITLE_INCHES
    for row in board.rows:
        picture.heading(row.title, below + 0.2)
        for panel, box in _places(row, below + TITLE_INCHES * 0.8):
            _panel(picture, panel, box, prometheus)
        below += _height(row)
    return picture


def _clock(time: float) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%H:%M}"


def _height(row: Row) -> float:
    return TITLE_INCHES + sum(_line_height(line) for line in _lines_of(row))


def _lines_of(row: Row) -> Iterator[list[Panel]]:
    """The panels that stand side by side."""
    line: list[Panel] = []
    for panel in row.panels:
        if line and sum(each.width for each in line) + panel.width > COLUMNS:
            yield line
            line = []
        line.append(panel)
    yield line


def _line_height(line: list[Panel]) -> float:
    return max(FIGURE_INCHES if panel.look is Look.FIGURE else LINES_INCHES for panel in line)


def _places(row: Row, top: float) -> Iterator[tuple[Panel, Box]]:
    """Where each panel stands."""
    for line in _lines_of(row):
        left, height = 0.0, _line_height(line)
        for panel in line:
            width = panel.width * COLUMN_INCHES
            yield panel, (left, top, width, height)
            left += width
        top += height


def _panel(picture: Picture, panel: Panel, box: Box, prometheus: Prometheus) -> None:
    lines = [
        (_name(query.legend, line), line) for query in panel.queries for line in prometheus.lines(query.expr)
    ]
    if panel.look is Look.FIGURE:
        numbers = [number for _, line in lines for number in line.numbers[-1:]]
        picture.number(panel.title, *_figure(panel, numbers), box)
    else:
        picture.chart(_chart(panel, lines), box)


def _figure(panel: Panel, numbers: list[float]) -> tuple[str, str | None]:
    """The figure as people read it, and its colour."""
    if not numbers:
        return "no data", None
    # As in Grafana: an increase is reckoned and not counted, and there are no halves.
    number = round(numbers[0]) if panel.unit is Unit.COUNT else numbers[0]
    reached = [step.color for step in panel.steps if step.value is None or number >= step.value]
    return shown(number, panel.unit), COLORS[reached[-1]] if reached else INK


def _chart(panel: Panel, lines: list[tuple[str, Line]]) -> Chart:
    columns = _columns if panel.look is Look.STACK else _with_gaps
    with_data = [Curve(name, *columns(line)) for name, line in lines if line.numbers]
    kept = _worth_drawing(with_data)
    hidden = sum(any(curve.numbers) for curve in with_data) - len(kept)
    limits = [Mark(step.value, COLORS[step.color]) for step in panel.steps if step.value is not None]
    return Chart(panel.title, kept, panel.unit, panel.look, values=limits, hidden=hidden)


def _columns(line: Line) -> tuple[list[float], list[float]]:
    return [time for time, _ in line.points], [value for _, value in line.points]


def _with_gaps(line: Line) -> tuple[list[float], list[float]]:
    """The points, with a gap wherever two are further apart than usual."""
    xs, ys = [], []
    usual = min((b - a for (a, _), (b, _) in itertools.pairwise(line.points)), default=0.0)
    before = None
    for time, value in line.points:
        if before is not None and time - before > 1.5 * usual:
            xs.append(before)
            ys.append(math.nan)
        xs.append(time)
        ys.append(value)
        before = time
    return xs, ys


def _worth_drawing(curves: list[Curve]) -> list[Curve]:
    """The curves that are ever more than nothing, or a few when none is; the highest of them when they are many."""
    alive = [curve for curve in curves if any(curve.numbers)]
    if not alive:
        return curves[:FEW_LINES]
    highest = sorted(alive, key=lambda curve: -max(curve.numbers))[:MOST_LINES]
    return [curve for curve in alive if curve in highest]


def _name(legend: str, line: Line) -> str:
    for label, value in line.labels.items():
        legend = legend.replace(f"{{{{{label}}}}}", value)
    # What a series does not have is left out, as Grafana does.
    while "{{" in legend:
        start = legend.index("{{")
        legend = legend[:start] + legend[legend.index("}}") + 2 :]
    return " ".join(legend.split())
