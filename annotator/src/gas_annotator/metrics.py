"""What an annotator counts and measures, named by Prometheus' rules. No job or user ids in labels."""

from collections.abc import Mapping

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

OUTCOMES = (*(ending.value for ending in Ending), FAILED)

LABELS: Mapping[str, LabelValues] = {
    "gas_annotator_messages": {"outcome": OUTCOMES},
    "gas_annotator_message_duration_seconds": {"outcome": OUTCOMES},
    "gas_annotator_stage_duration_seconds": {"stage": tuple(stage.value for stage in Stage)},
    "gas_annotator_cage": {"part": tuple(Kernel(0, seccomp=False).parts)},
    "gas_annotator_visibility_extensions": {"outcome": tuple(beat.value for beat in Beat)},
}
"""What each label can say, by metric family."""

begin_at_zero(LABELS, MESSAGES, EXTENSIONS)
