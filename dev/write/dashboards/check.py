"""Runs every expression of every dashboard against a Prometheus: each must be understood, and say something."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dev.write.dashboards.board import Board
from dev.write.dashboards.source import Prometheus, RefusedError


@dataclass(frozen=True)
class Finding:
    """An expression that says nothing, or is refused: where it stands, and why."""

    board: str
    panel: str
    expr: str
    why: str

    def __str__(self) -> str:
        """One line for a person, and the expression below."""
        return f"{self.board} / {self.panel}: {self.why}\n    {self.expr}"


def findings(boards: Iterable[Board], prometheus: Prometheus) -> Iterator[Finding]:
    """What is wrong, in reading order; nothing when every expression says something.

    Raises:
        PrometheusError: it cannot be reached.
    """
    for board in boards:
        for panel in board.panels:
            for query in panel.queries:
                why = _why(query.expr, prometheus)
                if why is not None:
                    yield Finding(board.title, panel.title, query.expr, why)


def _why(expr: str, prometheus: Prometheus) -> str | None:
    try:
        lines = prometheus.lines(expr)
    except RefusedError as error:
        return f"refused: {error}"
    if not lines:
        return "no data"
    return None if any(line.numbers for line in lines) else "only what is not a number"
