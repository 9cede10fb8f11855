"""What an installation needs, as plain values."""

from gas.domain.names import Channel, Names
from gas_setup.infrastructure import QueueSpec, SubscriptionSpec, infrastructure
from tests.support.plans import LINES
from tests.support.setup_runs import everything

NAMES = Names("gas")


def test_each_queue_takes_messages_of_its_topics_only() -> None:
    """Every live queue has a dead-letter queue, and the archive queue the delay that SQS allows at most."""
    resources = everything(NAMES)
    queues = {r.name: r for r in resources if isinstance(r, QueueSpec)}
    subscribed = {r.queue for r in resources if isinstance(r, SubscriptionSpec)}

    live = [queue for queue in queues.values() if queue.dead_letter_queue is not None]

    assert {queue.name for queue in live} == subscribed
    assert {queue.dead_letter_queue for queue in live} == set(queues) - subscribed


def test_a_long_retention_delays_by_what_sqs_allows() -> None:
    """A retention beyond 15 minutes is left to the sweep: the queue's delay stays at SQS's longest."""
    resources = infrastructure(
        NAMES,
        lines=LINES,
        archive_delay_seconds=86_400,
        inputs_expiry_days=30,
        mail_sender="a@b.c",
        uploads_from="https://gas.example",
    )

    delays = {r.name: r.delay_seconds for r in resources if isinstance(r, QueueSpec) and r.delay_seconds}

    assert delays == {NAMES.queue(Channel.ARCHIVE): 900}
