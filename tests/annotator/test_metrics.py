"""What an annotator measures of its work, and what the line of a message tells of it."""

from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from gas.domain.errors import TransientError
from gas.domain.job import JobStatus
from gas.ports.onlooker import Stage
from gas.ports.runner import Crashed
from gas.services.run_job import Ending
from gas_annotator.run_notes import RunNotes
from tests.annotator.test_loop import turn
from tests.support.annotating import queued
from tests.support.platform import LEASE


def sample(name: str, **labels: str) -> float:
    """The value of a series in this process."""
    return REGISTRY.get_sample_value(f"gas_annotator_{name}", labels) or 0.0


def stages() -> dict[str, float]:
    """How often each stage was measured."""
    return {stage.value: sample("stage_duration_seconds_count", stage=stage.value) for stage in Stage}


def came(before: dict[str, float]) -> dict[str, float]:
    """Which stages were measured since, and how often."""
    return {stage: count - before[stage] for stage, count in stages().items() if count != before[stage]}


def test_a_good_run_is_measured_stage_by_stage(tmp_path: Path) -> None:
    """Each stage once, the records, the input's bytes; and the one line tells all of it."""
    bench = queued(tmp_path)
    before, records, read = stages(), sample("records_total"), sample("input_bytes_total")

    (line,) = turn(bench)

    assert came(before) == dict.fromkeys(("claim", "download", "annotate", "store", "finish"), 1.0)
    assert sample("records_total") - records == 7
    assert sample("input_bytes_total") - read == len(b"vcf")
    assert (line["records"], line["input_bytes"], line["fence"]) == (7, 3, 1)
    assert {f"{stage.value}_ms" for stage in Stage} <= set(line)


def test_a_crash_stores_and_finishes_nothing(tmp_path: Path) -> None:
    """Stages that were not reached are not measured."""
    before, records = stages(), sample("records_total")

    turn(queued(tmp_path, outcome=Crashed("killed")))

    assert came(before) == dict.fromkeys(("claim", "download", "annotate"), 1.0)
    assert sample("records_total") == records


def test_a_stage_that_fails_is_measured_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that hangs and then fails is what one wants to see; the job is handed back, which is counted."""
    bench = queued(tmp_path)
    before, back = stages(), sample("hand_backs_total")

    def away(*_: object, **__: object) -> None:
        raise TransientError("no answer")

    monkeypatch.setattr(bench.platform.objects, "upload", away)
    turn(bench)

    assert came(before) == dict.fromkeys(("claim", "download", "annotate", "store", "finish"), 1.0)
    assert sample("hand_backs_total") - back == 1
    assert bench.platform.job.status is JobStatus.QUEUED


def test_heartbeats_are_counted_by_what_came_of_them(tmp_path: Path) -> None:
    """Those that extended the lease, and the one that found the job cancelled."""
    bench = queued(tmp_path, length=100)

    def cancel(poll: int) -> None:
        if poll == 50:
            bench.platform.edit(cancel=True)
            bench.platform.look()

    bench.runner.on_poll = cancel
    extended, lost = (sample("visibility_extensions_total", outcome=o) for o in ("extended", "lost"))

    ending = bench.handle(onlooker=RunNotes())

    assert ending is Ending.LOST
    assert sample("visibility_extensions_total", outcome="lost") - lost == 1
    assert sample("visibility_extensions_total", outcome="extended") - extended == 50 // (
        LEASE.total_seconds() / 3
    )


def test_a_beat_that_the_queue_did_not_take_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is extended and the message is not: another annotator will see it soon."""
    bench = queued(tmp_path, length=30)
    failed = sample("visibility_extensions_total", outcome="failed")

    def away(*_: object, **__: object) -> None:
        raise TransientError("no answer")

    monkeypatch.setattr(bench.platform.requests, "hide", away)
    ending = bench.handle(onlooker=RunNotes())

    assert ending is Ending.COMPLETED
    assert sample("visibility_extensions_total", outcome="failed") - failed == 1


def test_draining_hands_back_and_is_measured(tmp_path: Path) -> None:
    """From the request to stop until the loop ends."""
    bench = queued(tmp_path, length=30)
    stop = bench.platform.clock.now() + timedelta(seconds=3)
    count, total = sample("drain_duration_seconds_count"), sample("drain_duration_seconds_sum")
    back = sample("hand_backs_total")

    def ask(poll: int) -> None:
        if bench.platform.clock.now() >= stop:
            bench.stop()

    bench.runner.on_poll = ask
    (line,) = turn(bench)

    assert line["outcome"] == "handed-back"
    assert sample("hand_backs_total") - back == 1
    assert sample("drain_duration_seconds_count") - count == 1
    assert sample("drain_duration_seconds_sum") - total > 3


def test_the_notes_of_one_message_are_not_the_next_ones(tmp_path: Path) -> None:
    """What one message was told of is taken with its line."""
    notes = RunNotes()
    notes.downloaded(5)
    with notes.stage(Stage.CLAIM):
        pass

    first, second = notes.take(), notes.take()

    assert first["input_bytes"] == 5
    assert second == {}
