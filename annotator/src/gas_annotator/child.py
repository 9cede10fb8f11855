"""A child process per file: forked from the nursery, confined, watched, and killed when its time is over.

The parent believes nothing that a child says but numbers and short sentences: where the results lie it knows itself,
and it looks at them before it hands them on. Fork from the thread that lives as long as the child: the kernel kills
the child when the thread that forked it ends.
"""

import json
import os
import select
import signal
import stat
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from gas.domain.own_file import OWN_FILE_WORDS, is_about_own_file
from gas.domain.problems import MOST_PROBLEMS
from gas_annotator.cage import Cage, Kernel, own, this_kernel
from gas_annotator.engine import Annotation, Reference, Task, annotate, planned
from gas_annotator.errand import SENTENCE_LENGTH, Errand, Work, live
from gas_annotator.family import use_of
from gas_annotator.sandbox import ChildLimits

__all__ = [
    "BundleUnsound",
    "Child",
    "ChildEnd",
    "ChildLimits",
    "Delivered",
    "Died",
    "InputRefused",
    "LimitExceeded",
    "ReferenceMismatch",
]

_MESSAGE_BYTES = 64 * 1024
"""All that a child may write to its parent: a hundred percents and one sentence."""

_DONE_PERCENT = 100
_KIND_LENGTH = 40

_WATCH_SECONDS = 0.25
"""How often a family is looked at. Between two looks the pod's own limits hold."""


@dataclass(frozen=True)
class Delivered:
    """The file is annotated."""

    annotation: Annotation


@dataclass(frozen=True)
class InputRefused:
    """The file cannot be annotated; the message says to its owner why."""

    message: str


@dataclass(frozen=True)
class LimitExceeded:
    """The file needs more than it may use; the message says to its owner of what."""

    message: str


@dataclass(frozen=True)
class Died:
    """The child failed without a verdict on the file; the message is for operations."""

    message: str


@dataclass(frozen=True)
class ReferenceMismatch:
    """No record of the file lies on the reference; the message says to its owner what would fit."""

    message: str


@dataclass(frozen=True)
class BundleUnsound:
    """No child was sent out: the bundle could not be loaded; the message is for operations."""

    message: str


ChildEnd = Delivered | InputRefused | ReferenceMismatch | LimitExceeded | Died | BundleUnsound


