"""Draws a dashboard with the data of a Prometheus, for readers who have no Grafana: the same queries, plotted.

The look follows Grafana's light theme, but it is a plot and no screenshot: see ADR 30.
"""

import itertools
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from dev.dashboards.board import Board, Look, Panel, Row, Unit
from dev.dashboards.readable import KIB, shown
from dev.dashboards.source import Line, Prometheus

COLUMNS, COLUMN_INCHES = 24, 0.62
FIGURE_INCHES, LINES_INCHES, TITLE_INCHES = 0.95, 2.2, 0.5
MOST_MARKS = 6
_ROUND_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
ROUND_STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
MOST_LINES, FEW_LINES = 12, 4
"""More make a legend that nobody reads; Grafana scrolls, a picture cannot."""

PALETTE = (
    "#3274d9",
    "#e0752d",
    "#56a64b",
    "#8f3bb8",
    "#e02f44",
    "#37872d",
    "#b877d9",
    "#f2cc0c",
    "#5794f2",
    "#7c8b99",
)
COLORS = {"green": "#37872d", "orange": "#d9730d", "red": "#c4162a", "blue": "#1f60c4"}
INK, GRID, GROUND = "#24292e", "#e3e5e8", "#f4f5f5"

Placed = tuple[Panel, float, float, float, float]


def draw(board: Board, prometheus: Prometheus, files: tuple[Path, ...]) -> None:
    """Draw every panel of the dashboard into one picture, and save it under each name, by whose ending the format is chosen.

    Raises:
        PrometheusError: it cannot be reached, or refuses an expression.
    """
    # The same picture for the same data: no random ids, no time of drawing, letters that search engines read.
    with mpl.rc_context(
        {"svg.hashsalt": board.uid, "svg.fonttype": "none", "font.size": 8, "text.color": INK}
    ):
        picture = _picture(board, prometheus)
        for file in files:
            metadata = {"Date": None} if file.suffix == ".svg" else {"Software": None}
            picture.savefig(file, dpi=110, metadata=metadata, facecolor=GROUND)


def _picture(board: Board, prometheus: Prometheus) -> Figure:
    wide = COLUMNS * COLUMN_INCHES
    high = TITLE_INCHES + sum(_height(row) for row in board.rows)
    picture = Figure(figsize=(wide, high))
    picture.text(0.012, 1 - 0.22 / high, board.title, fontsize=15, weight="bold", va="center")
    picture.text(0.988, 1 - 0.22 / high, _when(prometheus), fontsize=9, va="center", ha="right", color="#555")
    below = TITLE_INCHES
    for row in board.rows:
        picture.text(0.012, 1 - (below + 0.2) / high, row.title, fontsize=11, weight="bold", va="center")
        for panel, left, top, width, height in _places(row, below + TITLE_INCHES * 0.8):
            box = (left / wide, 1 - (top + height) / high, width / wide, height / high)
            _panel(picture, panel, box, prometheus)
        below += _height(row)
    return picture


def _when(prometheus: Prometheus) -> str:
    begin, end = (moment.astimezone(UTC) for moment in (prometheus.span.begin, prometheus.span.end))
    return f"{begin:%Y-%m-%d %H:%M} to {end:%H:%M} UTC, namespace {prometheus.namespace}"


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


def _places(row: Row, top: float) -> Iterator[Placed]:
    """Where each panel stands, in inches from the left and from the top."""
    for line in _lines_of(row):
        left, height = 0.0, _line_height(line)
        for panel in line:
            width = panel.width * COLUMN_INCHES
            yield panel, left, top, width, height
            left += width
        top += height


def _panel(
    picture: Figure, panel: Panel, box: tuple[float, float, float, float], prometheus: Prometheus
) -> None:
    left, bottom, width, height = box
    inch_x, inch_y = (1 / size for size in picture.get_size_inches())
    ground = picture.add_axes(
        (left + 0.05 * inch_x, bottom + 0.05 * inch_y, width - 0.1 * inch_x, height - 0.1 * inch_y)
    )
    ground.set(xticks=[], yticks=[], facecolor="white")
    for spine in ground.spines.values():
        spine.set_color(GRID)
    ground.text(
        0.1 / (width / inch_x),
        1 - 0.17 / (height / inch_y),
        panel.title,
        transform=ground.transAxes,
        weight="bold",
        va="center",
    )
    lines = [
        (_name(query.legend, line), line) for query in panel.queries for line in prometheus.lines(query.expr)
    ]
    if panel.look is Look.FIGURE:
        _figure(ground, panel, [line for _, line in lines])
        return
    inner = picture.add_axes(
        (left + 0.6 * inch_x, bottom + 0.55 * inch_y, width - 0.75 * inch_x, height - 0.9 * inch_y)
    )
    _plot(inner, panel, lines, prometheus)


