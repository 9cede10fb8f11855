"""What an annotator counts and measures, named by Prometheus' rules. No job or user ids in labels."""

from collections.abc import Mapping
from enum import Enum

from prometheus_client import Counter, Gauge, Histogram

from gas.metrics import JOB_BUCKETS, LabelValues, begin_at_zero
from gas.ports.onlooker import Beat, Stage
from gas.services.run_job import Ending
from gas_annotator.cage import Kernel

FAILED = "failed"
"""The outcome of a message whose work something outside ended."""

_SECONDS = (0.05, *JOB_BUCKETS, 7200, 21600)
"""From a small file to the longest run."""

BUSY = Gauge("gas_annotator_busy", "1 while a message is being worked on.")
MESSAGES = Counter("gas_annotator_messages_total", "Messages handled, by how the work ended.", ["outcome"])
JOB_SECONDS = Histogram(
    "gas_annotator_message_duration_seconds",
    "How long the work on a message takes.",
    ["outcome"],
    buckets=_SECONDS,
)
STAGE_SECONDS = Histogram(
    "gas_annotator_stage_duration_seconds",
    "How long a stage of the work on a message takes, however it ends.",
    ["stage"],
    buckets=(0.01, *_SECONDS),
)
RECORDS = Counter("gas_annotator_records_total", "Variants of the files whose runs ended well.")
INPUT_BYTES = Counter("gas_annotator_input_bytes_total", "Bytes of inputs that were fetched whole.")
EXTENSIONS = Counter(
    "gas_annotator_visibility_extensions_total",
    "Heartbeats, each of which extends the lease and hides the message, by outcome.",
    ["outcome"],
)
HAND_BACKS = Counter(
    "gas_annotator_hand_backs_total",
    "Jobs that were put back in the queue at no cost to them; who does so because it is told to go, a scrape seldom sees.",
)
DRAIN_SECONDS = Histogram(
    "gas_annotator_drain_duration_seconds",
    "From being told to stop to having stopped; measured at the very end, so that a scrape seldom sees it.",
    buckets=(0.5, 1, 2.5, 5, 10, 20, 30, 60, 90, 120, 300),
)
DRAINING = Gauge(
    "gas_annotator_draining_seconds", "How long ago this annotator was told to stop; 0 before that."
)

CAGE = Gauge(
    "gas_annotator_cage",
    "1 where this part of the cage of children holds, 0 where this kernel lacks it.",
    ["part"],
)

OWN_USER = Gauge(
    "gas_annotator_child_own_user",
    "1 where root gives each child a user of its own, 0 where children stay the annotator's own user, as in pods of the chart.",
)


class FetchOutcome(Enum):
    """What came of fetching a bundle."""

    FETCHED = "fetched"
    FOUND = "found"
    """Another annotator of the node had fetched it meanwhile."""
    NO_ROOM = "no-room"
    GONE = "gone"
    """It is not stored, and nobody says that it should be."""
    MISSING = "missing"
    """It is listed, and not stored."""
    FAILED = "failed"
    STOPPED = "stopped"
    UNLOADABLE = "unloadable"
    """It had come whole, and could not be loaded when a job needed it."""


FETCHES = Counter(
    "gas_annotator_reference_fetches_total",
    "Fetches of reference bundles that ended, by outcome.",
    ["outcome"],
)
FETCH_SECONDS = Histogram(
    "gas_annotator_reference_fetch_duration_seconds",
    "How long fetching a reference bundle took, and verifying it, where it came.",
    buckets=(1, 5, *(10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)),
)
FETCHED_BYTES = Counter(
    "gas_annotator_reference_fetched_bytes_total", "Bytes of reference bundles that came."
)
BY_REFERENCE_LABELS = {
    "reference": "the name of a reference that this installation has published, or `other` beyond fifty"
}
REFERENCE_WAIT = Histogram(
    "gas_annotator_reference_queue_duration_seconds",
    "How long jobs of a reference had been queued when they were claimed, fetching its bundle included.",
    ["reference"],
    buckets=_SECONDS,
)
REFERENCE_RECORDS = Counter(
    "gas_annotator_reference_records_total",
    "Variants of the files whose runs ended well, by reference.",
    ["reference"],
)
REFERENCE_SECONDS = Counter(
    "gas_annotator_reference_processor_seconds_total",
    "Processor time of runs, however they ended, by reference: what annotating against it costs.",
    ["reference"],
)
EVICTIONS = Counter(
    "gas_annotator_reference_evictions_total",
    "Reference bundles that were removed from the node to make room.",
)
SHELF_BYTES = Gauge(
    "gas_annotator_shelf_bytes",
    "What the reference bundles on this node take, as this annotator last saw it; those on their way in full.",
)
SHELF_LIMIT = Gauge("gas_annotator_shelf_limit_bytes", "How much may lie there.")

OUTCOMES = (*(ending.value for ending in Ending), FAILED)

LABELS: Mapping[str, LabelValues] = {
    "gas_annotator_messages": {"outcome": OUTCOMES},
    "gas_annotator_message_duration_seconds": {"outcome": OUTCOMES},
    "gas_annotator_stage_duration_seconds": {"stage": tuple(stage.value for stage in Stage)},
    "gas_annotator_cage": {"part": tuple(Kernel(0, seccomp=False).parts)},
    "gas_annotator_reference_fetches": {"outcome": tuple(outcome.value for outcome in FetchOutcome)},
    "gas_annotator_reference_queue_duration_seconds": BY_REFERENCE_LABELS,
    "gas_annotator_reference_records": BY_REFERENCE_LABELS,
    "gas_annotator_reference_processor_seconds": BY_REFERENCE_LABELS,
    "gas_annotator_visibility_extensions": {"outcome": tuple(beat.value for beat in Beat)},
}
"""What each label can say, by metric family."""

begin_at_zero(LABELS, MESSAGES, EXTENSIONS, FETCHES)
