"""What the controllers count, named by Prometheus' rules. No job or user ids in labels."""

from prometheus_client import Counter, Gauge, Histogram

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
LANE_DEPTH = Gauge("gas_controllers_lane_depth", "Items that wait in a lane.", ["lane"])
LANE_OLDEST = Gauge(
    "gas_controllers_lane_oldest_seconds", "How long the oldest item has waited for a worker."
)
LONGEST_PASS = Gauge("gas_controllers_longest_pass_seconds", "How long the longest pass under way has taken.")
SWEEP_AGE = Gauge("gas_controllers_sweep_age_seconds", "Time since the last sweep of due times ended well.")
RESYNC_AGE = Gauge("gas_controllers_resync_age_seconds", "Time since all resources were last compared.")
DRIFT = Counter(
    "gas_controllers_drift_total", "Disagreements found between record, resource and bytes.", ["kind"]
)
ABSENCES_PAUSED = Gauge(
    "gas_controllers_absences_paused", "1 while too many absent resources are not believed."
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
GAVE_UP = Counter(
    "gas_controllers_gave_up_total",
    "Things that are not tried again until a person acts: a retrieval, or a result that is missing.",
    ["kind"],
)


def drift_so_far() -> int:
    """How much drift of any kind was found since the start."""
    samples = [sample for family in DRIFT.collect() for sample in family.samples]
    return int(sum(sample.value for sample in samples if sample.name.endswith("_total")))
