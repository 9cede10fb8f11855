"""Telling the controllers that something is worth a look."""

from contextlib import suppress

from gas.domain.errors import GasError
from gas.domain.job import Job
from gas.domain.messages import HintEvent, JobHint, UserHint
from gas.domain.names import Channel
from gas.ports.messaging import Publisher


def hint(publisher: Publisher, job: Job, event: HintEvent) -> None:
    """Send a hint if it can be sent: the job is due in the table, so a lost one costs a sweep's delay and no more."""
    send(publisher, Channel.JOB_RESULTS, JobHint(job.job_id, job.version, event))


def send(publisher: Publisher, channel: Channel, message: JobHint | UserHint) -> None:
    """Send a message if it can be sent: whatever it is about is due in its table as well."""
    with suppress(GasError):
        publisher.publish(channel, message)