def _figure(axes: Axes, panel: Panel, lines: list[Line]) -> None:
    numbers = [number for line in lines for number in line.numbers[-1:]]
    text, color = "no data", "#8e8e8e"
    if numbers:
        # As in Grafana: an increase is reckoned and not counted, and there are no halves.
        number = round(numbers[0]) if panel.unit is Unit.COUNT else numbers[0]
        text, color = shown(number, panel.unit), _color(panel, number)
    axes.text(
        0.5,
        0.4,
        text,
        transform=axes.transAxes,
        ha="center",
        va="center",
        fontsize=17,
        color=color,
        weight="bold",
    )


def _color(panel: Panel, number: float) -> str:
    reached = [step.color for step in panel.steps if step.value is None or number >= step.value]
    return COLORS[reached[-1]] if reached else INK


def _plot(axes: Axes, panel: Panel, lines: list[tuple[str, Line]], prometheus: Prometheus) -> None:
    axes.grid(visible=True, color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=7, colors="#555")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlim(prometheus.span.begin.timestamp(), prometheus.span.end.timestamp())
    axes.xaxis.set_major_locator(MultipleLocator(_round_step(prometheus.span.seconds)))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda time, _: f"{datetime.fromtimestamp(time, UTC):%H:%M}")
    )
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: shown(value, panel.unit)))
    with_data = [(name, line) for name, line in lines if line.numbers]
    kept = _worth_drawing(with_data)
    if panel.look is Look.STACK:
        _stack(axes, kept)
    else:
        for (name, line), color in zip(kept, itertools.cycle(PALETTE), strict=False):
            style = "steps-post" if panel.look is Look.STEPS else "default"
            axes.plot(
                *_xy(line), label=name, color=color, linewidth=1.3, drawstyle=style, marker=_marker(line)
            )
    highest = _highest(panel, kept)
    axes.set_ylim(0, highest * 1.1)
    round_step = _axis_step(highest, panel.unit)
    if round_step is not None:
        axes.yaxis.set_major_locator(MultipleLocator(round_step))
    for step in panel.steps:
        if step.value is not None and step.value <= highest * 1.1:
            axes.axhline(step.value, color=COLORS[step.color], linewidth=0.9, linestyle=(0, (4, 3)))
    _legend(axes, kept, hidden=sum(any(line.numbers) for _, line in with_data) - len(kept))


def _worth_drawing(lines: list[tuple[str, Line]]) -> list[tuple[str, Line]]:
    """The lines that are ever more than nothing, or a few when none is; the highest of them when they are many."""
    alive = [each for each in lines if any(each[1].numbers)]
    if not alive:
        return lines[:FEW_LINES]
    highest = sorted(alive, key=lambda each: -max(each[1].numbers))[:MOST_LINES]
    return [each for each in alive if each in highest]


def _legend(axes: Axes, kept: list[tuple[str, Line]], hidden: int) -> None:
    if not kept:
        axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center", color="#8e8e8e")
        return
    more = f" (and {hidden} more)" if hidden > 0 else ""
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(-0.08, -0.14),
        ncols=4,
        frameon=False,
        fontsize=6.5,
        title=more or None,
        handlelength=1.2,
        columnspacing=1.0,
        borderaxespad=0,
        title_fontsize=6.5,
    )


def _stack(axes: Axes, lines: list[tuple[str, Line]]) -> None:
    times = sorted({time for _, line in lines for time, _ in line.points})
    heights = [[dict(line.points).get(time, 0.0) for time in times] for _, line in lines]
    whole = [[value if math.isfinite(value) else 0.0 for value in each] for each in heights]
    if lines:
        axes.stackplot(
            times,
            *whole,
            labels=[name for name, _ in lines],
            colors=PALETTE,
            alpha=0.75,
        )


def _highest(panel: Panel, lines: list[tuple[str, Line]]) -> float:
    tops = [max(line.numbers) for _, line in lines]
    highest = sum(tops) if panel.look is Look.STACK else max(tops, default=0.0)
    # A line at nothing at all would be drawn on the frame.
    return highest if highest > 0 else 1.0


def _xy(line: Line) -> tuple[list[float], list[float]]:
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


def _marker(line: Line) -> str:
    few = 8
    return "." if len(line.numbers) <= few else ""


def _round_step(seconds: int) -> int:
    """Seconds between two times on the axis: at most six of them, and round ones."""
    return next((step for step in ROUND_STEPS if seconds <= MOST_MARKS * step), ROUND_STEPS[-1])


def _axis_step(highest: float, unit: Unit) -> float | None:
    """Between two figures on the upright axis, where tens and fives are not round: in minutes, and in bytes."""
    if unit is Unit.SECONDS and highest > 2 * ROUND_STEPS[0]:
        return _round_step(int(highest))
    if unit in {Unit.BYTES, Unit.BYTES_PER_SECOND} and highest > KIB:
        size = float(KIB ** int(math.log(highest, KIB)))
        return next(size * step for step in _ROUND_SIZES if highest <= MOST_MARKS * size * step)
    return None


def _name(legend: str, line: Line) -> str:
    for label, value in line.labels.items():
        legend = legend.replace(f"{{{{{label}}}}}", value)
    # What a series does not have is left out, as Grafana does.
    while "{{" in legend:
        start = legend.index("{{")
        legend = legend[:start] + legend[legend.index("}}") + 2 :]
    return " ".join(legend.split())
