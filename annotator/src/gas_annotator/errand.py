"""The life of a child process: confine itself, do its work, say in plain values how it went, and end."""

import errno
import json
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from gas_annotator import sandbox
from gas_annotator.cage import Cage, Kernel
from gas_annotator.engine import (
    Annotation,
    CommandFailedError,
    EngineError,
    InputRefusedError,
    LimitExceededError,
    Reference,
    ReferenceMismatchError,
    Task,
)
from gas_annotator.last_words import UNCONFINED, told
from gas_annotator.sandbox import ChildLimits

Work = Callable[[Task, Reference, Callable[[int], None]], Annotation]
"""What a child does; tests put crashes and worse in its place."""

SENTENCE_LENGTH = 500
"""Longest message of a child."""


@dataclass(frozen=True)
class Errand:
    """Everything a child is sent out with."""

    task: Task
    reference: Reference
    limits: ChildLimits
    work: Work
    cage: Cage
    kernel: Kernel


def live(errand: Errand, parent: int, pipe: int) -> NoReturn:
    """Run in a fresh child, and never return into the parent's code: its exit handlers are not the child's."""
    code = 1
    try:
        task = errand.task
        confinement = sandbox.Confinement(errand.limits, errand.cage, errand.kernel)
        files = (task.input_path,) if task.own_path is None else (task.input_path, task.own_path)
        (source, *own), here = sandbox.enter(parent, pipe, files, task.output_dir, confinement)
        own_path = own[0] if own else None
        errand = replace(errand, task=replace(task, input_path=source, output_dir=here, own_path=own_path))

        def say(**message: Any) -> None:
            os.write(pipe, json.dumps(message).encode() + b"\n")

        # Until the work says how far it is, it reads what the owner brought: a limit may end it there, and then who is gone says nothing.
        say(progress=0, reading_own=own_path is not None)
        say(progress=0, **_verdict(errand, lambda percent: say(progress=percent)))
        code = 0
    except BrokenPipeError:
        pass  # The parent listens no more: the exit code says enough.
    except OSError as error:
        # It could not be confined, and never begins. By now these may be its last words, or the nursery's.
        os.write(2, f"{UNCONFINED}: {error}\n".encode())
    finally:
        os._exit(code)


def _verdict(errand: Errand, report: Callable[[int], None]) -> dict[str, Any]:
    """Do the work; every way it can end becomes one outcome."""
    try:
        annotation = errand.work(errand.task, errand.reference, report)
    except ReferenceMismatchError as error:
        return _said("reference_mismatch", str(error))
    except InputRefusedError as error:
        return _said("input_refused", str(error))
    except LimitExceededError as error:
        return _said("limit_exceeded", str(error))
    except CommandFailedError as error:
        return _failed_command(error, errand.limits)
    except EngineError as error:
        # What is left of them speaks of the bundle and of the engine, and quotes nothing of the file.
        return _said("crashed", str(error))
    except MemoryError:
        return _said("limit_exceeded", errand.limits.memory_sentence)
    except OSError as error:
        return _failed_call(error, errand)
    except Exception as error:  # noqa: BLE001 - the verdict is the only way out of a child
        # Its text may quote the file, and is for the log.
        return _said("crashed", f"{type(error).__name__} at {_place(error)}")
    return {
        "outcome": "annotated",
        "variants": annotation.variants,
        "annotated": annotation.annotated_variants,
        "indexed": annotation.index is not None,
        "unannotated": annotation.unannotated,
    }


def _failed_call(error: OSError, errand: Errand) -> dict[str, Any]:
    """A failed call to the system: of a limit if it was one, else a crash."""
    limits = errand.limits
    if error.errno == errno.ENOMEM:
        return _said("limit_exceeded", limits.memory_sentence)
    if error.errno == errno.EFBIG or _file_is_full(errand):
        return _said("limit_exceeded", limits.file_sentence)
    words = f": {error.strerror}" if error.strerror else ""  # One of our own may quote the file.
    return _said("crashed", f"{type(error).__name__} at {_place(error)}{words}")


def _place(error: Exception) -> str:
    """Where in the code it was raised."""
    frames = list(traceback.walk_tb(error.__traceback__))
    frame, line = frames[-1]
    return f"{os.path.basename(frame.f_code.co_filename)}:{line}"  # noqa: PTH119 - of code, on no disk perhaps


def _failed_command(error: CommandFailedError, limits: ChildLimits) -> dict[str, Any]:
    """A command that failed: of a limit where the kernel ended it for one, else it is the installation's fault."""
    match error.signal:
        case signal.SIGXCPU:
            return _said("limit_exceeded", limits.cpu_sentence)
        case signal.SIGXFSZ:
            return _said("limit_exceeded", limits.file_sentence)
        case _:
            return _said("crashed", f"{error.what}{told(error.quoted)}")


def _file_is_full(errand: Errand) -> bool:
    """Whether a file has reached its limit: htslib says only that writing failed, not why."""
    paths = errand.task.output_dir.rglob("*")
    return any(path.lstat().st_size >= errand.limits.file_bytes for path in paths)


def _said(outcome: str, message: str) -> dict[str, Any]:
    return {"outcome": outcome, "message": message[:SENTENCE_LENGTH]}