class Child:
    """One running annotation, as its parent sees it."""

    def __init__(self, pid: int, pipe: int, task: Task, limits: ChildLimits, cage: Cage) -> None:
        self.pid = pid
        self._pipe = pipe
        self._task = task
        self._limits = limits
        self._cage = cage
        self._deadline = time.monotonic() + limits.wall_seconds
        self._next_look = 0.0
        self._received = b""
        self._total = 0
        self._progress = 0
        self._verdict: dict[str, Any] | None = None
        self._garbled = False
        self._reading_own = False
        self._outcome: ChildEnd | None = None
        self._reaped = False

    @classmethod
    def fork(
        cls,
        task: Task,
        reference: Reference,
        limits: ChildLimits,
        work: Work = annotate,
        *,
        cage: Cage | None = None,
        kernel: Kernel | None = None,
    ) -> "Child":
        """Start a child on a task. The output folder must exist. Without a cage it gets that of our engine."""
        parent = os.getpid()
        cage = cage or own((reference.folder,))
        reading, writing = os.pipe2(os.O_CLOEXEC)
        pid = os.fork()
        if pid == 0:
            live(Errand(task, reference, limits, work, cage, kernel or this_kernel()), parent, writing)
        os.close(writing)
        os.set_blocking(reading, False)
        return cls(pid, reading, task, limits, cage)

    def fileno(self) -> int:
        """The descriptor that can be read when there is something to `poll` for; -1 when there never will be."""
        return -1 if self._reaped else self._pipe

    @property
    def patience_seconds(self) -> float:
        """After how long at the latest it wants to be polled, progress or not."""
        left = max(0.0, self._deadline - time.monotonic())
        return min(left, _WATCH_SECONDS) if self._cage.watched else left

    @property
    def progress_percent(self) -> int:
        """How far the child said it is."""
        return self._progress

    def poll(self, timeout_seconds: float) -> ChildEnd | None:
        """Wait for progress or the end, at most so long; None while the child runs. Enforces the wall clock limit."""
        if self._outcome is not None:
            return self._outcome
        poller = select.poll()
        poller.register(self._pipe, select.POLLIN)
        ready = poller.poll(max(0.0, min(timeout_seconds, self.patience_seconds)) * 1000)
        ended = bool(ready) and self._receive()
        if ended or self._garbled:
            self._outcome = self._conclude(killed=self._garbled)
        elif time.monotonic() >= self._deadline:
            self.kill()
            self._outcome = self._beyond(
                f"annotating the file took longer than {self._limits.wall_seconds:g} seconds; split it and submit the parts"
            )
        elif (excess := self._excess()) is not None:
            self.kill()
            self._outcome = excess
        return self._outcome

    def _excess(self) -> ChildEnd | None:
        """What the family has outgrown, if it is watched and it is time to look."""
        now = time.monotonic()
        if not self._cage.watched or now < self._next_look:
            return None
        self._next_look = now + _WATCH_SECONDS
        use = use_of(self.pid)
        if use.tasks > self._cage.tasks + 1:
            return Died(f"the child had {use.tasks} tasks, and {self._cage.tasks + 1} are allowed")
        if use.memory_bytes > self._limits.memory_bytes:
            return self._beyond(self._limits.memory_sentence)
        if use.cpu_seconds > self._limits.cpu_seconds:
            return self._beyond(self._limits.cpu_sentence)
        return None

    def _beyond(self, sentence: str) -> LimitExceeded:
        """That a limit was broken, with which of the two files was read."""
        if not self._reading_own or is_about_own_file(sentence):
            return LimitExceeded(sentence)
        return LimitExceeded(f"{OWN_FILE_WORDS} was being read when {sentence}")

    def kill(self) -> None:
        """End the child and everything it started, and wait until it is gone."""
        if self._reaped:
            return
        self._signal_group()
        self._reap()
        if self._outcome is None:
            self._outcome = Died("killed on request")

    def _signal_group(self) -> None:
        """SIGKILL the group; before the child has made its own group, the child alone."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _reap(self) -> int:
        """Collect the exit status, and let go of the pipe."""
        _, status = os.waitpid(self.pid, 0)
        self._reaped = True
        os.close(self._pipe)
        return status

    def _receive(self) -> bool:
        """Read what the child wrote; True at its end."""
        with suppress(BlockingIOError):
            while piece := os.read(self._pipe, 4096):
                self._total += len(piece)
                self._received += piece
                *lines, self._received = self._received.split(b"\n")
                for line in lines:
                    self._understand(line)
                if self._total > _MESSAGE_BYTES or self._garbled:
                    self._garbled = True
                    return True
            return True
        return False

    def _understand(self, line: bytes) -> None:
        """Take one message: a percent and whether the own file is read, or the verdict. Anything else makes the child untrustworthy."""
        try:
            message = json.loads(line)
            if isinstance(message["progress"], int):
                self._progress = max(self._progress, min(_DONE_PERCENT, message["progress"]))
            if "outcome" in message:
                self._verdict = message
            else:
                self._reading_own = message.get("reading_own") is True
        except (ValueError, KeyError, TypeError, RecursionError):
            self._garbled = True

    def _conclude(self, *, killed: bool) -> ChildEnd:
        """The outcome of a child whose pipe has ended: what it said if it ended well, else how it died."""
        if not killed:
            self._wait_for_exit()
        self._signal_group()  # Until it is reaped the number is the child's: later it may be a stranger's.
        status = self._reap()
        code = os.waitstatus_to_exitcode(status)
        if killed:
            return Died("the child wrote something that is no message")
        if code == 0 and self._verdict is not None:
            return self._believe(self._verdict)
        return self._died(code)

    def _wait_for_exit(self) -> None:
        """Give the child a second to exit after it closed its pipe, and do not collect its status yet."""
        deadline = time.monotonic() + 1.0
        while time.monotonic() < deadline:
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                return
            time.sleep(0.001)

    def _died(self, code: int) -> ChildEnd:
        """The outcome of a child that ended without a verdict."""
        if code == -signal.SIGXCPU:
            return self._beyond(self._limits.cpu_sentence)
        if code < 0:
            return Died(f"the child was ended by {signal.Signals(-code).name}")
        return Died(f"the child ended with exit code {code} and no verdict")

    def _believe(self, verdict: dict[str, Any]) -> ChildEnd:
        """Turn a verdict into an outcome, after looking at the files that it stands for."""
        sentence = str(verdict.get("message", ""))[:SENTENCE_LENGTH]
        match verdict["outcome"]:
            case "annotated":
                return self._annotated(verdict)
            case "input_refused":
                return InputRefused(sentence)
            case "reference_mismatch":
                return ReferenceMismatch(sentence)
            case "limit_exceeded":
                return self._beyond(sentence)
            case _:
                return Died(sentence)

    def _annotated(self, verdict: dict[str, Any]) -> ChildEnd:
        """The annotation, if every file of it is there as a regular file: a link could lead anywhere."""
        variants, annotated = verdict.get("variants"), verdict.get("annotated")
        indexed = verdict.get("indexed")
        if not isinstance(variants, int) or not isinstance(annotated, int) or not isinstance(indexed, bool):
            return Died("the child wrote something that is no message")
        if not 0 <= annotated <= variants:
            return Died("the child counted more annotated variants than variants")
        found = planned(self._task, variants, annotated, indexed=indexed)
        for path in found.files.values():
            try:
                status = path.lstat()
            except OSError:
                return Died(f"the child said it was done, but {path.name} is missing")
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                return Died(f"the child said it was done, but {path.name} is not a file of its own")
        self._progress = _DONE_PERCENT
        return Delivered(
            replace(found, unannotated=_counts(verdict.get("unannotated"), variants - annotated))
        )


def _counts(told: Any, most: int) -> tuple[tuple[str, int, int], ...]:
    """Those counts of unannotated records that can be: what is wrong with a sentence's figures spoils no result."""
    found = []
    for one in told[:MOST_PROBLEMS] if isinstance(told, list) else ():
        match one:
            case [str(kind), int(records), int(line)] if (
                len(kind) <= _KIND_LENGTH and 0 < records <= most and line > 0
            ):
                found.append((kind, records, line))
            case _:
                continue
    return tuple(found)
