"""What Prometheus is told of the whole installation: the figures of the last look at everything, and how old they are.

They are told all at once or not at all: a scrape never sees half of two looks, and what could not be read, or was read
too long ago, is left out. Unknown is neither zero nor what it was.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from gas.domain.job import JobStatus
from gas.domain.line import EVERYBODY, Line
from gas.domain.names import Channel
from gas.domain.overview import QueueDepth
from gas.metrics import LabelValues

STATES = ("visible", "in_flight", "delayed")
TIERS = ("hot", "archived")
OVERDUE = ("archive", "retrieval")
GIVEN_UP = ("result", "retrieval", "storage")

QUEUES = f"`{Channel.JOB_REQUESTS.value}`, with a line's name at its end but for everybody's; or {', '.join(f'`{c.value}`' for c in Channel.OTHERS)}"
LINES = f"`{EVERYBODY.name}`, or the name of a further line"
LABELS: Mapping[str, LabelValues] = {
    "gas_controllers_jobs": {"phase": tuple(status.value for status in JobStatus)},
    "gas_controllers_queue_messages": {"queue": QUEUES, "state": STATES},
    "gas_controllers_queue_oldest_seconds": {"line": LINES},
    "gas_controllers_dead_letters": {"queue": QUEUES},
    "gas_controllers_overdue_jobs": {"kind": OVERDUE},
    "gas_controllers_given_up_jobs": {"kind": GIVEN_UP},
    "gas_controllers_stored_bytes": {"tier": TIERS},
}
"""What each label can say."""


@dataclass(frozen=True)
class Figures:
    """One look at everything. A queue that could not be read is absent; all else is known."""

    jobs: Mapping[JobStatus, int] = field(default_factory=dict)
    queues: Mapping[Channel, QueueDepth] = field(default_factory=dict)
    dead_letters: Mapping[Channel, int] = field(default_factory=dict)
    oldest: Mapping[Line, timedelta] = field(default_factory=dict)
    """By line: how long the job has waited that nobody has claimed for longest; a line in which none waits has nothing."""
    oldest_pending: timedelta = timedelta(0)
    """How long the job has waited that waits longest to be accepted."""
    given_up: Mapping[str, int] = field(default_factory=dict)
    """By kind: of how many jobs something is not tried again until a person acts."""
    overdue_archives: int = 0
    overdue_retrievals: int = 0
    silent_claims: int = 0
    hot_bytes: int = 0
    archived_bytes: int = 0


class FiguresCollector(Collector):
    """Tells the last figures as long as they are fresh, and always how old they are."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._figures: Figures | None = None
        self._since = clock()
        self._fresh_seconds = 0.0

    def show(self, figures: Figures, fresh: timedelta) -> None:
        """Replace the figures; they hold for so long."""
        with self._lock:
            self._figures, self._since, self._fresh_seconds = figures, self._clock(), fresh.total_seconds()

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """What there can be, without samples."""
        return [*_families(Figures()), _age(0.0)]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """What there is."""
        with self._lock:
            figures, age, fresh = self._figures, self._clock() - self._since, self._fresh_seconds
        known = _families(figures) if figures is not None and age <= fresh else []
        return [*known, _age(age)]


def _families(figures: Figures) -> list[GaugeMetricFamily]:
    silent = GaugeMetricFamily(
        "gas_controllers_silent_claims",
        "Running jobs whose lease has ended and that nobody has taken up.",
        value=figures.silent_claims,
    )
    pending = GaugeMetricFamily(
        "gas_controllers_pending_oldest_seconds",
        "How long the oldest job that is not accepted yet has waited, by its record; 0 when none waits.",
        value=figures.oldest_pending.total_seconds(),
    )
    return [
        _family(
            "gas_controllers_jobs",
            "Jobs of the working set, by phase.",
            [((status.value,), figures.jobs.get(status, 0)) for status in JobStatus],
        ),
        _family(
            "gas_controllers_queue_messages",
            "Messages that a queue holds, as far as it can tell.",
            [
                ((channel.value, state), getattr(depth, state))
                for channel, depth in figures.queues.items()
                for state in STATES
            ],
        ),
        _family(
            "gas_controllers_queue_oldest_seconds",
            "How long the oldest job that nobody has claimed has waited, by its record; 0 when none waits.",
            [((line.name,), waited.total_seconds()) for line, waited in figures.oldest.items()],
        ),
        _family(
            "gas_controllers_dead_letters",
            "Messages that nobody could read.",
            [((channel.value,), count) for channel, count in figures.dead_letters.items()],
        ),
        _family(
            "gas_controllers_overdue_jobs",
            "Jobs that should have been archived, or restored, by now.",
            [
                ((kind,), count)
                for kind, count in zip(
                    OVERDUE, (figures.overdue_archives, figures.overdue_retrievals), strict=True
                )
            ],
        ),
        pending,
        silent,
        _family(
            "gas_controllers_given_up_jobs",
            "Jobs of which something is not tried again until a person acts: a retrieval, or a result that is missing.",
            [((kind,), figures.given_up.get(kind, 0)) for kind in GIVEN_UP],
        ),
        _family(
            "gas_controllers_stored_bytes",
            "Bytes of the results of the working set, by where their records say they are.",
            [
                ((tier,), count)
                for tier, count in zip(TIERS, (figures.hot_bytes, figures.archived_bytes), strict=True)
            ],
        ),
    ]


def _family(name: str, sentence: str, samples: Iterable[tuple[tuple[str, ...], float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, sentence, labels=list(LABELS[name]))
    for labels, value in samples:
        family.add_metric(labels, value)
    return family


def _age(seconds: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "gas_controllers_overview_age_seconds",
        "Time since jobs, queues and stored bytes were last looked at; too old, and they are not told any more.",
        value=seconds,
    )


FIGURES = FiguresCollector()
"""Those of this process."""
REGISTRY.register(FIGURES)
