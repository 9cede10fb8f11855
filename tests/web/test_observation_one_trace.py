"""One trace from the request that submits a job to the last pass over it, and its id in every line about the job.

The three parts run here over ports in memory: the web's application, the controllers with all their threads, and an
annotator's loop.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan

from gas.adapters.system_clock import SystemClock
from gas.bootstrap import Ports, memory_ports
from gas.config import ControllersSettings, Environment, Settings, WebSettings
from gas.domain.access_token import Scope
from gas.domain.hallmark import Hallmark
from gas.domain.job import Job, JobStatus
from gas.domain.keys import InputKey, output_name
from gas.domain.names import Bucket, Channel
from gas.domain.outputs import Output
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.spec import InputRef
from gas.ports.messaging import ReceivedMessage
from gas.ports.runner import Annotated, CpuAllowance, FetchedOwnFile, Outcome
from gas.services.issue_token import issue_token
from gas.services.run_job import RunJob, RunSettings
from gas.services.sign_in import new_user_id
from gas_annotator.loop import Loop, StopRequest
from gas_annotator.run_notes import RunNotes
from gas_controllers.cluster import manifests
from gas_controllers.controllers import Controllers
from gas_controllers.main import deployments, rules
from gas_web.app import create_app
from gas_web.services import WebServices
from tests.support.api import VCF, Caller
from tests.support.fake_cluster import FakeCluster
from tests.support.plans import PLANS
from tests.support.traces import observed, trace_id_of
from tests.support.waiting import PATIENCE_SECONDS, until

SECONDS = PATIENCE_SECONDS
SECRET_NAME = "patient-ada-lovelace.vcf"
"""A file's name, which no trace may tell."""


@dataclass(frozen=True)
class QuickRun:
    """A run that is done at once."""

    output: Path
    file_name: str
    progress_percent: int = 100

    @property
    def processor_seconds(self) -> float:
        """It takes next to none."""
        return 0.0

    def poll(self, timeout_seconds: float) -> Outcome | None:
        """The outcome."""
        files = {}
        for output in Output:
            files[output] = self.output / output_name(self.file_name, output.suffix)
            files[output].write_bytes(b"annotated")
        return Annotated(7, 5, files)

    def kill(self) -> None:
        """There is nothing to end."""


class QuickRunner:
    """Starts such runs."""

    def start(
        self,
        input_path: Path,
        file_name: str,
        reference: str,
        output_dir: Path,
        allowance: CpuAllowance | None = None,
        *,
        bundle: Path | None = None,
        own: FetchedOwnFile | None = None,
    ) -> QuickRun:
        """Start one."""
        return QuickRun(output_dir, file_name)


