"""What `helm test` runs: against the real API and the real engine it passes, and it fails when anything is wrong."""

import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Self

import pytest

from dev.write.charts.files import CHART
from gas.domain.access_token import Scope
from gas.domain.hallmark import Hallmark
from gas.domain.job import Job, JobEvent, JobStatus
from gas.domain.messages import JobHint
from gas.domain.names import Channel
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas.domain.record import AcceptedInput
from gas.services.issue_token import issue_token
from gas.services.run_job import RunJob, RunSettings
from gas_annotator.child import ChildLimits
from gas_annotator.engine import EngineLimits
from gas_annotator.nursery import Nursery
from gas_annotator.runner import ChildRunner
from kube.ports import free_ports
from tests.support.charts import chart, one
from tests.support.live_api import LiveSite, live_site
from tests.support.plans import PLANS
from tests.support.waiting import PATIENCE_SECONDS, until

SCRIPT = CHART / "files" / "one-job.py"
SECONDS = PATIENCE_SECONDS


def script_at(address: str, timeout: float, token: str = "gas_x") -> subprocess.Popen[str]:
    """The script, sent to an address."""
    environment = {
        "PATH": os.defpath,
        "GAS_URL": address,
        "GAS_TOKEN": token,
        "GAS_TIMEOUT": str(timeout),
    }
    return subprocess.Popen(
        # As in its pod: nothing of ours can be imported.
        [sys.executable, "-I", "-u", str(SCRIPT)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Bench:
    """A site, and the script at work on it."""

    def __init__(self, live: LiveSite, folder: Path, timeout: float = SECONDS) -> None:
        self.live, self.folder = live, folder
        self.user = live.site.user(Plan.PREMIUM)
        token = issue_token(
            live.site.ports.tokens,
            self.user,
            "helm test",
            hallmark=Hallmark(b"of a test"),
            scopes=frozenset({Scope.READ, Scope.WRITE}),
            days=30,
            now=live.site.clock.now(),
        )
        self.script = script_at(live.url, timeout, token.text)

    def queued(self) -> Job:
        """The script's job, as the controllers queue it."""
        jobs = self.live.site.ports.jobs
        until(lambda: jobs.jobs_of_user(self.user.user_id).jobs, SECONDS)
        [job] = jobs.jobs_of_user(self.user.user_id).jobs
        found = self.live.site.objects.head(job.input.bucket, job.input.key)
        assert found is not None
        return jobs.commit(
            job,
            job.moved(
                JobEvent.INPUT_ACCEPTED,
                self.live.site.clock.now(),
                accepted_input=AcceptedInput(found.etag, found.size_bytes),
                reason=Reason.WAITING_FOR_ANNOTATOR,
            ),
        )

    def annotate(self) -> None:
        """Queue the job and annotate it with the engine, in a child, as the annotator does."""
        ports, job = self.live.site.ports, self.queued()
        ports.publisher.publish(Channel.JOB_REQUESTS, JobHint(job.job_id, job.version))
        [message] = ports.queue(Channel.JOB_REQUESTS).receive(1, 0, 60)
        limits = ChildLimits(60, 2**31, 2**30, 60)
        nursery = Nursery(["rCRS"])
        annotator = RunJob(
            jobs=ports.jobs,
            objects=ports.objects,
            queue=ports.queue(Channel.JOB_REQUESTS),
            publisher=ports.publisher,
            runner=ChildRunner(nursery, EngineLimits(1000, 10_000, 1_000_000), limits),
            clock=ports.clock,
            settings=RunSettings(
                "annotator:1",
                "gas-results",
                ports.key_prefix,
                timedelta(minutes=1),
                timedelta(minutes=1),
                PLANS,
                self.folder,
            ),
            stop_time=lambda: None,
        )
        try:
            annotator(message)
        finally:
            nursery.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.script.kill()
        self.script.communicate()

    def ended(self) -> tuple[int, str, str]:
        """How the script ended, and what it said."""
        said, complained = self.script.communicate(timeout=SECONDS)
        return self.script.returncode, said, complained


def test_one_job_goes_through(tmp_path: Path) -> None:
    """Uploaded, annotated by the engine, downloaded, found right, and deleted."""
    with live_site() as live, Bench(live, tmp_path) as bench:
        bench.annotate()
        code, said, complained = bench.ended()
        [job] = live.site.ports.jobs.jobs_of_user(bench.user.user_id).jobs

    assert (code, complained) == (0, "")
    assert "is annotated, downloaded and deleted again" in said
    assert job.status is JobStatus.COMPLETED
    assert job.intents.delete_requested is not None


def _refuse(bench: Bench) -> None:
    job = bench.queued()
    failed = job.claimed("a:1", bench.live.site.clock.now(), timedelta(minutes=1))
    held = bench.live.site.ports.jobs.commit(job, failed)
    bench.live.site.ports.jobs.finish(
        held, held.refused_with(Reason.INPUT_REFUSED, "line 3 is no VCF.", bench.live.site.clock.now())
    )


def _leave(bench: Bench) -> None:
    bench.queued()


WRONG: dict[str, tuple[Callable[[Bench], None], float, str]] = {
    "refused": (_refuse, SECONDS, "the job ended as Failed: The input file was refused: line 3 is no VCF."),
    "waiting": (_leave, 5.0, "the job is still Queued (WaitingForAnnotator) after 5 seconds"),
}


@pytest.mark.parametrize(("happens", "timeout", "said"), WRONG.values(), ids=WRONG)
def test_it_fails_when_the_job_does(
    tmp_path: Path, happens: Callable[[Bench], None], timeout: float, said: str
) -> None:
    """Whatever goes wrong, it says what, and does not pass."""
    with live_site() as live, Bench(live, tmp_path, timeout) as bench:
        happens(bench)
        code, _, complained = bench.ended()

    assert code == 1
    assert said in complained


def test_it_fails_when_the_result_is_not_right(tmp_path: Path) -> None:
    """A result that was swapped is noticed."""
    with live_site() as live, Bench(live, tmp_path) as bench:
        objects = live.site.objects
        kept = objects.upload
        other = tmp_path / "other.gz"
        other.write_bytes(gzip.compress(b"chrM\t8860\t.\tA\tG\n"))
        objects.upload = lambda bucket, key, path, *rest, **more: kept(bucket, key, other, *rest, **more)  # type: ignore[method-assign]
        bench.annotate()
        code, _, complained = bench.ended()

    assert code == 1
    assert "the result does not say what the variant does" in complained


def test_it_fails_when_nobody_answers() -> None:
    """An address where nothing listens is named."""
    with script_at("http://127.0.0.1:9", timeout=2) as script:
        _, complained = script.communicate(timeout=SECONDS)

    assert script.returncode == 1
    assert "GET http://127.0.0.1:9/api/v1/service-info did not answer" in complained


def test_it_waits_for_a_web_that_is_not_reached_yet() -> None:
    """A pod that is new to an enforcer of policies is let through a moment later: that is no failure."""
    [port] = free_ports(1)
    with script_at(f"http://127.0.0.1:{port}", timeout=SECONDS) as script:
        with pytest.raises(subprocess.TimeoutExpired):
            script.wait(2)
        with HTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler) as late:
            late.timeout = SECONDS
            late.handle_request()
        _, complained = script.communicate(timeout=SECONDS)

    assert script.returncode == 1
    assert "service-info answered 501" in complained


def test_the_pod_runs_the_script_with_the_token() -> None:
    """The chart mounts the script, names the Secret, and asks the Service; without a token there is no test."""
    rendered = chart(name="everything")
    [container] = one(rendered, "Pod", "gas-test")["spec"]["containers"]
    variables = {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}

    assert one(rendered, "ConfigMap", "gas-test")["data"]["one-job.py"].strip() == SCRIPT.read_text().strip()
    assert container["command"] == ["python", "-u", "/test/one-job.py"]
    assert variables["GAS_URL"] == "http://gas-web:80"
    assert variables["GAS_TOKEN"] == {"secretKeyRef": {"name": "gas-test-token", "key": "token"}}
    assert chart().of("tests") == []


def test_a_token_that_may_do_more_is_refused() -> None:
    """The token crosses the cluster in plain HTTP: before anything is done with it, it has to be worth no more than jobs."""
    with live_site() as live:
        user = live.site.user()
        token = issue_token(
            live.site.ports.tokens,
            user,
            "all",
            hallmark=Hallmark(b"of a test"),
            scopes=frozenset(Scope),
            days=1,
            now=live.site.clock.now(),
        )
        with script_at(live.url, SECONDS, token.text) as script:
            said, complained = script.communicate(timeout=SECONDS)

        assert script.returncode == 1
        assert said == ""
        assert "may do more than the test needs (profile:read, tokens:write)" in complained
        assert live.site.ports.jobs.jobs_of_user(user.user_id).jobs == ()
