"""The annotator's loop: it outlives whatever a message does to it, says why a run died, and knows since when it is to stop."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gas.adapters.memory.clock import FakeClock
from gas.domain.errors import TransientError
from gas.domain.messages import JobHint
from gas.domain.names import Channel
from gas.domain.plan import Plan
from gas.ports.messaging import ReceivedMessage
from gas.ports.runner import Crashed
from gas.ports.shelf import Lacking
from gas.services.await_reference import AwaitReference
from gas.services.find_reference import FindReference
from gas.services.run_job import Ending
from gas_annotator import loop as annotator_loop
from gas_annotator.loop import Loop, StopRequest
from gas_annotator.run_notes import RunNotes
from tests.support.annotating import Bench, queued
from tests.support.jobs import JOB_ID, NOW
from tests.support.platform import Platform
from tests.support.references import an_entry, publish
from tests.support.shelves import FakeShelf


@pytest.fixture(autouse=True)
def short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a pause after a failure."""
    monkeypatch.setattr(annotator_loop, "PAUSE_SECONDS", 0.0)


def turn(
    bench: Bench,
    handle: Callable[[Any], Any] | None = None,
    on_receive: Callable[[], None] = lambda: None,
) -> list[Any]:
    """Let a loop take what is in the queue, and stop; the lines that it wrote."""
    stop, notes = StopRequest(bench.platform.clock), RunNotes()
    run_job = handle or bench.run_job(onlooker=notes)
    requests = bench.platform.requests
    receive = requests.receive

    def receive_once(*args: Any) -> Any:
        stop.set()
        on_receive()
        return receive(*args)

    requests.receive = receive_once  # type: ignore[method-assign,assignment]
    loop = Loop(requests, run_job, stop, notes, clock=bench.platform.clock, wait_seconds=0, lease_seconds=60)
    with capture_logs() as lines:
        loop.run()
    requests.receive = receive  # type: ignore[method-assign]
    return lines


@pytest.mark.parametrize(
    "error",
    [TransientError("no answer"), OSError(28, "No space left on device"), RuntimeError("a defect")],
    ids=["outside", "disk-full", "defect"],
)
def test_no_message_ends_the_program(tmp_path: Path, error: Exception) -> None:
    """Whatever a message raises is written in one line, and the loop goes on."""

    def fail(message: Any) -> Any:
        raise error

    lines = turn(queued(tmp_path), fail)

    (line,) = lines
    assert (line["event"], line["log_level"]) == ("message handled", "warning")
    assert str(error) in line["error"]
    assert ("exc_info" in line) is isinstance(error, RuntimeError)
    assert (line["outcome"], line["job_id"]) == ("failed", JOB_ID)


def test_line_of_a_crash_says_why(tmp_path: Path) -> None:
    """The canonical line of a crashed run tells what killed it; the next line does not."""
    bench = queued(tmp_path, outcome=Crashed("the child was ended by SIGSEGV"))

    (crashed,) = turn(bench)
    bench.runner.outcome = None
    bench.platform.clock.advance(timedelta(seconds=5))
    bench.platform.look()
    (completed,) = turn(bench)

    assert (crashed["outcome"], crashed["crash"]) == ("crashed", "the child was ended by SIGSEGV")
    assert completed["outcome"] == "completed"
    assert "crash" not in completed


def test_unreadable_message_has_a_line_too(tmp_path: Path) -> None:
    """A message without a job is handled and told of."""
    bench = Bench(Platform(Plan.FREE), tmp_path)
    bench.platform.requests.put("hello")

    (line,) = turn(bench)

    assert (line["outcome"], line["job_id"]) == ("unreadable", None)


def test_a_wrong_clock_claims_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the machine's clock is wrong no message is taken; the time is asked for until it is right again."""
    monkeypatch.setattr(annotator_loop, "CLOCK_SECONDS", 0.0)
    bench = queued(tmp_path)
    clock, received = bench.platform.clock, list[int]()
    clock.wrong = "This machine's clock is an hour behind."

    def ask() -> None:
        clock.asked += 1
        if clock.asked == 3:
            clock.wrong = None

    clock.ask = ask  # type: ignore[method-assign]
    (line,) = turn(bench, on_receive=lambda: received.append(clock.asked))

    assert received == [3]
    assert line["outcome"] == "completed"


def test_the_time_is_asked_for_before_the_first_claim(tmp_path: Path) -> None:
    """Before anything is received, for the first lease is to be right too; and not again while all is well."""
    bench = queued(tmp_path)
    asked = list[int]()

    turn(bench, on_receive=lambda: asked.append(bench.platform.clock.asked))

    assert asked == [1]
    assert bench.platform.clock.asked == 1


def test_a_bundle_that_cannot_be_had_holds_up_no_other(tmp_path: Path) -> None:
    """Beside a job whose bundle is damaged, one of the built-in reference is annotated."""
    bench = queued(tmp_path)
    platform = bench.platform
    built_in, damaged = platform.job, an_entry()
    platform.jobs.create(replace(built_in, job_id="job-2"))
    platform.jobs.commit(built_in, replace(built_in, reference=damaged.name, reference_digest=damaged.digest))
    platform.publisher.publish(Channel.JOB_REQUESTS, JobHint("job-2", 1))
    publish(platform.references, damaged)
    shelf = FakeShelf(Lacking("It is damaged.", NOW + timedelta(minutes=5)))
    find = FindReference(platform.references, shelf, platform.clock)
    awaiting = AwaitReference(find, platform.jobs, platform.requests, platform.publisher)
    stop, run_job, endings = (
        StopRequest(platform.clock),
        bench.run_job(await_reference=awaiting),
        list[Ending](),
    )

    def handle(message: ReceivedMessage) -> Ending:
        endings.append(run_job(message))
        if len(endings) == 2:
            stop.set()
        return endings[-1]

    Loop(
        platform.requests,
        handle,
        stop,
        RunNotes(),
        clock=platform.clock,
        wait_seconds=0,
        lease_seconds=60,
        await_reference=awaiting,
    ).run()

    assert endings == [Ending.AWAITS_REFERENCE, Ending.COMPLETED]


def test_stop_keeps_its_time() -> None:
    """Asked to stop twice, an annotator counts from the first time."""
    clock = FakeClock(NOW)
    stop = StopRequest(clock)

    before = stop.time()
    stop.set()
    clock.advance(timedelta(seconds=7))
    stop.set()

    assert before is None
    assert stop.is_set()
    assert stop.time() == NOW
