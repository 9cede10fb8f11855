"""Messages that are lost, doubled and late: they change nothing but the delay."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dev.run.up.evidence import aws_client
from tests.support.desk import Desk

pytestmark = pytest.mark.kube

RESULT = "f1~sample.annot.vcf.gz"
LIFE = ["Pending", "Queued", "Running", "Completed", "Archived", "Restoring", "Restored"]


def _whole_life(desk: Desk, user: str, names: list[str]) -> None:
    """From submission to Restored, with the hot bytes gone in between."""
    desk.wait(names, "Archived")
    desk.until(lambda: not any(RESULT in desk.objects(name) for name in names), "the hot bytes to go")
    desk.upgrade(user)
    desk.wait(names, "Restored")
    desk.until(lambda: not any(f"archive/{RESULT}" in desk.objects(n) for n in names), "the copies to go")


def _assert_lived(desk: Desk, user: str, names: list[str]) -> None:
    for name in names:
        record = desk.record(name)
        assert desk.history(name) == LIFE
        assert record["fence"] == 1
        assert desk.result_sha256(name) == record["result_sha256"]
    desk.until(lambda: len(desk.mails_to(user)) > len(names), "the e-mails")
    subjects = desk.mails_to(user)
    assert subjects.count("Your file is annotated") == len(names)
    assert subjects.count("Your archived results are being restored") == 1
    assert len(subjects) == len(names) + 1


@contextmanager
def _late_messages(sqs: Any, desk: Desk, seconds: int) -> Iterator[None]:
    """Every message to every queue comes so much later."""
    urls = sqs.list_queues(QueueNamePrefix=f"{desk.instance}-")["QueueUrls"]
    before = {
        url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
        for url in urls
    }
    for url in urls:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": str(seconds)})
    try:
        yield
    finally:
        for url, attributes in before.items():
            sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


def test_lost_messages(desk: Desk) -> None:
    """With the request lost in its queue and no message ever reaching the controllers, each life is the same."""
    user, names = desk.user(), desk.names("unheard", 3)
    desk.gates["controllers"].fail("ReceiveMessage", code="ServiceUnavailable", count=None)
    # One that is only stopped would still hold a long poll, and with it the message.
    desk.kill("annotator")
    desk.send(user, names[0])
    desk.until(lambda: _noted_publications(desk, names[0]) == 1, "the request to be sent and noted")

    sent = _requests_sent(desk, names[0])
    desk.control.purge()
    desk.start("annotator")
    desk.send(user, *names[1:])
    _whole_life(desk, user, names)

    # A quick annotator claims between a request and the note of it, and then the record knows of one fewer.
    assert _requests_sent(desk, names[0]) > sent
    _assert_lived(desk, user, names)


def _noted_publications(desk: Desk, name: str) -> int:
    return int(desk.record(name).get("publication", {}).get("count", 0))


def _requests_sent(desk: Desk, name: str) -> int:
    return desk.gates["controllers"].count("Publish", "job-requests", name)


def _send_foreign(sqs: Any, desk: Desk) -> None:
    for queue in ("job-requests", "job-results"):
        url = sqs.get_queue_url(QueueName=f"{desk.instance}-{queue}")["QueueUrl"]
        for text in ("hello", '{"schema": 1, "job_id": "../../etc"}', '{"schema": 99, "job_id": "a"}'):
            sqs.send_message(QueueUrl=url, MessageBody=text)


def _put_aside(sqs: Any, desk: Desk, queue: str) -> int:
    url = sqs.get_queue_url(QueueName=f"{desk.instance}-{queue}-dead")["QueueUrl"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(counts["Attributes"]["ApproximateNumberOfMessages"])


def test_doubled_late_and_foreign_messages(desk: Desk) -> None:
    """With every message and delivery doubled, two seconds late and among foreign ones, each life is the same.

    What is none of ours ends in the dead-letter queue.
    """
    user, names = desk.user(), desk.names("echo", 3)
    sqs = aws_client("sqs", desk.platform.endpoint)
    _send_foreign(sqs, desk)
    desk.control.faults("sns", "Publish", duplicate=True)
    desk.control.faults("sqs", "ReceiveMessage", duplicate=True)

    with _late_messages(sqs, desk, 2):
        desk.send(user, *names)
        _whole_life(desk, user, names)

    _assert_lived(desk, user, names)
    desk.until(
        lambda: all(_put_aside(sqs, desk, queue) >= 3 for queue in ("job-requests", "job-results")),
        "the foreign messages to be put aside",
    )


def test_dropped_notices(desk: Desk) -> None:
    """With the next notices of every kind dropped on their way, and the queues purged in the middle, nothing is lost."""
    user, names = desk.user(), desk.names("dropped", 2)
    hold = desk.gates["annotator"].hold("GetObject", names[0])
    desk.send(user, *names)
    hold.wait()
    desk.control.faults("sns", "Publish", drop=True)
    hold.release()

    desk.wait(names[:1], "Archived")
    desk.control.clear_faults()
    desk.control.purge()
    _whole_life(desk, user, names)

    _assert_lived(desk, user, names)
