"""`make demo`: four files through the whole lifecycle, shown by what kubectl, the records and the bytes said."""

import shutil
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from dev import ROOT
from dev.run.cloud.client import CloudControl
from dev.run.issuer.people import PEOPLE
from dev.run.up.demo_options import DemoOptions
from dev.run.up.demo_report import (
    Expectation,
    job_report,
    own_file_lines,
    print_job,
    print_verdict,
    problems_of,
    write_report,
)
from dev.run.up.doors import KubectlDoor, WebDoor
from dev.run.up.entrance import signed_in
from dev.run.up.errors import PlatformError
from dev.run.up.evidence import Recorder, aws_client, now_text, read_lines, wait_until
from dev.run.up.findings import shown
from dev.run.up.inputs import write_inputs
from dev.run.up.options import BUILD, Options
from dev.run.up.platform import Platform
from gas.domain.keys import attempt_keys
from gas.domain.outputs import Output
from gas.services.submit_job import job_id_for
from gas_cli.errors import CommandError

TO_RESTORED = ("Pending", "Queued", "Running", "Completed", "Archived", "Restoring", "Restored")
TO_COMPLETED = TO_RESTORED[:4]
TO_FAILED = ("Pending", "Queued", "Running", "Failed")

PHASE_SECONDS = 60.0
"""The longest that any step of the demo may take beyond its set times."""

PAGE_SECONDS = 6.0
"""By then a page that watches a job has looked again."""


class UnexpectedError(Exception):
    """A job took another way than the story's; the table shows which."""


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
    platform = Platform.start(
        options,
        lambda text: console.print(f"[dim]{escape(text)}[/]"),
        entrance=True,
        yeast_sample=options.state_dir / "yeast.vcf",
    )
    console.print(f"[dim]The platform is up after {time.monotonic() - clock:.1f} s.[/]\n")
    try:
        story = Story(platform, demo, console)
        story.tell()
        trouble = story.report(started)
        if console.is_terminal:
            # Whoever watches the page should see the end of it.
            time.sleep(PAGE_SECONDS)
        console.print("[dim]Stopping the platform.[/]")
    finally:
        platform.stop()
    return print_verdict(console, trouble, time.monotonic() - clock)


