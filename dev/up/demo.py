"""`make demo`: three real files through the whole lifecycle, shown by what kubectl, the records and the bytes said."""

import hashlib
import json
import os
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from dev.cloud.client import CloudControl
from dev.up.demo_report import Expectation, job_report, print_table, problems_of, write_report
from dev.up.evidence import Recorder, aws_client, now_text, read_lines, wait_until
from dev.up.inputs import write_inputs
from dev.up.options import BUILD, Options
from dev.up.platform import Platform, PlatformError
from gas.adapters.aws.session import ATTEMPTS
from gas.config import PlanSettings
from gas.domain.keys import InputKey, Output, attempt_keys
from gas.domain.plan import Plan, PlanStanding, User

FREE_USER = "demofreeuser00000000000000"
PREMIUM_USER = "demopremiumuser00000000000"

TO_RESTORED = ("Pending", "Queued", "Running", "Completed", "Archived", "Restoring", "Restored")
TO_COMPLETED = TO_RESTORED[:4]
TO_FAILED = ("Pending", "Queued", "Running", "Failed")

PHASE_SECONDS = 60.0
"""The longest that any step of the demo may take beyond its set times."""


class UnexpectedError(Exception):
    """A job took another way than the story's; the table shows which."""


@dataclass(frozen=True)
class DemoOptions:
    """What `make demo` lets a person choose."""

    vcf: Path | None = None
    retention_seconds: int = 5
    thaw_seconds: float = 5.0
    refuse_expedited: bool = False

    @classmethod
    def from_environment(cls) -> "DemoOptions":
        """The options `VCF`, `RETENTION`, `THAW` and `REFUSE_EXPEDITED` of make."""
        vcf = os.environ.get("VCF")
        try:
            retention, thaw = int(os.environ.get("RETENTION") or 5), float(os.environ.get("THAW") or 5)
        except ValueError as error:
            raise PlatformError(f"RETENTION and THAW are numbers of seconds: {error}.") from error
        options = cls(
            Path(vcf).expanduser().resolve() if vcf else None,
            retention,
            thaw,
            os.environ.get("REFUSE_EXPEDITED", "") not in {"", "0"},
        )
        options.check()
        return options

    def check(self) -> None:
        """Refuse what the demo cannot show, before anything is started.

        Raises:
            PlatformError: what is wrong, and what to do.
        """
        if self.vcf is None:
            return
        if not self.vcf.is_file():
            raise PlatformError(f"VCF={self.vcf}: there is no such file. Name a VCF file, or leave VCF out.")
        size, limit = self.vcf.stat().st_size, PlanSettings().free_max_input_bytes
        if size > limit:
            raise PlatformError(
                f"VCF={self.vcf} has {size:,} bytes; the demo sends it as a free user, who may send {limit:,}. "
                "Name a smaller file."
            )


def run_demo(demo: DemoOptions, instance: str) -> int:
    """Run the demo; 0 when everything was as expected."""
    console = Console(highlight=False)
    started, clock = now_text(), time.monotonic()
    options = Options(
        instance=instance,
        retention_seconds=demo.retention_seconds,
        thaw_seconds=demo.thaw_seconds,
        link_seconds=2,
        sweep_seconds=1.0,
        wait_seconds=2,
    )
    platform = Platform.start(options, lambda text: console.print(f"[dim]{text}[/]"))
    console.print(f"[dim]The platform is up after {time.monotonic() - clock:.1f} s.[/]\n")
    try:
        story = Story(platform, demo, console)
        story.tell()
    finally:
        platform.stop()
    return story.conclude(started, time.monotonic() - clock)


