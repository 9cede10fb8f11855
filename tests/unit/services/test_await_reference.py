"""Jobs that wait for a bundle: told, kept out of the way, taken up when it is there, and lost to nobody."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gas.adapters.memory.references import InMemoryReferences
from gas.domain.errors import TransientError, UnloadableBundleError
from gas.domain.job import JobStatus
from gas.domain.messages import MAX_RECEIVES, JobHint
from gas.domain.names import Channel
from gas.domain.reasons import Reason
from gas.domain.turns import waits
from gas.ports.messaging import ReceivedMessage
from gas.ports.shelf import Coming, Gone, Lacking
from gas.services.await_reference import LONGEST_HIDE, AwaitReference
from gas.services.find_reference import FindReference
from gas.services.run_job import TROUBLE_PAUSE, Ending
from tests.support.annotating import Bench, queued
from tests.support.jobs import NOW
from tests.support.references import an_entry, publish
from tests.support.shelves import FakeShelf

SOON = NOW + timedelta(minutes=4)
ENTRY = an_entry(name="rCRS")
FOLDER = Path("/shelf/bundle")


class Desk:
    """An annotator that has a published job in its queue, whose bundle is elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.bench: Bench = queued(folder)
        self.platform = self.bench.platform
        job = self.platform.job
        self.platform.jobs.commit(job, replace(job, reference_digest=ENTRY.digest))
        self.clock = self.platform.clock
        references = InMemoryReferences(self.clock)
        publish(references, ENTRY)
        self.shelf = FakeShelf(Coming(SOON))
        self.waiting = AwaitReference(
            FindReference(references, self.shelf, self.clock),
            self.platform.jobs,
            self.platform.requests,
            self.platform.publisher,
        )

    def handle(self, message: ReceivedMessage | None = None) -> Ending:
        """Do what a message asks for, the next one by default."""
        return self.bench.run_job(await_reference=self.waiting)(message or self.bench.receive())

    def another(self) -> None:
        """Publish a second job of the same bundle."""
        self.platform.jobs.create(replace(self.platform.job, job_id="job-2"))
        self.platform.publisher.publish(Channel.JOB_REQUESTS, JobHint("job-2", 1))

    def comes(self) -> None:
        """The bundle is there."""
        self.shelf.folders[ENTRY.digest] = FOLDER

    @property
    def visible(self) -> bool:
        """Whether another annotator would receive a message now."""
        return bool(self.platform.requests.receive(1, 0, 0))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Such an annotator."""
    return Desk(tmp_path)


def test_the_whole_story(desk: Desk) -> None:
    """Queued with reason and time, the message out of sight; then the annotator takes it up, by the bundle, at no cost."""
    ending = desk.handle()
    desk.platform.look()
    waiting, shown, seen = desk.platform.job, desk.platform.ready, desk.visible
    not_yet = desk.waiting.take()
    desk.comes()
    message = desk.waiting.take()
    assert message is not None
    end = desk.handle(message)

    assert ending is Ending.AWAITS_REFERENCE
    assert (waiting.status, waiting.reason) == (JobStatus.QUEUED, Reason.WAITING_FOR_REFERENCE)
    assert shown == ("False", "WaitingForReference")
    assert (seen, not_yet) == (False, None)
    assert end is Ending.COMPLETED
    assert desk.bench.runner.bundles == [FOLDER]
    job = desk.platform.job
    assert (job.reference_digest, job.reference_wait, job.attempts, job.fence) == (ENTRY.digest, None, 0, 1)
    assert desk.platform.requests.empty()
    assert not desk.waiting.any


def test_what_is_said(desk: Desk) -> None:
    """The operator and the owner read which reference, how large, and when."""
    desk.handle()
    desk.platform.look()

    (ready,) = (c for c in desk.platform.status["conditions"] if c["type"] == "Ready")
    assert ready["message"] == (
        "The job waits for the reference rCRS: it is being fetched (30.0 GB), expected about 2026-11-23 12:04:00 UTC."
    )


def test_a_bundle_that_came_and_cannot_be_loaded(desk: Desk) -> None:
    """The job goes back at no cost, says why, and is tried again in minutes: nobody else's job waits behind it meanwhile."""

    def fail(_: int) -> None:
        raise UnloadableBundleError("its bundle cannot be loaded on this node: no genes.")

    desk.comes()
    desk.bench.runner.on_poll = fail

    with pytest.raises(UnloadableBundleError):
        desk.handle()
    desk.platform.look()
    back = desk.platform.job
    desk.bench.runner.on_poll = lambda _: None
    desk.platform.pass_time(timedelta(minutes=4))
    early = desk.platform.requests.empty()
    desk.platform.pass_time(timedelta(minutes=2))
    end = desk.handle()

    assert (back.status, back.reason, back.attempts) == (JobStatus.QUEUED, Reason.WAITING_FOR_REFERENCE, 0)
    assert back.reference_wait is not None
    assert (back.reference_wait.digest, back.reference_wait.why) == (
        ENTRY.digest,
        "its bundle cannot be loaded on this node: no genes.",
    )
    assert not waits(back)
    assert early
    assert end is Ending.COMPLETED
    assert desk.platform.job.reference_wait is None


