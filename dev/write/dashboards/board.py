"""What a dashboard is made of: plain values, from which the JSON, the check and the pictures are made."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Unit(Enum):
    """What a panel's figures are, as Grafana names it."""

    COUNT = "short"
    SECONDS = "s"
    BYTES = "bytes"
    BYTES_PER_SECOND = "Bps"
    SHARE = "percentunit"
    REQUESTS_PER_SECOND = "reqps"
    PER_SECOND = "cps"
    PER_MINUTE = "cpm"
    CORES = "cores"


class Look(Enum):
    """How a panel shows its figures."""

    FIGURE = "stat"
    LINES = "lines"
    STACK = "stack"
    STEPS = "steps"
    """Lines that jump: for pods, of which there are no halves."""


@dataclass(frozen=True)
class Step:
    """From this value on, a figure has this colour. The first has no value: it holds for all below."""

    value: float | None
    color: str


def fine_below(warning: float, bad: float | None = None) -> tuple[Step, ...]:
    """Colours of a figure of which more is worse."""
    steps = (Step(None, "green"), Step(warning, "orange" if bad is not None else "red"))
    return steps if bad is None else (*steps, Step(bad, "red"))


def fine_from(good: float) -> tuple[Step, ...]:
    """Colours of a figure of which less is worse."""
    return (Step(None, "red"), Step(good, "green"))


PLAIN = (Step(None, "blue"),)
"""Colours of a figure that is neither good nor bad."""


@dataclass(frozen=True)
class Query:
    """An expression of PromQL, and what its lines are called: `{{label}}` is replaced by the label's value."""

    expr: str
    legend: str


@dataclass(frozen=True)
class Panel:
    """One panel: what it shows, and in words how to read it."""

    title: str
    says: str
    unit: Unit
    queries: tuple[Query, ...]
    look: Look = Look.LINES
    steps: tuple[Step, ...] = ()
    width: int = 8
    """Of the 24 columns."""


@dataclass(frozen=True)
class Row:
    """Panels under a common title."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Board:
    """One dashboard."""

    uid: str
    """Fixed, so that links and bookmarks outlive an import."""
    title: str
    asks: str
    """The question that it answers."""
    rows: tuple[Row, ...]

    @property
    def panels(self) -> Iterator[Panel]:
        """Every panel, in reading order."""
        return (panel for row in self.rows for panel in row.panels)


def figure(
    title: str, says: str, unit: Unit, expr: str, steps: tuple[Step, ...] = PLAIN, *, width: int = 4
) -> Panel:
    """A panel of one large figure, the newest."""
    return Panel(title, says, unit, (Query(expr, title),), Look.FIGURE, steps, width)


def lines(
    title: str,
    says: str,
    unit: Unit,
    *queries: Query,
    look: Look = Look.LINES,
    steps: tuple[Step, ...] = (),
    width: int = 8,
) -> Panel:
    """A panel of lines over time; where there are steps, they are drawn as well."""
    return Panel(title, says, unit, queries, look, steps, width)
