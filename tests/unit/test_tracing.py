"""Works and their traces: joined on the way, begun where there is none, free where nobody records."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from gas import startup, tracing
from gas.domain.traces import known_traceparent
from gas.logs import log_line
from tests.support.listening import listening
from tests.support.traces import observed, trace_id_of
from tests.support.waiting import PATIENCE_SECONDS

PARENT = f"00-{'1' * 32}-{'2' * 16}-01"
UNSAMPLED = f"00-{'1' * 32}-{'2' * 16}-00"


def test_a_work_without_a_trace_leaves_none() -> None:
    """What never learns of a trace is not recorded, and its lines say none."""
    with observed() as seen, tracing.Work("pass"):
        log_line("said")

    assert seen.spans == ()
    assert "trace_id" not in seen.lines[0]


def test_a_work_joins_on_the_way_from_its_beginning() -> None:
    """The span begins when the work did; lines from then on have the id, and later ones of the thread do not."""
    with observed() as seen:
        with tracing.Work("pass"):
            log_line("before")
            tracing.note(job_id="job-1")
            tracing.join(PARENT)
            tracing.note(outcome="settled")
            log_line("after")
        log_line("later")

    [span] = seen.spans
    assert trace_id_of(span) == "1" * 32
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == "2" * 16
    assert dict(span.attributes or {}) == {"gas.job_id": "job-1", "gas.outcome": "settled"}
    assert [line.get("trace_id") for line in seen.lines] == [None, "1" * 32, None]


def test_the_first_trace_holds() -> None:
    """A work is a part of one trace: another one that it hears of changes nothing."""
    with observed() as seen, tracing.Work("pass"):
        tracing.join(PARENT)
        tracing.join(PARENT.replace("1" * 32, "3" * 32))
        tracing.begin()

    assert [trace_id_of(span) for span in seen.spans] == ["1" * 32]


@pytest.mark.parametrize(
    "sent", [None, "", "nonsense", PARENT.upper().replace("00-1", "0X-1"), PARENT + "-x"]
)
def test_nonsense_joins_nothing(sent: str | None) -> None:
    """No work fails for a trace that it cannot read."""
    with observed() as seen, tracing.Work("pass"):
        tracing.join(sent)
        here = tracing.traceparent()

    assert here is None
    assert seen.spans == ()


def test_what_is_carried_on_is_the_innermost_span() -> None:
    """A message that is sent in a stage is a part of that stage."""
    with observed() as seen, tracing.Work("pass"):
        tracing.join(PARENT)
        with tracing.stage("store"):
            carried = tracing.traceparent()

    store, outer = seen.spans
    assert carried is not None
    assert carried.split("-")[1] == "1" * 32
    assert carried.split("-")[2] == f"{_id(store):016x}"
    assert store.parent is not None
    assert store.parent.span_id == _id(outer)
    assert tracing.traceparent() is None


def test_only_the_name_of_an_error_is_told() -> None:
    """Its text may quote a signed link."""

    def work() -> None:
        with tracing.Work("pass"):
            tracing.join(PARENT)
            with tracing.stage("store"):
                raise OSError("GET https://s3/x?X-Amz-Signature=s3cr3t")

    with observed() as seen, pytest.raises(OSError, match="Signature"):
        work()

    assert [span.status.description for span in seen.spans] == ["OSError", "OSError"]
    assert [span.events for span in seen.spans] == [(), ()]


def test_a_trace_that_is_not_recorded_is_carried_all_the_same() -> None:
    """Whoever began it has decided: nothing is recorded, and the ids go on."""
    with observed() as seen, tracing.Work("pass"):
        tracing.join(UNSAMPLED)
        with tracing.stage("store"):
            carried = tracing.traceparent()
        log_line("said")

    assert seen.spans == ()
    assert carried is not None
    assert carried.startswith(f"00-{'1' * 32}-")
    assert seen.lines[0]["trace_id"] == "1" * 32


def test_without_a_collector_ids_are_made_and_carried() -> None:
    """Two works never share one; what they hand on is what the next part joins."""
    begun = []
    with observed(collector=False) as seen:
        for _ in range(2):
            with tracing.Work("POST /jobs"):
                tracing.begin()
                begun.append(tracing.traceparent())
        with tracing.Work("pass"):
            tracing.join(begun[0])
            log_line("said")

    assert len(set(begun)) == 2
    assert all(known_traceparent(each) for each in begun)
    assert begun[0] is not None
    assert seen.lines[0]["trace_id"] == begun[0].split("-")[1]
    assert seen.spans == ()


def test_works_of_two_threads_do_not_meet() -> None:
    """Each thread has its own current work."""
    barrier = threading.Barrier(2)

    def work(parent: str) -> None:
        with tracing.Work("pass"):
            tracing.join(parent)
            barrier.wait(PATIENCE_SECONDS)
            log_line(parent)
            barrier.wait(PATIENCE_SECONDS)

    parents = [PARENT, PARENT.replace("1" * 32, "3" * 32)]
    with observed() as seen:
        threads = [threading.Thread(target=work, args=(parent,)) for parent in parents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)

    assert {line["event"].split("-")[1] == line["trace_id"] for line in seen.lines} == {True}
    assert len(seen.lines) == 2


def test_what_else_is_bound_to_lines_stays() -> None:
    """Ending a work takes its own id away and nothing else."""
    with observed() as seen, structlog.contextvars.bound_contextvars(request_id="r"):
        with tracing.Work("pass"):
            tracing.join(PARENT)
        log_line("said")

    assert (seen.lines[0]["request_id"], "trace_id" in seen.lines[0]) == ("r", False)


@given(
    st.text()
    | st.none()
    | st.integers()
    | st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", fullmatch=True)
)
def test_a_traceparent_is_bounded(text: object) -> None:
    """Whatever is taken for one has 55 characters, and ids that are not all zeros."""
    known = known_traceparent(text)

    if known is not None:
        version, trace_id, span_id, _flags = known.split("-")
        assert (len(known), version) == (55, "00")
        assert int(trace_id, 16) > 0
        assert int(span_id, 16) > 0


@contextmanager
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A collector that keeps what is sent to it."""
    received: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with listening(Handler) as address:
        yield address, received


PROGRAM = """
from gas import startup, tracing
startup.start_traces("gas-test")
with tracing.Work("a-work"):
    tracing.begin()
{end}
"""


def test_spans_arrive_at_the_collector_that_the_environment_names() -> None:
    """By OpenTelemetry's own variable, in its own form, under the program's name."""
    program = PROGRAM.format(end="")
    with collector() as (address, received):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={"OTEL_EXPORTER_OTLP_ENDPOINT": address, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    assert (done.returncode, done.stderr) == (0, "")
    assert [path for path, _ in received] == ["/v1/traces"]
    assert b"a-work" in received[0][1]
    assert b"gas-test" in received[0][1]


def test_without_a_collector_the_sdk_is_not_loaded() -> None:
    """Nothing but the API is imported, so that nothing else has to be installed."""
    program = PROGRAM.format(end="import sys; print([m for m in sys.modules if 'telemetry.sdk' in m])")
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_collector_without_what_sends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence that says what to do; nothing is said where no collector is named."""
    monkeypatch.setattr(startup, "find_spec", lambda _: None)

    [said] = startup.traces_refused({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"})

    assert said.startswith("OTEL_EXPORTER_OTLP_ENDPOINT is set")
    assert "gas[traces]" in said
    assert startup.traces_refused({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}) == []


def _id(span: object) -> int:
    found = getattr(span, "context", None)
    assert found is not None
    return int(found.span_id)