def test_no_second_request_while_it_waits(desk: Desk) -> None:
    """The controllers publish nothing before the wait should be over, and do so then, in case its annotator is gone."""
    desk.handle()
    desk.platform.look()
    before = desk.platform.job.publication.count
    desk.platform.pass_time(SOON - desk.clock.now())
    during = desk.platform.job.publication.count
    desk.platform.pass_time(timedelta(minutes=1))

    assert during == before
    assert desk.platform.job.publication.count > before
    assert desk.platform.job.reason is not Reason.WAITING_FOR_REFERENCE


def test_an_annotator_that_dies(desk: Desk) -> None:
    """The message comes back by itself, a little after the bundle was expected."""
    desk.handle()
    desk.clock.set(SOON)
    before = desk.visible
    desk.clock.advance(timedelta(seconds=16))

    assert (before, desk.visible) == (False, True)


def test_a_long_fetch(desk: Desk) -> None:
    """A message is hidden for minutes and no longer; before it comes back it is looked at, hidden again, and the time is new."""
    desk.shelf.says = Coming(NOW + timedelta(hours=1))
    desk.handle()
    desk.clock.advance(timedelta(minutes=9))
    early = desk.waiting.take()
    desk.clock.advance(timedelta(seconds=50))
    message = desk.waiting.take()
    assert message is not None
    later = NOW + timedelta(minutes=50)
    desk.shelf.says = Coming(later)
    ending = desk.handle(message)
    desk.clock.advance(timedelta(minutes=9))

    assert early is None
    assert ending is Ending.AWAITS_REFERENCE
    assert desk.platform.job.reference_wait is not None
    assert desk.platform.job.reference_wait.until == later
    assert not desk.visible


def test_a_stop_lets_others_have_it(desk: Desk) -> None:
    """An annotator that stops keeps nobody waiting."""
    desk.handle()
    before = desk.visible
    desk.waiting.let_go()

    assert (before, desk.visible, desk.waiting.any) == (False, True, False)


def test_one_slot_takes_one(desk: Desk) -> None:
    """Of several that waited for a bundle one is taken up here, and the others are anybody's as soon as it is."""
    desk.handle()
    desk.another()
    desk.handle()
    desk.comes()
    message = desk.waiting.take()
    assert message is not None
    seen = list[bool]()
    desk.bench.runner.on_poll = lambda _: seen.append(desk.visible)

    ending = desk.handle(message)

    assert ending is Ending.COMPLETED
    assert not desk.waiting.any
    assert seen[0]


def test_none_is_let_go_for_what_did_not_come(desk: Desk) -> None:
    """A fetch that failed is told by each record once, and no message is received again for it."""
    desk.handle()
    desk.another()
    desk.handle()
    desk.shelf.says = Lacking("It is damaged.", SOON)

    endings = [desk.handle(message) for message in (desk.waiting.take(), desk.waiting.take()) if message]

    assert endings == [Ending.AWAITS_REFERENCE] * 2
    assert desk.waiting.take() is None
    assert not desk.visible


@pytest.mark.parametrize(
    "says", [Lacking("It is damaged.", SOON), Gone()], ids=["damaged", "gone-but-listed"]
)
def test_one_that_cannot_be_had_is_left_alone(desk: Desk, says: Lacking | Gone) -> None:
    """Until it is tried again nobody looks at its jobs."""
    desk.shelf.says = says
    desk.handle()
    wait = desk.platform.job.reference_wait
    assert wait is not None
    at_once = desk.waiting.take()
    desk.clock.set(wait.until - timedelta(seconds=1))
    before = desk.waiting.take()
    desk.clock.set(wait.until)
    message = desk.waiting.take()

    assert (at_once, before) == (None, None)
    assert message is not None


