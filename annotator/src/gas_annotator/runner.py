"""The Runner port on forked children: one file, one child, nothing shared."""

from pathlib import Path
from typing import assert_never

from gas.domain.errors import UsageError
from gas.domain.keys import Output
from gas.domain.reasons import Reason
from gas.ports.runner import Annotated, Crashed, Outcome, Refused
from gas_annotator import child
from gas_annotator.child import Child, ChildLimits
from gas_annotator.engine import Annotation, EngineLimits, Reference, Task


class ChildRun:
    """One forked child under way."""

    def __init__(self, process: Child) -> None:
        self._child = process

    @property
    def progress_percent(self) -> int:
        """How much of the file is done."""
        return self._child.progress_percent

    def poll(self, timeout_seconds: float) -> Outcome | None:
        """The outcome, waited for at most so long; None while the child runs."""
        outcome = self._child.poll(timeout_seconds)
        match outcome:
            case None:
                return None
            case child.Annotated(annotation):
                return Annotated(annotation.variants, _files(annotation))
            case child.InputRefused(message):
                return Refused(Reason.INPUT_REFUSED, message)
            case child.LimitExceeded(message):
                return Refused(Reason.LIMIT_EXCEEDED, message)
            case child.Crashed(message):
                return Crashed(message)
            case _:
                assert_never(outcome)

    def kill(self) -> None:
        """End the child and all its processes."""
        self._child.kill()


class ChildRunner:
    """Forks a child for each file; the references are loaded once, in the warm parent."""

    def __init__(
        self, references: dict[str, Reference], engine_limits: EngineLimits, child_limits: ChildLimits
    ) -> None:
        self._references = references
        self._engine_limits = engine_limits
        self._child_limits = child_limits

    def start(self, input_path: Path, file_name: str, reference: str, output_dir: Path) -> ChildRun:
        """Fork a child that annotates the file.

        Raises:
            UsageError: the reference is unknown; the text names the known ones.
        """
        loaded = self._references.get(reference)
        if loaded is None:
            known = ", ".join(sorted(self._references))
            raise UsageError(f"the reference {reference!r} is not known here. Choose one of: {known}.")
        task = Task(input_path, file_name, output_dir, self._engine_limits)
        return ChildRun(Child.fork(task, loaded, self._child_limits))


def _files(annotation: Annotation) -> dict[Output, Path]:
    files = {
        Output.RESULT: annotation.result,
        Output.LOG: annotation.log,
        Output.PREVIEW: annotation.preview,
        Output.STATISTICS: annotation.statistics,
        Output.PROVENANCE: annotation.provenance,
    }
    if annotation.index is not None:
        files[Output.INDEX] = annotation.index
    return files
