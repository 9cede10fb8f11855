"""The nursery: a process that never held a key, keeps the references loaded, and forks a child for each file.

It is started anew with an empty environment, so that nothing of the annotator's memory is in it, nor in any child. The
two talk over a pair of sockets, one short message at a time: what to annotate, how far it is, how it ended.
"""

import json
import math
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from gas.domain.errors import TransientError
from gas_annotator import sandbox
from gas_annotator.child import (
    BundleUnsound,
    Child,
    ChildEnd,
    Delivered,
    Died,
    InputRefused,
    LimitExceeded,
    ReferenceMismatch,
)
from gas_annotator.child_cage import cage_of
from gas_annotator.engine import EngineError, EngineLimits, Reference, Task, annotate, load_reference, planned
from gas_annotator.errand import Work
from gas_annotator.loaded import Loaded
from gas_annotator.sandbox import ChildLimits

_MESSAGE_BYTES = 64 * 1024
_READY, _KILL, _DONE = b"ready", b"kill", "annotated"
_START_SECONDS = 60.0
_END_SECONDS = 10.0
"""How long the nursery may take to say that it ended a child; also how much longer than its limits a child may seem to run."""

_SAID: Mapping[str, type[InputRefused | ReferenceMismatch | LimitExceeded | Died | BundleUnsound]] = {
    "input-refused": InputRefused,
    "reference-mismatch": ReferenceMismatch,
    "limit-exceeded": LimitExceeded,
    "crashed": Died,
    "bundle-unsound": BundleUnsound,
}


@dataclass(frozen=True)
class Assignment:
    """What the nursery is asked to do."""

    task: Task
    reference: str
    limits: ChildLimits
    bundle: Path | None = None
    """The folder of a bundle that was fetched; None for a reference that the nursery has loaded from the start."""

    def to_text(self) -> bytes:
        """As it travels."""
        return json.dumps(asdict(self), default=str).encode()

    @classmethod
    def from_text(cls, text: bytes) -> "Assignment":
        """As it was sent."""
        said = json.loads(text)
        task = said["task"]
        return cls(
            Task(
                Path(task["input_path"]),
                task["file_name"],
                Path(task["output_dir"]),
                EngineLimits(**task["limits"]),
                command_folders=tuple(map(Path, task["command_folders"])),
                own_path=None if task["own_path"] is None else Path(task["own_path"]),
                own_name=task["own_name"],
            ),
            said["reference"],
            ChildLimits(**said["limits"]),
            None if said["bundle"] is None else Path(said["bundle"]),
        )


class Ward:
    """A child of the nursery, as the annotator sees it."""

    def __init__(self, nursery: "Nursery", line: socket.socket, assignment: Assignment) -> None:
        self._nursery = nursery
        self._line = line
        self._task = assignment.task
        self._deadline = time.monotonic() + assignment.limits.wall_seconds + _END_SECONDS
        self._outcome: ChildEnd | None = None
        self.progress_percent = 0
        self.processor_seconds = 0.0

    def poll(self, timeout_seconds: float) -> ChildEnd | None:
        """Wait for progress or the end, at most so long; None while the child runs."""
        if self._outcome is None and _readable(self._line, timeout_seconds):
            self._hear()
        if self._outcome is None and time.monotonic() > self._deadline:
            self._give_up("the nursery does not answer")
        return self._outcome

    def kill(self) -> None:
        """End the child and all that it started, and wait until it is gone."""
        if self._outcome is not None:
            return
        with suppress(OSError):
            self._line.send(_KILL)
        deadline = time.monotonic() + _END_SECONDS
        while self._outcome is None and time.monotonic() < deadline:
            if _readable(self._line, deadline - time.monotonic()):
                self._hear()
        if self._outcome is None:
            self._give_up("the nursery does not answer")

    def _hear(self) -> None:
        """Take one message; the end of the line is the end of the nursery, and the kernel ends the child with it."""
        try:
            said = json.loads(self._line.recv(_MESSAGE_BYTES) or b"null")
        except (OSError, ValueError):
            said = None
        if said is None:
            self._give_up("the nursery ended")
        elif "progress" in said:
            self.progress_percent = said["progress"]
        elif "processor_seconds" in said:
            self.processor_seconds = said["processor_seconds"]
        elif said["outcome"] == _DONE:
            annotation = planned(self._task, said["variants"], said["annotated"], indexed=said["indexed"])
            annotation = replace(annotation, unannotated=tuple(map(tuple, said["unannotated"])))
            self.progress_percent = 100
            self._outcome = Delivered(annotation)
        else:
            self._outcome = _SAID[said["outcome"]](said["message"])

    def _give_up(self, why: str) -> None:
        self._nursery.close()
        self._outcome = Died(why)


