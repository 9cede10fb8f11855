"""The composition root builds without calling anything."""

import pytest

from gas.adapters.aws.queue_sqs import SqsQueue
from gas.adapters.aws.references_s3 import S3References
from gas.adapters.aws.session import ATTEMPTS, POLL_READ_SECONDS
from gas.adapters.memory.clock import FakeClock
from gas.bootstrap import aws_ports, memory_ports
from gas.config import AwsSettings, Settings
from gas.domain.errors import TransientError
from gas.domain.messages import HintEvent, JobHint
from gas.domain.names import Channel


def test_aws_ports_are_built_without_a_call() -> None:
    """Building the ports needs no AWS; the first use does, and says in a sentence that nobody answers."""
    settings = Settings(instance="demo", aws=AwsSettings(endpoint_url="http://127.0.0.1:1"))

    ports = aws_ports(settings)

    assert ports.key_prefix == "demo"
    assert ports.queue(Channel.THAW) is ports.queue(Channel.THAW)


def test_only_polls_wait_long() -> None:
    """A queue's polls get the patient client; whatever else it asks of SQS is over long before a lease is."""
    settings = Settings(instance="demo", aws=AwsSettings(endpoint_url="http://127.0.0.1:1"))

    ports = aws_ports(settings)

    for queue in (ports.queue(Channel.THAW), ports.dead_letters(Channel.THAW)):
        assert isinstance(queue, SqsQueue)
        assert queue._polls.meta.config.read_timeout == POLL_READ_SECONDS
        config = queue._client.meta.config
        silent = config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout)
        assert silent < settings.annotator.lease_seconds


def test_the_catalogue_is_not_waited_for_long() -> None:
    """One short try: a page waits for it, and the last one holds meanwhile. Files of bundles come with the usual patience."""
    references = aws_ports(Settings(aws=AwsSettings(endpoint_url="http://127.0.0.1:1"))).references

    assert isinstance(references, S3References)
    config = references._hasty.meta.config
    assert config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout) < 10
    assert references._client.meta.config.retries["total_max_attempts"] == ATTEMPTS


def test_aws_that_cannot_be_reached_is_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint where nobody listens is a TransientError naming the table."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    ports = aws_ports(Settings(instance="demo", aws=AwsSettings(endpoint_url="http://127.0.0.1:1")))

    with pytest.raises(TransientError, match=r"demo-jobs.*EndpointConnectionError"):
        ports.jobs.get("job-1")


def test_memory_ports_are_wired() -> None:
    """A finished job's hint reaches the queues of job-results and archive."""
    ports = memory_ports(FakeClock())

    ports.publisher.publish(Channel.JOB_RESULTS, JobHint("job-1", 3, HintEvent.FINISHED))

    for channel in (Channel.JOB_RESULTS, Channel.ARCHIVE):
        (message,) = ports.queue(channel).receive(10, 0, 30)
        assert message.hint == JobHint("job-1", 3, HintEvent.FINISHED)