class Installation:
    """All three parts over the same ports."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        self.ports: Ports = memory_ports(self.clock)
        self.settings = Settings(
            env=Environment.LOCAL,
            web=WebSettings(client_id="gas"),
            controllers=ControllersSettings(sweep_seconds=0.2, wait_seconds=1),
        )
        self.cluster = FakeCluster(self.clock)
        self.app = create_app(self.settings, WebServices.from_ports(self.ports, self.settings))
        self.stopping = StopRequest(self.clock)
        self._controllers = Controllers(
            ports=self.ports,
            cluster=self.cluster,  # type: ignore[arg-type]  # it has the same methods
            rules=rules(self.settings, self.ports),
            lines=deployments(self.settings),
            settings=self.settings.controllers,
            public_url="https://gas.example.org",
        )
        self._annotator = threading.Thread(target=self.loop(folder).run, daemon=True)
        self.user = User(
            new_user_id(),
            "ada@example.org",
            "Ada Lovelace",
            PlanStanding(Plan.PREMIUM, self.clock.now()),
            email_confirmed=True,
        )
        assert self.ports.users.create(self.user)

    @property
    def controllers(self) -> Controllers:
        """The controllers."""
        return self._controllers

    def loop(self, folder: Path) -> Loop:
        """An annotator's loop."""
        queue, notes = self.ports.queue(Channel.JOB_REQUESTS), RunNotes()
        run_job = RunJob(
            jobs=self.ports.jobs,
            objects=self.ports.objects,
            queue=queue,
            publisher=self.ports.publisher,
            runner=QuickRunner(),
            clock=self.clock,
            settings=RunSettings(
                "annotator:1",
                self.ports.names.bucket(Bucket.RESULTS),
                self.ports.key_prefix,
                timedelta(minutes=1),
                timedelta(minutes=1),
                PLANS,
                folder,
            ),
            stop_time=self.stopping.time,
            onlooker=notes,
        )
        return Loop(queue, run_job, self.stopping, notes, clock=self.clock, wait_seconds=1, lease_seconds=60)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let controllers and annotator work."""
        self._controllers.start()
        self._annotator.start()
        try:
            yield
        finally:
            self.stopping.set()
            self._annotator.join(SECONDS)
            self._controllers.stop()

    def caller(self) -> Caller:
        """The user with an access token."""
        text = issue_token(
            self.ports.tokens,
            self.user,
            "test",
            hallmark=Hallmark(b"of a test"),
            scopes=frozenset(Scope),
            days=1,
            now=self.clock.now(),
        ).text
        return Caller(self.app, self.user, {"Authorization": f"Bearer {text}"})

    def submit(self, **headers: str) -> str:
        """Upload a file and submit it through the API; the job's id."""
        ada = self.caller()
        form = ada.post("/uploads", {"fileName": SECRET_NAME}).get_json()
        self.ports.objects.put("gas-inputs", form["key"], VCF)  # type: ignore[attr-defined]
        answer = ada.post("/jobs", {"key": form["key"], "reference": "rCRS"}, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["id"])

    def settle(self, job_id: str) -> Job:
        """Wait until the job is Completed, shown so, and told of by mail."""
        until(lambda: self._status(job_id) is JobStatus.COMPLETED, SECONDS)
        until(lambda: self._shown(job_id) == "Completed", SECONDS)
        until(lambda: bool(self.ports.mailer.sent), SECONDS)  # type: ignore[attr-defined]
        job = self.ports.jobs.get(job_id)
        assert job is not None
        return job

    def _status(self, job_id: str) -> JobStatus | None:
        job = self.ports.jobs.get(job_id)
        return None if job is None else job.status

    def _shown(self, job_id: str) -> str | None:
        resource = self.cluster.resources.get(job_id, {})
        phase = resource.get("status", {}).get("phase")
        return None if phase is None else str(phase)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """All three parts, not running yet."""
    return Installation(tmp_path)


def named(spans: tuple[ReadableSpan, ...], name: str) -> list[ReadableSpan]:
    """The spans of a name."""
    return [span for span in spans if span.name == name]


def span_id(span: ReadableSpan) -> int:
    """The span's own id."""
    assert span.context is not None
    return int(span.context.span_id)


def test_one_trace_over_all_parts(installation: Installation) -> None:
    """Request, messages, passes and stages are parts of one tree, and its id stands in every line about the job."""
    with observed() as seen:
        with installation.running():
            job_id = installation.submit()
            job = installation.settle(job_id)
        spans, lines = seen.spans, [line for line in seen.lines if line.get("job_id") == job_id]

    [request] = named(spans, "POST /api/v1/jobs")
    trace_id = trace_id_of(request)
    ours = [span for span in spans if trace_id_of(span) == trace_id]
    parents = {span_id(span): span.parent.span_id if span.parent else None for span in ours}
    assert job.traceparent is not None
    assert job.traceparent.startswith(f"00-{trace_id}-{span_id(request):016x}-")
    assert int(job.traceparent[-2:], 16) & 1
    assert {span.name for span in ours} >= {
        "POST /api/v1/jobs",
        "receive job-results",
        "pass",
        "receive job-requests",
        "download",
        "store",
        "finish",
    }
    # Every span leads back to the request.
    assert [span.name for span in ours if span.parent is None] == ["POST /api/v1/jobs"]
    assert {parent for parent in parents.values() if parent is not None} <= set(parents)
    [annotated] = named(spans, "receive job-requests")
    assert parents[span_id(annotated)] in {span_id(span) for span in named(spans, "pass")}
    below = {span.name for span in ours if parents[span_id(span)] == span_id(annotated)}
    assert below >= {"claim", "download", "annotate", "store", "finish"}
    told = {line["event"] for line in lines}
    assert told >= {"request", "message handled", "pass made"}
    submitted = [line for line in lines if line.get("route") != "/api/v1/uploads"]
    assert {line.get("trace_id") for line in submitted} == {trace_id}


def test_no_trace_tells_a_secret(installation: Installation) -> None:
    """No token, address, name, file or key stands in a span; ids of jobs do."""
    with observed() as seen, installation.running():
        job_id = installation.submit()
        installation.settle(job_id)

    said = json.dumps([json.loads(span.to_json()) for span in seen.spans])
    assert job_id in said
    # None of them can be a part of a random id: those are hexadecimal.
    for secret in (
        "gas_",
        "patient",
        "lovelace",
        "ada@",
        "Ada Lovelace",
        "example.org",
        ".vcf",
        installation.user.user_id,
    ):
        assert secret not in said