class Story:
    """The demo's jobs, from the door that each enters by to their ends: one against yeast, where that is to be had."""

    def __init__(self, platform: Platform, demo: DemoOptions, console: Console) -> None:
        self._platform = platform
        self._demo = demo
        self._console = console
        self._instance = platform.options.instance
        self._folder = BUILD / "demo"
        shutil.rmtree(self._folder, ignore_errors=True)
        self._s3 = aws_client("s3", platform.endpoint)
        self._kubectl_door = KubectlDoor(platform.kubectl, self._s3, self._instance)
        web, tokens = platform.up["web"], platform.up["tokens"]
        self._doors = {login: WebDoor.with_token(web, tokens[login]) for login in ("free", "premium")}
        self._inputs = write_inputs(self._folder / "inputs")
        if demo.vcf is not None:
            self._inputs["free"] = demo.vcf
        self._yeast = platform.yeast
        self._jobs = self._expectations()
        self._hashes: dict[str, dict[str, str | None]] = {"before": {}, "after": {}}
        self._trouble: list[str] = []
        self._own_file: dict[str, Any] = {}
        self._recorder = Recorder(self._folder, platform.kubectl, platform.endpoint, self._instance)

    def tell(self) -> None:
        """Send the jobs and wait for each turn of the story; trouble is noted for the report."""
        if self._demo.refuse_expedited:
            # Whatever asks for Expedited is refused, as often as it asks; Standard is then accepted.
            error = "GlacierExpeditedRetrievalNotAvailable"
            CloudControl(self._platform.endpoint).faults(
                "s3", "RestoreObject", error=error, holding="Expedited"
            )
        self._recorder.start()
        try:
            self._send()
            self._wait_until_archived()
            self._upgrade_and_restore()
        except (TimeoutError, UnexpectedError, CommandError, PlatformError) as error:
            self._trouble.append(str(error))
        finally:
            self._recorder.stop()

    def report(self, started: str) -> list[str]:
        """Write the report and print each job's way; returns everything that was not as expected."""
        reports: list[dict[str, Any]] = []
        trouble = list(self._trouble)
        self._console.print()
        for job in self._jobs.values():
            report = job_report(job, self._folder, self._hashes)
            reports.append(report)
            print_job(self._console, job, report)
            trouble += [f"{job.title}: {problem}" for problem in problems_of(report, job)]
        if self._yeast is not None:
            trouble += self._print_yeast()
        if self._demo.vcf is not None:
            stored = sorted((self._folder / "downloads").glob("free-*"))
            for line in own_file_lines(
                self._demo.vcf.name, self._own_file, stored[0].relative_to(ROOT) if stored else Path()
            ):
                self._console.print(escape(line), soft_wrap=True)
        write_report(BUILD / "demo.json", ok=not trouble, started=started, jobs=reports)
        return trouble

    def _print_yeast(self) -> list[str]:
        """Print what was found in yeast's introns, indels and known variants; returns what was not."""
        result = self._folder / "downloads/yeast-before.annot.vcf.gz"
        if not result.exists():
            return []
        lines, missing = shown(result)
        self._console.print(f"[bold]{escape(self._jobs['yeast'].title)}[/] has among others:")
        for line in lines:
            self._console.print(f"  {escape(line)}", soft_wrap=True)
        self._console.print()
        return [f"{self._jobs['yeast'].title}: {what}" for what in missing]

    def _expectations(self) -> dict[str, Expectation]:
        """What is sent, by whom, and what should become of it. The API computes ids from user and key: so can we."""
        free, premium = self._doors["free"].user_id(), self._doors["premium"].user_id()
        fay, pat = PEOPLE["free"].name, PEOPLE["premium"].name
        sent, good, bad = self._inputs, job_id_for(free, "demo-free"), job_id_for(free, "demo-broken")
        pace = "RetrievalStandard" if self._demo.refuse_expedited else "RetrievalExpedited"
        comes_back = {"Restoring": pace}
        jobs = {
            "free": Expectation(
                *(good, free, "free", sent["free"].name, TO_RESTORED, fay),
                reference=self._doors["free"].reference_for(sent["free"]),
                reasons=comes_back,
            ),
            "premium": Expectation(
                "demo-premium", premium, "premium", sent["premium"].name, TO_COMPLETED, pat, "kubectl apply"
            ),
            "broken": Expectation(bad, free, "free", sent["broken"].name, TO_FAILED, fay),
        }
        if self._yeast is not None:
            sent["yeast"], yeast = self._yeast.sample, job_id_for(free, "demo-yeast")
            jobs["yeast"] = Expectation(
                *(yeast, free, "free", sent["yeast"].name, TO_RESTORED, fay),
                reference=self._yeast.name,
                reasons=comes_back,
            )
        return jobs

    @property
    def _with_results(self) -> list[str]:
        return [name for name, job in self._jobs.items() if "Completed" in job.phases]

    @property
    def _archived(self) -> list[str]:
        return [name for name, job in self._jobs.items() if "Archived" in job.phases]

    def _send(self) -> None:
        for name, job in self._jobs.items():
            keys = attempt_keys(self._instance, job.user, job.job_id, job.file, 1)
            self._recorder.expect_result(job.job_id, keys[Output.RESULT])
            self._submit(name, job)
        page = self._doors["free"].page(self._jobs["free"].job_id)
        self._console.print(
            f"\n  Watch {escape(self._jobs['free'].title)} in your browser while this runs, signed in as "
            f"[bold]{self._jobs['free'].person}[/]:\n  [bold]{page}[/]\n"
            "  [dim]It goes when the demo ends; make demo RETENTION=60 leaves you a minute more.[/]\n",
            soft_wrap=True,
        )

    def _submit(self, name: str, job: Expectation) -> None:
        path = self._inputs[name]
        if job.door == "kubectl apply":
            self._kubectl_door.submit(path, job.job_id, job.user)
        else:
            made = self._doors[job.plan].submit(path, f"demo-{name}", job.reference)
            if made != job.job_id:
                raise UnexpectedError(f"the API called the job {made}, not {job.job_id}")
        self._say(f"{job.title}, {path.stat().st_size:,} bytes, sent by {job.door}")

    def _wait_until_archived(self) -> None:
        # Each as soon as it is completed: it is archived soon after, whatever the others do.
        left = self._with_results
        while left:
            name = self._wait_first(left, "Completed")
            self._download(name, "before")
            left = [other for other in left if other != name]
        free = self._jobs["free"]
        self._own_file = self._doors["free"].client.get(f"/jobs/{free.job_id}")
        self._wait_first(["broken"], "Failed")
        for name in self._archived:
            self._wait_first([name], "Archived")
            self._wait_gone("the hot bytes", self._result_key(self._jobs[name]))

    def _upgrade_and_restore(self) -> None:
        person = self._jobs["free"].person
        with signed_in(self._platform.up["web"], "free") as visitor:
            self._say(f"{person} becomes premium: what was archived comes back")
            visitor.subscribe()
        for name in self._archived:
            self._wait_first([name], "Restored")
            self._wait_gone("the archived copy", f"archive/{self._result_key(self._jobs[name])}")
        for name in self._with_results:
            self._download(name, "after")

    def _wait_gone(self, what: str, key: str) -> None:
        wait_until(f"{what} to go", PHASE_SECONDS, lambda: not self._there(key))

    def _wait_first(self, names: list[str], phase: str) -> str:
        """Wait until kubectl has shown a phase, or a later one of the story, of one of these; which that is."""
        limit = PHASE_SECONDS + self._demo.retention_seconds + 3 * self._demo.thaw_seconds
        jobs = {name: self._jobs[name] for name in names}
        found: dict[str, str] = {}

        def looked() -> bool:
            shown = self._phases()
            for name, job in jobs.items():
                seen = shown.get(job.job_id)
                if seen in {*job.phases[job.phases.index(phase) :], "Failed"}:
                    found[name] = seen
            return bool(found)

        wait_until(f"{' or '.join(job.title for job in jobs.values())} to become {phase}", limit, looked)
        name, seen = next(iter(found.items()))
        if seen not in jobs[name].phases:
            raise UnexpectedError(f"{jobs[name].title} is Failed instead of {phase}")
        self._say(f"{jobs[name].title} is {seen}")
        return name

    def _phases(self) -> dict[str, str]:
        """The phase that kubectl showed last, by job."""
        objects = [line["object"] for line in read_lines(self._folder / "watch.jsonl")]
        return {each["metadata"]["name"]: each.get("status", {}).get("phase", "") for each in objects}

    def _download(self, name: str, when: str) -> None:
        job, path = self._jobs[name], self._folder / "downloads" / f"{name}-{when}.annot.vcf.gz"
        self._hashes[when][job.job_id] = self._doors[job.plan].download(job.job_id, path)
        self._say(f"{job.title}: result downloaded by a fresh link")

    def _result_key(self, job: Expectation) -> str:
        records = [line["record"] for line in read_lines(self._folder / "records.jsonl")]
        keys = [
            r["s3_key_result_file"]
            for r in records
            if r["job_id"] == job.job_id and "s3_key_result_file" in r
        ]
        return str(keys[-1])

    def _there(self, key: str) -> bool:
        listed = self._s3.list_objects_v2(Bucket=f"{self._instance}-results", Prefix=key)
        return any(each["Key"] == key for each in listed.get("Contents", []))

    def _say(self, text: str) -> None:
        self._console.print(f"[dim]{now_text()[11:22]}[/] {escape(text)}")
