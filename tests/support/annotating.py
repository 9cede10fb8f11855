"""A runner that follows a script, and an annotator over in-memory ports."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gas.domain.errors import UsageError
from gas.domain.keys import output_name
from gas.domain.outputs import Output
from gas.domain.plan import Plan
from gas.ports.messaging import ReceivedMessage
from gas.ports.onlooker import Nobody, RunOnlooker
from gas.ports.runner import Annotated, CpuAllowance, FetchedOwnFile, Outcome
from gas.services.await_reference import AwaitReference
from gas.services.run_job import Ending, RunJob, RunSettings
from gas_annotator.pace import PacedRunner
from tests.support.jobs import PREFIX, RESULTS, RULES
from tests.support.platform import LEASE, Platform


@dataclass
class ScriptedRun:
    """A run whose every poll takes a second, tells the next progress, and may do something on the way."""

    runner: "ScriptedRunner"
    output: Path
    file_name: str
    progress_percent: int = 0
    killed: bool = False
    processor_seconds: float = 1.5

    def poll(self, timeout_seconds: float) -> Outcome | None:
        """The next line of the script."""
        self.runner.platform.clock.advance(timedelta(seconds=max(timeout_seconds, 1.0)))
        self.runner.polls += 1
        self.runner.on_poll(self.runner.polls)
        if self.runner.polls < self.runner.length:
            self.progress_percent = 100 * self.runner.polls // self.runner.length
            return None
        return self.runner.outcome or self._annotated()

    def kill(self) -> None:
        """Note that the run was ended."""
        self.killed = True

    def _annotated(self) -> Annotated:
        files = {}
        for output in self.runner.outputs:
            path = self.output / output_name(self.file_name, output.suffix)
            path.write_bytes(b"annotated")
            files[output] = path
        own = self.runner.own
        return Annotated(7, 6, files, own_sha256=None if own is None else own.sha256)


@dataclass
class ScriptedRunner:
    """Starts scripted runs; an outcome of None is a good end."""

    platform: Platform
    outcome: Outcome | None = None
    length: int = 4
    outputs: tuple[Output, ...] = tuple(Output)
    on_poll: Callable[[int], None] = lambda poll: None
    refuses: str = ""
    polls: int = 0
    runs: list[ScriptedRun] = field(default_factory=list)
    allowances: list[CpuAllowance | None] = field(default_factory=list)
    bundles: list[Path | None] = field(default_factory=list)
    brought: list[tuple[str, bytes] | None] = field(default_factory=list)
    own: FetchedOwnFile | None = None

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
    ) -> ScriptedRun:
        """Start a run on a real file and an empty folder."""
        self.allowances.append(allowance)
        self.bundles.append(bundle)
        self.brought.append(None if own is None else (own.file_name, own.path.read_bytes()))
        self.own = own
        if self.refuses:
            raise UsageError(self.refuses)
        assert input_path.read_bytes() == b"vcf"
        assert not list(output_dir.iterdir())
        self.polls = 0
        self.runs.append(ScriptedRun(self, output_dir, file_name))
        return self.runs[-1]


class CrashList(Nobody):
    """An onlooker that only keeps why runs died."""

    def __init__(self, crashes: list[str]) -> None:
        self._crashes = crashes

    def crashed(self, detail: str) -> None:
        """Keep it."""
        self._crashes.append(detail)


class Bench:
    """A platform with one annotator."""

    def __init__(self, platform: Platform, work_dir: Path, **script: Any) -> None:
        self.platform = platform
        self.runner = ScriptedRunner(platform, **script)
        self.stop_time: datetime | None = None
        self.crashes: list[str] = []
        self.rests: list[float] = []
        self.on_rest: Callable[[int], None] = lambda rest: None
        self.work_dir = work_dir

    def stop(self) -> None:
        """Tell the annotators to stop; again changes nothing."""
        self.stop_time = self.stop_time or self.platform.clock.now()

    def run_job(
        self,
        seen: Callable[[Any], Any] = lambda port: port,
        drain: float = 5.0,
        lease: timedelta = LEASE,
        onlooker: RunOnlooker | None = None,
        pace: float = 0.0,
        *,
        await_reference: AwaitReference | None = None,
    ) -> RunJob:
        """A fresh annotator."""
        platform, runner = self.platform, seen(self.runner)
        return RunJob(
            jobs=seen(platform.jobs),
            objects=seen(platform.objects),
            queue=seen(platform.requests),
            publisher=seen(platform.publisher),
            runner=PacedRunner(runner, platform.clock, timedelta(seconds=pace), self._rest)
            if pace
            else runner,
            clock=platform.clock,
            settings=RunSettings(
                "annotator-1",
                RESULTS,
                PREFIX,
                lease,
                timedelta(seconds=drain),
                RULES.plans,
                self.work_dir,
            ),
            stop_time=lambda: self.stop_time,
            onlooker=onlooker or CrashList(self.crashes),
            await_reference=await_reference,
        )

    def _rest(self, seconds: float) -> None:
        """Let the time of a pause pass, and do what the test wants in it."""
        self.platform.clock.advance(timedelta(seconds=seconds))
        self.rests.append(seconds)
        self.on_rest(len(self.rests))

    def receive(self) -> ReceivedMessage:
        """The next message."""
        (message,) = self.platform.requests.receive(1, 0, 60)
        return message

    def handle(self, **options: Any) -> Ending:
        """Receive and handle one message."""
        return self.run_job(**options)(self.receive())

    def drain(self) -> None:
        """Go on until no message is left and the job has an end, as controllers and annotators would."""
        for _ in range(60):
            for message in self.platform.requests.receive(10, 0, 60):
                self.run_job()(message)
            if self.platform.job.finished and self.platform.requests.empty():
                return
            self.platform.pass_time(timedelta(seconds=20))
        raise AssertionError(f"no end in sight: {self.platform.job}")


def queued(work_dir: Path, **script: Any) -> Bench:
    """A published job of a premium user, and an annotator that has not taken it."""
    platform = Platform(Plan.PREMIUM)
    platform.submit()
    platform.look()
    return Bench(platform, work_dir, **script)
