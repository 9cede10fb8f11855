"""What the metrics of all parts have in common: which GAS a part is, and counts that begin at zero."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib.metadata import version
from itertools import product

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge

LabelValues = Mapping[str, tuple[str, ...] | str]
"""What each label of a metric can say, in the order of its labels: its values, or a sentence where the code names them."""

JOB_BUCKETS = (
    *(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 40, 60, 90, 120, 180),
    *(300, 450, 600, 750, 900, 1200, 1800),
)
"""Buckets of how long a step of a job takes, to which each part adds what is shorter or longer with it. Closest where jobs wait and
run, for a figure is not known better than its bucket is wide."""

BUILD_INFO = "gas_build_info"
BUILD_INFO_SENTENCE = "1; the labels say which part this is, and of which version."
BUILD_INFO_LABELS: LabelValues = {
    "part": ("controllers", "annotator", "web"),
    "version": "the release, such as `0.1.0`",
}

CLOCK_AHEAD = "gas_clock_ahead_seconds"
CLOCK_AHEAD_SENTENCE = "How far the clock of this part's machine is ahead of AWS's; negative when it is behind, 0 while it is not known to be off."


def release() -> str:
    """The version of this GAS."""
    return version("gas")


def tell_build(part: str, registry: CollectorRegistry = REGISTRY) -> None:
    """Let a part's metrics say its version. Once for each registry."""
    info = Gauge(BUILD_INFO, BUILD_INFO_SENTENCE, list(BUILD_INFO_LABELS), registry=registry)
    info.labels(part, release()).set(1)


def tell_clock(ahead: Callable[[], timedelta], registry: CollectorRegistry = REGISTRY) -> None:
    """Let a part's metrics say how wrong its machine's clock is. Once for each registry."""
    gauge = Gauge(CLOCK_AHEAD, CLOCK_AHEAD_SENTENCE, registry=registry)
    gauge.set_function(lambda: ahead().total_seconds())


def begin_at_zero(labels: Mapping[str, LabelValues], *counters: Counter) -> None:
    """Make all series of these counters: an increase from nothing to one is none to Prometheus, and would alert nobody.

    `labels` says by metric family what each label can say; all values must be known.
    """
    for counter in counters:
        [family] = counter.describe()
        for values in product(*labels[family.name].values()):
            counter.labels(*values)
