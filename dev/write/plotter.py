"""Draws curves on charts: of dashboards for readers without a Grafana, and of load runs. The same figures, the same bytes.

The look follows Grafana's light theme, but it is a plot and no screenshot: see ADR 30.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from dev.write.dashboards.board import Look, Unit
from dev.write.dashboards.readable import KIB, shown

MOST_MARKS = 6
_ROUND_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
ROUND_STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
FEW_POINTS = 8
"""So few would hardly be seen as a line alone."""

LEGEND_INCHES = 0.35
"""So far to the left of the axes the names of the curves begin."""

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
INK, PALE, SILENT, GRID, GROUND = "#24292e", "#555", "#8e8e8e", "#e3e5e8", "#f4f5f5"

Box = tuple[float, float, float, float]
"""Left, top, width and height on a picture, in inches."""


@dataclass(frozen=True)
class Curve:
    """One line of a chart, its points in the order of time; where one is no number there is a gap."""

    name: str
    times: Sequence[float]
    values: Sequence[float]
    color: str | None = None
    """None: the next of the palette."""
    dashed: bool = False

    @property
    def numbers(self) -> list[float]:
        """The values that can be shown."""
        return [value for value in self.values if math.isfinite(value)]


@dataclass(frozen=True)
class Mark:
    """A straight line across a chart, at a time or at a value; with a name it stands in the legend."""

    at: float
    color: str
    name: str = ""


@dataclass(frozen=True)
class Chart:
    """Some curves of one unit over the picture's time."""

    title: str
    curves: Sequence[Curve]
    unit: Unit = Unit.COUNT
    look: Look = Look.LINES
    times: Sequence[Mark] = ()
    values: Sequence[Mark] = ()
    hidden: int = 0
    """How many curves were left out because they are too many."""


@dataclass(frozen=True)
class Span:
    """The time that all charts of a picture show, and how one of its moments is written."""

    begin: float
    end: float
    written: Callable[[float], str]


@contextmanager
def repeatable(salt: str) -> Iterator[None]:
    """Where a picture is drawn and saved: no random ids, no time of drawing, letters that search engines read."""
    with mpl.rc_context({"svg.hashsalt": salt, "svg.fonttype": "none", "font.size": 8, "text.color": INK}):
        yield


class Picture:
    """Charts and single figures in boxes, under one title."""

    def __init__(self, title: str, note: str, size: tuple[float, float], span: Span) -> None:
        self._wide, self._high = size
        self._span = span
        self._figure = Figure(figsize=size)
        self._write(0.012, 0.22, title, fontsize=15, weight="bold")
        self._write(0.988, 0.22, note, fontsize=9, ha="right", color=PALE)

    def heading(self, text: str, below: float) -> None:
        """A line of words so many inches below the top."""
        self._write(0.012, below, text, fontsize=11, weight="bold")

    def number(self, title: str, text: str, color: str | None, box: Box) -> None:
        """A single figure, as large as its box; silent without a colour."""
        ground = self._ground(title, box)
        place: dict[str, Any] = {"transform": ground.transAxes, "ha": "center", "va": "center"}
        ground.text(0.5, 0.4, text, fontsize=17, color=color or SILENT, weight="bold", **place)

    def chart(self, chart: Chart, box: Box) -> None:
        """Curves with their axes, and their names below."""
        self._ground(chart.title, box)
        left, top, width, height = box
        axes = self._axes((left + 0.6, top + 0.35, width - 0.75, height - 0.9))
        _dress(axes, chart, self._span)
        _draw(axes, chart)
        _legend(axes, chart, LEGEND_INCHES / (width - 0.75))

    def save(self, *files: Path) -> None:
        """Save it under each name, by whose ending the format is chosen."""
        for file in files:
            metadata = {"Date": None} if file.suffix == ".svg" else {"Software": None}
            self._figure.savefig(file, dpi=110, metadata=metadata, facecolor=GROUND)

    def _write(self, left: float, below: float, text: str, **look: Any) -> None:
        self._figure.text(left, 1 - below / self._high, text, va="center", **look)

    def _axes(self, box: Box) -> Axes:
        left, top, width, height = box
        bottom = self._high - top - height
        return self._figure.add_axes(
            (left / self._wide, bottom / self._high, width / self._wide, height / self._high)
        )

    def _ground(self, title: str, box: Box) -> Axes:
        left, top, width, height = box
        ground = self._axes((left + 0.05, top + 0.05, width - 0.1, height - 0.1))
        ground.set(xticks=[], yticks=[], facecolor="white")
        for spine in ground.spines.values():
            spine.set_color(GRID)
        place: dict[str, Any] = {"transform": ground.transAxes, "va": "center"}
        ground.text(0.1 / width, 1 - 0.17 / height, title, weight="bold", **place)
        return ground