class Story:
    """The demo's three jobs, from `kubectl apply` to their ends."""

    def __init__(self, platform: Platform, demo: DemoOptions, console: Console) -> None:
        self._platform = platform
        self._demo = demo
        self._console = console
        self._folder = BUILD / "demo"
        shutil.rmtree(self._folder, ignore_errors=True)
        self._kubectl = platform.kubectl
        self._s3 = aws_client("s3", platform.endpoint)
        self._hashes: dict[str, dict[str, str | None]] = {"before": {}, "after": {}}
        self._trouble: list[str] = []
        inputs = write_inputs(self._folder / "inputs")
        if demo.vcf is not None:
            inputs["free"] = demo.vcf
        self._inputs = inputs
        pace = "RetrievalStandard" if demo.refuse_expedited else "RetrievalExpedited"
        self._jobs = {
            "free": Expectation(
                "demo-free", FREE_USER, "free", inputs["free"].name, TO_RESTORED, {"Restoring": pace}
            ),
            "premium": Expectation(
                "demo-premium", PREMIUM_USER, "premium", inputs["premium"].name, TO_COMPLETED
            ),
            "broken": Expectation("demo-broken", FREE_USER, "free", inputs["broken"].name, TO_FAILED),
        }
        self._recorder = Recorder(self._folder, self._kubectl, platform.endpoint, platform.options.instance)

    def tell(self) -> None:
        """Send the jobs and wait for each turn of the story; trouble is noted for the report."""
        users = self._users()
        for user_id, name, plan in (
            (FREE_USER, "Frieda Free", Plan.FREE),
            (PREMIUM_USER, "Per Premium", Plan.PREMIUM),
        ):
            standing = PlanStanding(plan, datetime.now(UTC))
            users.create(User(user_id, f"{user_id}@example.org", name, standing))
        if self._demo.refuse_expedited:
            error = "GlacierExpeditedRetrievalNotAvailable"
            # Each of the client's own tries, or it would not notice.
            CloudControl(self._platform.endpoint).faults("s3", "RestoreObject", error=error, count=ATTEMPTS)
        self._recorder.start()
        try:
            self._send_and_archive()
            self._upgrade_and_restore(users)
        except (TimeoutError, UnexpectedError) as error:
            self._trouble.append(str(error))
        finally:
            self._recorder.stop()

    def conclude(self, started: str, seconds: float) -> int:
        """Write the report, print the table and judge."""
        reports: list[dict[str, Any]] = []
        trouble = list(self._trouble)
        for job in self._jobs.values():
            report = job_report(job, self._folder, self._hashes)
            reports.append(report)
            trouble += [f"{job.job_id}: {problem}" for problem in problems_of(report, job)]
        ok = not trouble
        write_report(BUILD / "demo.json", ok=ok, started=started, jobs=reports)
        print_table(self._console, reports)
        for problem in trouble:
            self._console.print(f"[red]✗ {problem}[/]")
        verdict = (
            "[green]✓ Everything went as expected[/]" if ok else "[red]✗ Not everything went as expected[/]"
        )
        self._console.print(
            f"{verdict}, in {seconds:.0f} s. The evidence is in {self._folder} and build/demo.json."
        )
        return 0 if ok else 1

    def _send_and_archive(self) -> None:
        for name, job in self._jobs.items():
            self._submit(job, self._inputs[name])
        for name in ("free", "premium"):
            self._wait_phase(self._jobs[name], "Completed")
            self._hashes["before"][self._jobs[name].job_id] = self._download(self._jobs[name])
        self._wait_phase(self._jobs["broken"], "Failed")
        self._wait_phase(self._jobs["free"], "Archived")
        key = self._result_key(self._jobs["free"])
        wait_until("the hot bytes to go", PHASE_SECONDS, lambda: not self._there(key))

    def _upgrade_and_restore(self, users: Any) -> None:
        self._say("Frieda Free becomes a premium user: her archived result comes back.")
        users.change_plan(FREE_USER, Plan.PREMIUM, datetime.now(UTC))
        self._wait_phase(self._jobs["free"], "Restored")
        archived = f"archive/{self._result_key(self._jobs['free'])}"
        wait_until("the archived copy to go", PHASE_SECONDS, lambda: not self._there(archived))
        for name in ("free", "premium"):
            self._hashes["after"][self._jobs[name].job_id] = self._download(self._jobs[name])

    def _submit(self, job: Expectation, path: Path) -> None:
        instance = self._platform.options.instance
        key = str(InputKey(instance, job.user, job.job_id, path.name))
        self._s3.upload_file(str(path), f"{instance}-inputs", key)
        result = attempt_keys(instance, job.user, job.job_id, path.name, 1)[Output.RESULT]
        self._recorder.expect_result(job.job_id, result)
        manifest = {
            "apiVersion": "gas.io/v1alpha1",
            "kind": "AnnotationJob",
            "metadata": {"name": job.job_id},
            "spec": {
                "userID": job.user,
                "input": {"bucket": f"{instance}-inputs", "key": key, "fileName": path.name},
                "reference": "rCRS",
            },
        }
        self._kubectl.run("apply", "--validate=strict", "--filename=-", stdin=json.dumps(manifest))
        self._say(f"kubectl apply: annotationjob/{job.job_id}, {path.name}, {path.stat().st_size:,} bytes")

    def _wait_phase(self, job: Expectation, phase: str) -> None:
        """Wait until kubectl has shown a phase, or a later one of the story."""
        later = job.phases[job.phases.index(phase) :]
        limit = PHASE_SECONDS + self._demo.retention_seconds + 3 * self._demo.thaw_seconds
        wait_until(f"{job.job_id} to become {phase}", limit, lambda: self._phase(job) in {*later, "Failed"})
        if self._phase(job) not in later:
            raise UnexpectedError(f"{job.job_id} is Failed instead of {phase}")
        self._say(f"{job.job_id} is {self._phase(job)}")

    def _phase(self, job: Expectation) -> str | None:
        seen = [
            line["object"].get("status", {}).get("phase")
            for line in read_lines(self._folder / "watch.jsonl")
            if line["object"]["metadata"]["name"] == job.job_id
        ]
        return seen[-1] if seen else None

    def _result_key(self, job: Expectation) -> str:
        records = [line["record"] for line in read_lines(self._folder / "records.jsonl")]
        keys = [
            r["s3_key_result_file"]
            for r in records
            if r["job_id"] == job.job_id and "s3_key_result_file" in r
        ]
        return str(keys[-1])

    def _download(self, job: Expectation) -> str:
        wait_until("the record to name the result", PHASE_SECONDS, lambda: self._has_result(job))
        found = self._s3.get_object(
            Bucket=f"{self._platform.options.instance}-results", Key=self._result_key(job)
        )
        return hashlib.sha256(found["Body"].read()).hexdigest()

    def _has_result(self, job: Expectation) -> bool:
        records = [line["record"] for line in read_lines(self._folder / "records.jsonl")]
        return any(r["job_id"] == job.job_id and "s3_key_result_file" in r for r in records)

    def _there(self, key: str) -> bool:
        listed = self._s3.list_objects_v2(Bucket=f"{self._platform.options.instance}-results", Prefix=key)
        return any(each["Key"] == key for each in listed.get("Contents", []))

    def _users(self) -> Any:
        from gas.bootstrap import aws_ports  # noqa: PLC0415 - after the environment is set
        from gas.config import Settings  # noqa: PLC0415 - the same

        os.environ.update(self._platform.settings)
        return aws_ports(Settings()).users

    def _say(self, text: str) -> None:
        self._console.print(f"[dim]{now_text()[11:22]}[/] {text}")
