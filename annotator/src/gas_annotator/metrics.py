"""What an annotator counts, named by Prometheus' rules. No job or user ids in labels."""

from prometheus_client import Counter, Gauge, Histogram

BUSY = Gauge("gas_annotator_busy", "1 while a message is being worked on.")
MESSAGES = Counter("gas_annotator_messages_total", "Messages handled, by how the work ended.", ["outcome"])
JOB_SECONDS = Histogram(
    "gas_annotator_message_duration_seconds",
    "How long the work on a message takes.",
    ["outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 21600),
)
