"""Panels that stand on several dashboards: one query, unit and limit each; what it means there, each dashboard says itself."""

from collections.abc import Iterator, Mapping

from dev.write.dashboards.board import Panel, Query, Unit, figure, fine_below, lines
from dev.write.dashboards.promql import most, quantile, series

NO_CONFLICT = 'error!="ConflictError"'
"""Of failed passes, all but those that met another's write and begin anew."""

_WAIT = "gas_controllers_queue_oldest_seconds"
_PENDING = "gas_controllers_pending_oldest_seconds"
_WAIT_LIMITS = fine_below(120, 900)
"""The defaults of the chart's alerts: a job of a further line, and of everybody's."""

HALF_AND_MOST: Mapping[str, float] = {"half": 0.5, "95 %": 0.95}
"""What is shown of a spread: the value that half of all, and that 95 of 100, do not exceed."""


def spread(histogram: str, where: str = "", shares: Mapping[str, float] = HALF_AND_MOST) -> Iterator[Query]:
    """The values below which these shares of what a histogram saw lie, each by its name."""
    for name, share in shares.items():
        yield Query(quantile(share, histogram, where=where), name)


def longest_wait(says: str) -> Panel:
    """How long the job that has waited longest for an annotator has waited, accepted or not."""
    longest = f"max({series(_WAIT)} or {series(_PENDING)})"
    return figure("Longest wait", says, Unit.SECONDS, longest, _WAIT_LIMITS)


def waits_by_line(title: str, says: str) -> Panel:
    """The same over time, for each line of jobs."""
    return lines(title, says, Unit.SECONDS, Query(most(_WAIT, "line"), "{{line}}"), steps=_WAIT_LIMITS)


def dead_letters(says: str) -> Panel:
    """Messages that nobody could read."""
    query = Query(most("gas_controllers_dead_letters", "queue"), "{{queue}}")
    return lines("Dead letters", says, Unit.COUNT, query, steps=fine_below(1))


def held_by_nobody(says: str) -> Panel:
    """Running jobs whose lease has ended."""
    query = Query(most("gas_controllers_silent_claims"), "silent claims")
    return lines("Held by nobody", says, Unit.COUNT, query, steps=fine_below(1))


def late(says: str) -> Panel:
    """Archivings and retrievals that should have been done by now."""
    query = Query(most("gas_controllers_overdue_jobs", "kind"), "{{kind}}")
    return lines("Late", says, Unit.COUNT, query, steps=fine_below(1))
