"""Runs one annotation where it can do no harm, and can be stopped at any moment."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gas.domain.outputs import Output
from gas.domain.problems import Problem
from gas.domain.reasons import Reason


@dataclass(frozen=True)
class Annotated:
    """The run ended well: how many variants the file holds, how many of them got a consequence, and the files.

    `problems` says why the others got none.
    """

    variants: int
    annotated_variants: int
    files: dict[Output, Path]
    problems: tuple[Problem, ...] = ()
    own_sha256: str | None = None
    """The SHA-256 of the own file that was looked up, if there was one."""


@dataclass(frozen=True)
class Refused:
    """The file itself, or its size, is the reason: another try would end the same."""

    reason: Reason
    detail: str


@dataclass(frozen=True)
class Crashed:
    """The run died for a reason that is not the file's: another try may end well."""

    detail: str


Outcome = Annotated | Refused | Crashed


@dataclass(frozen=True)
class CpuAllowance:
    """The processor time that a run may take with all that it starts, and what the file's owner is told of one that takes more."""

    seconds: int
    exceeded: str


@dataclass(frozen=True)
class FetchedOwnFile:
    """The own file of a job, fetched: where it lies, beside the input, what its owner calls it, and its SHA-256 in hexadecimal."""

    path: Path
    file_name: str
    sha256: str


class Run(Protocol):
    """One annotation under way."""

    @property
    def progress_percent(self) -> int:
        """How much of the file is done."""
        ...

    @property
    def processor_seconds(self) -> float:
        """The processor time that it took with all that it started; 0 while that is not known."""
        ...

    def poll(self, timeout_seconds: float) -> Outcome | None:
        """The outcome, waited for at most so long; None while the run goes on.

        Raises:
            UnloadableBundleError: the bundle could not be loaded: that is no fault of the file.
        """
        ...

    def kill(self) -> None:
        """End the run and everything it started. Does nothing when it has ended."""
        ...


class Runner(Protocol):
    """Starts annotations."""

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
    ) -> Run:
        """Start annotating a file into an empty folder, by the bundle in a folder, or else by the built-in reference of that name.

        What the owner brought, in the folder of the input, is looked up as well. An allowance that is more than the runner's own limit, or none, leaves it at that limit.

        Raises:
            UsageError: the reference is unknown; the text names the known ones.
        """
        ...
