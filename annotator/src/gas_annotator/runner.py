"""The Runner port on children of the nursery: one file, one child, nothing shared."""

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import assert_never

from gas.domain.errors import UnloadableBundleError, UsageError
from gas.domain.outputs import Output
from gas.domain.problems import Problem
from gas.domain.reasons import Reason
from gas.ports.runner import Annotated, CpuAllowance, Crashed, FetchedOwnFile, Outcome, Refused
from gas_annotator import child, metrics
from gas_annotator.child import Child, ChildLimits
from gas_annotator.engine import Annotation, EngineLimits, Task
from gas_annotator.last_words import told
from gas_annotator.nursery import Assignment, Nursery, Ward
from gas_annotator.sandbox import CHILD_LOG

LAST_WORDS_BYTES = 4000
"""Of what a crashed child, or a library in it, printed: a traceback, for operations."""

_BY_SUFFIX = {output.suffix: output for output in Output}


class ChildRun:
    """One child under way: of ours, or of the nursery."""

    def __init__(self, process: Child | Ward, output_dir: Path, own: FetchedOwnFile | None = None) -> None:
        self._child = process
        self._output_dir = output_dir
        self._own_sha256 = None if own is None else own.sha256

    @property
    def progress_percent(self) -> int:
        """How much of the file is done."""
        return self._child.progress_percent

    @property
    def processor_seconds(self) -> float:
        """The processor time that it took, as the nursery says; 0 of a child of ours."""
        return self._child.processor_seconds if isinstance(self._child, Ward) else 0.0

    def poll(self, timeout_seconds: float) -> Outcome | None:
        """The outcome, waited for at most so long; None while the child runs.

        Raises:
            UnloadableBundleError: the bundle could not be loaded: that is no fault of the file.
        """
        outcome = self._child.poll(timeout_seconds)
        match outcome:
            case None:
                return None
            case child.Delivered(annotation):
                problems = tuple(Problem(*told) for told in annotation.unannotated)
                return Annotated(
                    annotation.variants,
                    annotation.annotated_variants,
                    _files(annotation),
                    problems,
                    self._own_sha256,
                )
            case child.InputRefused(message):
                return Refused(Reason.INPUT_REFUSED, message)
            case child.ReferenceMismatch(message):
                return Refused(Reason.REFERENCE_MISMATCH, message)
            case child.LimitExceeded(message):
                return Refused(Reason.LIMIT_EXCEEDED, message)
            case child.BundleUnsound(message):
                metrics.FETCHES.labels(metrics.FetchOutcome.UNLOADABLE.value).inc()
                raise UnloadableBundleError(
                    f"its bundle cannot be loaded on this node: {message}. Operations: `gas-reference check` says what is "
                    "stored; build the bundle anew and publish that."
                )
            case child.Died(message):
                return Crashed(message + _last_words(self._output_dir))
            case _:
                assert_never(outcome)

    def kill(self) -> None:
        """End the child and all its processes."""
        self._child.kill()


class ChildRunner:
    """Sends out a child for each file, from a nursery that has loaded the references once."""

    def __init__(
        self,
        nursery: Nursery,
        engine_limits: EngineLimits,
        child_limits: ChildLimits,
        command_folders: tuple[Path, ...] = (),
    ) -> None:
        """Commands of bundles may use these folders; without any none is run."""
        self._command_folders = command_folders
        self._nursery = nursery
        self._engine_limits = engine_limits
        self._child_limits = child_limits

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
    ) -> ChildRun:
        """Send out a child that annotates the file, under this runner's limits or an allowance that is less.

        It reads the bundle in a folder, or else the reference of that name that the nursery has.

        Raises:
            UsageError: the reference is unknown; the text names the known ones.
            TransientError: there is no nursery, and none could be started.
        """
        if bundle is None and reference not in self._nursery.references:
            known = ", ".join(sorted(self._nursery.references))
            raise UsageError(f"the reference {reference!r} is not known here. Choose one of: {known}.")
        task = Task(
            input_path.absolute(),
            file_name,
            output_dir.absolute(),
            self._engine_limits,
            command_folders=self._command_folders,
            own_path=None if own is None else own.path.absolute(),
            own_name="" if own is None else own.file_name,
        )
        assignment = Assignment(task, reference, self._limits_by(allowance), bundle)
        return ChildRun(self._nursery.send_out(assignment), output_dir, own)

    def _limits_by(self, allowance: CpuAllowance | None) -> ChildLimits:
        limits = self._child_limits
        if allowance is None or allowance.seconds >= limits.cpu_seconds:
            return limits
        return replace(limits, cpu_seconds=allowance.seconds, cpu_exceeded=allowance.exceeded)


def _last_words(output_dir: Path) -> str:
    """What is told of the end of what the child printed. It could have put anything at that place: only a file of its own is read."""
    try:
        printed = os.open(output_dir / CHILD_LOG, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        status = os.fstat(printed)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            return ""
        end = os.pread(printed, LAST_WORDS_BYTES, max(0, status.st_size - LAST_WORDS_BYTES))
    finally:
        os.close(printed)
    return told(end.decode(errors="replace"))


def _files(annotation: Annotation) -> dict[Output, Path]:
    """What is stored: all but an index in the long form, which no contig of a reference here needs."""
    return {
        _BY_SUFFIX[result.value]: path
        for result, path in annotation.files.items()
        if result.value in _BY_SUFFIX
    }