class Nursery:
    """The nursery, as the annotator sees it: started when it is first needed, and again when it has died.

    `program` runs `serve` in a process of its own, with the number of its end of the line as last argument. Use it from the
    thread that lives as long as the program: the kernel ends the nursery with the thread that started it.
    """

    def __init__(self, references: Sequence[str], program: Sequence[str] = ()) -> None:
        self.references = tuple(references)
        # Isolated: neither the environment nor the folder it is started in says where its modules are.
        module = (sys.executable, "-I", "-m", "gas_annotator.nursery", ",".join(references))
        self._program = tuple(program) or module
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._ready = False

    @property
    def pid(self) -> int | None:
        """The number of its process, while there is one."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it, unless it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this very Python
                [*self._program, str(theirs.fileno())],
                env={},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd="/",
            )
        self._line = ours

    def await_ready(self) -> None:
        """Start it if it does not run, and wait until it can take a task.

        Raises:
            TransientError: it ended, or did not answer in time.
        """
        self.start()
        if self._ready:
            return
        assert self._line is not None
        said = self._line.recv(_MESSAGE_BYTES) if _readable(self._line, _START_SECONDS) else b""
        if said != _READY:
            self.close()
            raise TransientError("The nursery of the annotator did not start: what it printed says why.")
        self._ready = True

    def send_out(self, assignment: Assignment) -> Ward:
        """Let it fork a child for a task.

        Raises:
            TransientError: it does not run and did not start.
        """
        self.await_ready()
        assert self._line is not None
        with suppress(OSError):  # A nursery that has just died is found out by the ward.
            self._line.send(assignment.to_text())
        return Ward(self, self._line, assignment)

    def close(self) -> None:
        """End it, and its child with it; again is no change."""
        process, line = self._process, self._line
        self._process = self._line = None
        self._ready = False
        if process is not None:
            process.kill()
            process.wait()
        if line is not None:
            line.close()


def _readable(line: socket.socket, seconds: float) -> bool:
    return bool(select.select([line], [], [], max(0.0, seconds))[0])


def serve(line: socket.socket, references: Mapping[str, Reference], work: Work = annotate) -> None:
    """Do what comes over the line, one task after the other, until its other end is closed."""
    line.send(_READY)
    loaded = Loaded()
    while text := _next(line, loaded):
        if text == _KILL:
            continue  # It came when the child had just ended.
        assignment = Assignment.from_text(text)
        folder = assignment.bundle
        try:
            reference = references[assignment.reference] if folder is None else loaded.get(folder)
        except EngineError as error:
            line.send(_told(BundleUnsound(str(error))))
            continue
        cage = cage_of(reference, assignment.task.command_folders)
        running = Child.fork(assignment.task, reference, assignment.limits, work, cage=cage)
        before = _childrens_seconds()
        end = _watch(line, running)
        if folder is not None:
            loaded.done(folder)
        line.send(json.dumps({"processor_seconds": _childrens_seconds() - before}).encode())
        line.send(_told(end))
        _bury_orphans()
    loaded.close()


def _next(line: socket.socket, loaded: Loaded) -> bytes:
    """The next message; meanwhile bundles that nobody needs any more are let go."""
    while (seconds := loaded.let_go()) < math.inf:
        if _readable(line, seconds):
            break
    return line.recv(_MESSAGE_BYTES)


def _watch(line: socket.socket, running: Child) -> ChildEnd:
    """Pass on how far the child is until it has ended, or is to be ended."""
    told = 0
    while True:
        watched: list[Any] = [line, running]
        if line in select.select(watched, [], [], running.patience_seconds)[0]:
            running.kill()
        outcome = running.poll(0)
        if outcome is not None:
            return outcome
        if running.progress_percent > told:
            told = running.progress_percent
            line.send(json.dumps({"progress": told}).encode())


def _told(outcome: ChildEnd) -> bytes:
    if isinstance(outcome, Delivered):
        found = outcome.annotation
        counts = {"variants": found.variants, "annotated": found.annotated_variants}
        told = {"indexed": found.index is not None, "unannotated": found.unannotated}
        return json.dumps({"outcome": _DONE, **counts, **told}).encode()
    name = next(name for name, kind in _SAID.items() if isinstance(outcome, kind))
    return json.dumps({"outcome": name, "message": outcome.message}).encode()


def _childrens_seconds() -> float:
    """The processor time of all children that have ended, and of what they waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _bury_orphans() -> None:
    """Collect what a child started and left: as the kernel hands it to its nearest ancestor that asks for it."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def main() -> int:
    """Be the nursery of an annotator until it closes the line, or dies."""
    names, number = sys.argv[1:]
    # A terminal sends these to everybody; the annotator still has a job to end, and then closes the line.
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sandbox.become_nursery()
    with socket.socket(fileno=int(number)) as line, suppress(ConnectionError):
        serve(line, {name: load_reference(name) for name in names.split(",")})
    return 0


if __name__ == "__main__":
    sys.exit(main())