def test_without_a_collector_the_lines_hold_together_all_the_same(installation: Installation) -> None:
    """Nothing is recorded, and the ids are made and carried."""
    with observed(collector=False) as seen:
        with installation.running():
            job_id = installation.submit()
            job = installation.settle(job_id)
        lines = [
            line
            for line in seen.lines
            if line.get("job_id") == job_id and line.get("route") != "/api/v1/uploads"
        ]

    assert seen.spans == ()
    assert job.traceparent is not None
    trace_id, flags = job.traceparent.split("-")[1], job.traceparent.split("-")[3]
    assert flags == "00"
    assert {line["event"] for line in lines} >= {"request", "message handled", "pass made"}
    assert {line.get("trace_id") for line in lines} == {trace_id}


def test_a_callers_trace_is_linked_and_not_gone_on_with(installation: Installation) -> None:
    """What a stranger sends decides neither the id nor whether anything is recorded."""
    theirs = f"00-{'a' * 32}-{'b' * 16}-00"

    with observed() as seen:
        installation.submit(traceparent=theirs)
        installation.submit(traceparent="nonsense")

    first, second = named(seen.spans, "POST /api/v1/jobs")
    assert trace_id_of(first) != "a" * 32
    assert [f"{link.context.trace_id:032x}" for link in first.links] == ["a" * 32]
    assert list(second.links) == []


def test_a_job_that_came_by_its_resource_has_a_trace_too(installation: Installation) -> None:
    """The pass that makes the record begins it."""
    job_id, user_id = "by-kubectl", installation.user.user_id
    key = str(InputKey("gas", user_id, job_id, "a.vcf"))
    place = InputRef("gas-inputs", key, "a.vcf")
    installation.ports.objects.put(place.bucket, place.key, VCF)  # type: ignore[attr-defined]
    job = Job(job_id, user_id, place, "rCRS", installation.clock.now())

    with observed() as seen, installation.running():
        body = installation.cluster.create(manifests.annotation_job(job, "gas", job.submit_time))
        installation.controllers.resource_seen("ADDED", body)
        made = installation.settle(job_id)

    assert made.traceparent is not None
    trace_id = made.traceparent.split("-")[1]
    ours = [span for span in seen.spans if trace_id_of(span) == trace_id]
    assert [span.name for span in ours if span.parent is None] == ["pass"]
    assert {"receive job-requests", "receive job-results"} <= {span.name for span in ours}


def test_a_message_of_an_older_part_joins_by_the_record(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the message says no trace, the record that the annotator claims does."""
    queue = installation.ports.queue(Channel.JOB_REQUESTS)
    receive = queue.receive

    def without(*arguments: int) -> list[ReceivedMessage]:
        return [replace(message, traceparent=None) for message in receive(*arguments)]

    monkeypatch.setattr(queue, "receive", without)
    with observed() as seen, installation.running():
        job_id = installation.submit()
        job = installation.settle(job_id)

    [annotated] = named(seen.spans, "receive job-requests")
    [line] = [line for line in seen.lines_of("message handled") if line.get("fence") == 1]
    assert job.traceparent is not None
    assert trace_id_of(annotated) == line["trace_id"] == job.traceparent.split("-")[1]


def test_a_record_of_an_older_part_has_no_trace_and_goes_on(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lines have no trace id, and nothing else is different."""
    create = installation.ports.jobs.create
    monkeypatch.setattr(installation.ports.jobs, "create", lambda job: create(replace(job, traceparent=None)))

    with observed() as seen, installation.running():
        job_id = installation.submit()
        job = installation.settle(job_id)

    passes = [line for line in seen.lines_of("pass made") if line["job_id"] == job_id]
    assert job.traceparent is None
    assert passes
    assert all("trace_id" not in line for line in passes)


def test_each_message_and_pass_is_one_line(installation: Installation) -> None:
    """As many lines as there were pieces of work: none twice, none missing."""
    with observed() as seen, installation.running():
        installation.settle(installation.submit())

    for name, event in (("receive", "message handled"), ("pass", "pass made"), ("POST", "request")):
        works = [span for span in seen.spans if span.name.split(" ")[0] == name]
        assert len(works) == len([line for line in seen.lines_of(event) if "trace_id" in line])