def _dress(axes: Axes, chart: Chart, span: Span) -> None:
    axes.grid(visible=True, color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=7, colors=PALE)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlim(span.begin, span.end)
    axes.xaxis.set_major_locator(MultipleLocator(_round_step(span.end - span.begin)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda time, _: span.written(time)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: shown(value, chart.unit)))
    highest = _highest(chart)
    axes.set_ylim(0, highest * 1.1)
    round_step = _value_step(highest, chart.unit)
    if round_step is not None:
        axes.yaxis.set_major_locator(MultipleLocator(round_step))


def _draw(axes: Axes, chart: Chart) -> None:
    if chart.look is Look.STACK:
        _stack(axes, chart.curves)
    else:
        for curve, color in zip(chart.curves, itertools.cycle(PALETTE), strict=False):
            axes.plot(
                curve.times,
                curve.values,
                label=curve.name,
                color=curve.color or color,
                linewidth=1.3,
                linestyle="--" if curve.dashed else "-",
                drawstyle="steps-post" if chart.look is Look.STEPS else "default",
                marker="." if len(curve.numbers) <= FEW_POINTS and not curve.dashed else "",
            )
    dashes: dict[str, Any] = {"linewidth": 0.9, "linestyle": (0, (4, 3))}
    for mark in (mark for mark in chart.values if mark.at <= axes.get_ylim()[1]):
        axes.axhline(mark.at, color=mark.color, label=mark.name or None, **dashes)
    for mark in chart.times:
        axes.axvline(mark.at, color=mark.color, label=mark.name or None, **dashes)


def _stack(axes: Axes, curves: Sequence[Curve]) -> None:
    times = sorted({time for curve in curves for time in curve.times})
    heights = [dict(zip(curve.times, curve.values, strict=True)) for curve in curves]
    whole = [
        [value if math.isfinite(value) else 0.0 for value in (each.get(time, 0.0) for time in times)]
        for each in heights
    ]
    if curves:
        axes.stackplot(times, *whole, labels=[curve.name for curve in curves], colors=PALETTE, alpha=0.75)


def _legend(axes: Axes, chart: Chart, left: float) -> None:
    if not chart.curves:
        place: dict[str, Any] = {"transform": axes.transAxes, "ha": "center", "va": "center"}
        axes.text(0.5, 0.5, "no data", color=SILENT, **place)
        return
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(-left, -0.14),
        ncols=4,
        frameon=False,
        fontsize=6.5,
        title=f" (and {chart.hidden} more)" if chart.hidden > 0 else None,
        handlelength=1.2,
        columnspacing=1.0,
        borderaxespad=0,
        title_fontsize=6.5,
    )


def _highest(chart: Chart) -> float:
    tops = [max(curve.numbers) for curve in chart.curves if curve.numbers]
    highest = sum(tops) if chart.look is Look.STACK else max(tops, default=0.0)
    # A line at nothing at all would be drawn on the frame.
    return highest if highest > 0 else 1.0


def _round_step(seconds: float) -> int:
    """Seconds between two times on the axis: at most six of them, and round ones."""
    return next((step for step in ROUND_STEPS if seconds <= MOST_MARKS * step), ROUND_STEPS[-1])


def _value_step(highest: float, unit: Unit) -> float | None:
    """Between two figures on the upright axis, where tens and fives are not round: in minutes, and in bytes."""
    if unit is Unit.SECONDS and highest > 2 * ROUND_STEPS[0]:
        return _round_step(highest)
    if unit in {Unit.BYTES, Unit.BYTES_PER_SECOND} and highest > KIB:
        size = float(KIB ** int(math.log(highest, KIB)))
        return next(size * step for step in _ROUND_SIZES if highest <= MOST_MARKS * size * step)
    return None