def test_one_that_comes_at_the_next_try(desk: Desk) -> None:
    """Its record goes on saying why while nothing has come; when the bundle is here, the job is taken up at once."""
    desk.shelf.says = Lacking("It is damaged.", SOON)
    desk.handle()
    desk.clock.set(SOON)
    desk.shelf.says = Coming(SOON + timedelta(minutes=4), begun=False)
    message = desk.waiting.take()
    assert message is not None
    desk.handle(message)
    waits = desk.platform.job.reference_wait
    not_yet = desk.waiting.take()
    desk.comes()

    assert waits is not None
    assert waits.why == "It is damaged."
    assert not_yet is None
    assert desk.waiting.take() == message


def test_what_is_known_is_not_told_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second look that finds the record as it is to be writes nothing and hints at nothing."""
    desk.shelf.says = Lacking("It is damaged.", NOW + timedelta(hours=1))
    desk.handle()
    desk.clock.advance(LONGEST_HIDE)
    message = desk.waiting.take()
    assert message is not None
    told = list[object]()
    monkeypatch.setattr(desk.platform.jobs, "await_reference", lambda *said: told.append(said))
    monkeypatch.setattr(desk.platform.publisher, "publish", lambda *said: told.append(said))

    ending = desk.handle(message)

    assert ending is Ending.AWAITS_REFERENCE
    assert told == []
    assert not desk.visible


def test_one_that_is_damaged(desk: Desk) -> None:
    """The job waits in its state with the operators' sentence; its owner reads that operations have to act; no attempt is lost."""
    desk.shelf.says = Lacking(
        "file model.bin of bundle aaaaaaaaaaaa is damaged. Operations: publish it again.", SOON
    )
    desk.handle()
    desk.platform.look()
    (ready,) = (c for c in desk.platform.status["conditions"] if c["type"] == "Ready")

    assert ready["message"] == (
        "The job waits for the reference rCRS: file model.bin of bundle aaaaaaaaaaaa is damaged. Operations: publish it again. "
        "The next try is about 2026-11-23 12:04:00 UTC."
    )
    assert desk.platform.job.attempts == 0


def test_one_that_is_gone(desk: Desk) -> None:
    """A job of a release that was pruned fails with a sentence, and is not tried again."""
    desk.shelf.says = Gone()
    desk.platform.jobs.commit(
        desk.platform.job, replace(desk.platform.job, reference="grch38", reference_digest="e" * 64)
    )

    ending = desk.handle()

    job = desk.platform.job
    assert ending is Ending.REFUSED
    assert (job.status, job.reason) == (JobStatus.FAILED, Reason.REFERENCE_UNKNOWN)
    assert job.detail is not None
    assert "is not kept any more" in job.detail


def test_one_that_is_cancelled_meanwhile(desk: Desk) -> None:
    """Its message is dropped when it is looked at: nobody annotates it."""
    desk.handle()
    desk.platform.intend(cancel_requested=desk.clock.now())
    desk.platform.look()
    desk.comes()
    message = desk.waiting.take()
    assert message is not None

    ending = desk.handle(message)

    assert ending is Ending.DROPPED
    assert desk.bench.runner.runs == []


def test_a_message_that_was_received_too_often(desk: Desk) -> None:
    """It is forgotten before it would be taken for unreadable: the controllers publish another."""
    message = replace(desk.bench.receive(), receive_count=MAX_RECEIVES - 1)

    ending = desk.handle(message)
    desk.platform.look()

    assert ending is Ending.AWAITS_REFERENCE
    assert desk.platform.requests.empty()
    assert not desk.waiting.any
    assert desk.platform.job.reason is Reason.WAITING_FOR_REFERENCE


@pytest.mark.parametrize(
    "error", [TransientError("no answer"), OSError(5, "Input/output error")], ids=["outside", "disk"]
)
def test_trouble_while_it_is_looked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The message pauses, and is forgotten before it would come to the dead letters: the controllers publish another."""

    def fail(digest: str) -> None:
        raise error

    monkeypatch.setattr(desk.shelf, "holding", fail)
    with pytest.raises(type(error)):
        desk.handle()
    at_once = desk.visible
    desk.clock.advance(TROUBLE_PAUSE)
    message = replace(desk.bench.receive(), receive_count=MAX_RECEIVES - 1)
    with pytest.raises(type(error)):
        desk.handle(message)

    assert not at_once
    assert desk.platform.requests.empty()
    assert desk.platform.job.status is JobStatus.QUEUED
