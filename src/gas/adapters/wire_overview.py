"""How the overview is written: one item beside the users' own, under a key of its own."""

from collections.abc import Mapping
from typing import Any

from gas.adapters.wire import HOME
from gas.adapters.wire_values import (
    FLAG,
    INTEGER,
    SCHEMA,
    SECONDS,
    TEXT,
    TIME,
    Codec,
    Column,
    Item,
    Shape,
    columns,
    listed,
    mapped,
    one_of,
)
from gas.domain.job import JobStatus
from gas.domain.names import Channel
from gas.domain.overview import Overview, PauseCause, Pool, QueueDepth, Situation, Wait
from gas.domain.reasons import Reason
from gas.domain.record import ClusterSight

OVERVIEW_KEY = "overview:controllers"
"""The key in the users' table; no user id has a colon, and none comes from outside."""


def _situation(text: str) -> Situation:
    phase, _, reason = text.partition("/")
    return Situation(JobStatus(phase), Reason(reason))


_SITUATIONS = Codec(
    lambda counts: {f"{s.phase.value}/{s.reason.value}": n for s, n in counts.items()},
    lambda written: {_situation(name): INTEGER.read(count) for name, count in written.items()},
)
_CHANNEL = Codec(lambda channel: channel.value, lambda written: Channel(TEXT.read(written)))
_DEAD_LETTERS = Codec(
    lambda counts: {channel.value: count for channel, count in counts.items()},
    lambda written: {Channel(name): INTEGER.read(count) for name, count in written.items()},
)
_DEPTH = Shape(QueueDepth, columns(INTEGER, "visible", "in_flight", "delayed"))
_POOL = Shape(Pool, columns(TEXT, "name") | columns(INTEGER, "busy", "wanted", "ready"))
_SIGHT = Shape(ClusterSight, columns(mapped(HOME), "home") | columns(INTEGER, "version"))
_WAIT = Shape(Wait, columns(TEXT, "job_id") | columns(TIME, "since"))

_OVERVIEW = Shape(
    Overview,
    {
        **columns(TIME, "time", "started"),
        **columns(SECONDS, "period", "sweep_age", "sweep_period"),
        "situations": Column("standings", _SITUATIONS),
        **columns(listed(_CHANNEL), "channels"),
        **columns(listed(TEXT), "pinned"),
        **columns(_DEAD_LETTERS, "dead_letters"),
        **columns(mapped(_WAIT), "longest_wait"),
        **columns(mapped(_SIGHT), "sight"),
        **columns(one_of(PauseCause), "pause_cause"),
        **columns(mapped(_DEPTH), "requests"),
        **columns(listed(mapped(_POOL)), "pools"),
        **columns(INTEGER, "late_retrievals", "drift", "absent", "absence_limit"),
        **columns(FLAG, "absences_paused", "unserved"),
    },
)


def overview_to_item(overview: Overview) -> Item:
    """The item, with its key."""
    return {"user_id": OVERVIEW_KEY, "schema": SCHEMA} | _OVERVIEW.write(overview)


def overview_from_item(item: Mapping[str, Any]) -> Overview | None:
    """What was written; None when a newer GAS wrote it in another way: it writes the next one soon.

    Raises:
        FatalError: an attribute cannot be read.
    """
    return _OVERVIEW.read(item) if item.get("schema") == SCHEMA else None
