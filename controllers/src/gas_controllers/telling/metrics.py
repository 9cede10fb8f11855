"""What the controllers count and measure, named by Prometheus' rules. No job or user ids in labels.

What they read every few seconds for the operators (jobs by phase, queues, what is overdue) is in `figures.py`.
"""

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

from gas.domain import errors
from gas.domain.decision import Lane
from gas.domain.job import MOVES, JobStatus
from gas.domain.names import Channel
from gas.domain.spec import RetrievalTier
from gas.metrics import JOB_BUCKETS, LabelValues, begin_at_zero
from gas.ports.onlooker import MailEnding, UploadEnding

ERROR_NAMES = "the name of an error class"
"""A label whose values are few, and are named by the code."""

EXPECTED_ERRORS = tuple(
    error.__name__
    for error in (
        errors.ArchivedObjectError,
        errors.ConflictError,
        errors.FatalError,
        errors.InvalidTransitionError,
        errors.NotFoundError,
        errors.RetrievalRefusedError,
        errors.TransientError,
        errors.UsageError,
        errors.VerificationError,
    )
)
"""How work on a job may fail. Whatever else comes is a defect of ours, and is counted under its name when it comes."""

PHASES = tuple(status.value for status in JobStatus)
LANES = tuple(lane.value for lane in Lane)

RECONCILES = Counter("gas_controllers_reconciles_total", "Passes over a job, by how they ended.", ["result"])
RECONCILE_ERRORS = Counter(
    "gas_controllers_reconcile_errors_total", "Passes that failed, by error.", ["error"]
)
RECONCILE_SECONDS = Histogram(
    "gas_controllers_reconcile_duration_seconds", "How long one pass over a job takes."
)
TRANSITIONS = Counter(
    "gas_controllers_transitions_total", "Moves that the controllers committed.", ["from", "to"]
)
TRANSITION_SECONDS = Histogram(
    "gas_controllers_transition_duration_seconds",
    "How long a job had been in the phase that it left, whoever moved it.",
    ["from", "to"],
    # From a check of the input to a week in the archive.
    buckets=(*JOB_BUCKETS, 3600, 14_400, 43_200, 86_400, 604_800),
)
COLD_START_SECONDS = Histogram(
    "gas_controllers_cold_start_seconds",
    "From publishing a request while no annotator was up to the first claim.",
    buckets=(1, 2.5, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120, 300, 600),
)
LANE_DEPTH = Gauge("gas_controllers_lane_depth", "Items that wait in a lane.", ["lane"])
LANE_OLDEST = Gauge(
    "gas_controllers_lane_oldest_seconds",
    "How long the oldest item of a lane has waited for a worker.",
    ["lane"],
)
LONGEST_PASS = Gauge("gas_controllers_longest_pass_seconds", "How long the longest pass under way has taken.")
SWEEP_AGE = Gauge("gas_controllers_sweep_age_seconds", "Time since the last sweep of due times ended well.")
RESYNC_AGE = Gauge("gas_controllers_resync_age_seconds", "Time since all resources were last compared.")
WATCH_LAST_EVENT = Gauge(
    "gas_controllers_watch_last_event_timestamp_seconds",
    "When the watch last told of a resource, in seconds since 1970; 0 until the first time.",
)
DRIFT = Counter(
    "gas_controllers_drift_total", "Disagreements found between record, resource and bytes.", ["kind"]
)
ABSENCES_PAUSED = Gauge(
    "gas_controllers_absences_paused",
    "1 while no absent resource is taken for deleted: they are too many, or the cluster was set back.",
)
ABSENT_RESOURCES = Gauge(
    "gas_controllers_absent_resources",
    "Resources that records know and the API server does not, not decided yet.",
)
MAILS = Counter("gas_controllers_mails_total", "E-mails, by outcome.", ["outcome"])
RETRIEVALS = Counter(
    "gas_controllers_retrievals_total", "Retrievals asked for, by tier and outcome.", ["tier", "outcome"]
)
STATUS_WRITES = Counter(
    "gas_controllers_status_writes_total", "Status writes to the API server, by outcome.", ["outcome"]
)
HINTS = Counter(
    "gas_controllers_hints_total", "Messages received, by channel and outcome.", ["channel", "outcome"]
)
UNSUBMITTED_UPLOADS = Counter(
    "gas_controllers_unsubmitted_uploads_total",
    "Uploads that were not submitted in time, by what became of each. `submitted`: a job was made of it after all, and it stays; "
    "`refused`: the file store does not let us delete it.",
    ["outcome"],
)
GAVE_UP = Counter(
    "gas_controllers_gave_up_total",
    "Things that need a person: a retrieval that failed, a result that is missing, or what the file store refuses.",
    ["kind"],
)

LABELS: Mapping[str, LabelValues] = {
    "gas_controllers_reconciles": {"result": ("settled", "handed-over", "conflict")},
    "gas_controllers_reconcile_errors": {"error": ERROR_NAMES},
    "gas_controllers_transitions": {"from": PHASES, "to": PHASES},
    "gas_controllers_transition_duration_seconds": {"from": PHASES, "to": PHASES},
    "gas_controllers_lane_depth": {"lane": LANES},
    "gas_controllers_lane_oldest_seconds": {"lane": LANES},
    "gas_controllers_drift": {"kind": ("status", "missed-change", "bytes")},
    "gas_controllers_mails": {"outcome": tuple(ending.value for ending in MailEnding)},
    "gas_controllers_retrievals": {
        "tier": tuple(tier.value for tier in RetrievalTier),
        "outcome": f"`accepted`, or {ERROR_NAMES}",
    },
    "gas_controllers_status_writes": {"outcome": ("written", "gone", "conflict")},
    "gas_controllers_hints": {
        "channel": tuple(channel.value for channel in Channel.OTHERS),
        "outcome": ("taken", "unreadable"),
    },
    "gas_controllers_unsubmitted_uploads": {"outcome": tuple(ending.value for ending in UploadEnding)},
    "gas_controllers_gave_up": {"kind": ("result", "retrieval", "storage")},
}
"""What each label can say, by metric family: its values, or a sentence where the code names them."""


def _begin_moves_and_errors_at_zero() -> None:
    for before, after in MOVES:
        # Of a hundred pairs of phases only those that can be: a histogram has a series for each bucket.
        TRANSITIONS.labels(before.value, after.value)
        TRANSITION_SECONDS.labels(before.value, after.value)
    for error in EXPECTED_ERRORS:
        RECONCILE_ERRORS.labels(error)
    for tier in RetrievalTier:
        for outcome in ("accepted", *EXPECTED_ERRORS):
            RETRIEVALS.labels(tier.value, outcome)


begin_at_zero(LABELS, RECONCILES, DRIFT, MAILS, STATUS_WRITES, HINTS, GAVE_UP, UNSUBMITTED_UPLOADS)
_begin_moves_and_errors_at_zero()


def drift_so_far() -> int:
    """How much drift of any kind was found since the start."""
    samples = [sample for family in DRIFT.collect() for sample in family.samples]
    return int(sum(sample.value for sample in samples if sample.name.endswith("_total")))
