"""Whoever looks on while a message is worked on: to measure, to trace, to log. Looking on changes nothing."""

from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from typing import Protocol

from gas.domain.job import Job


class Stage(Enum):
    """The parts of an annotator's work on a message, in their order."""

    CLAIM = "claim"
    DOWNLOAD = "download"
    ANNOTATE = "annotate"
    STORE = "store"
    FINISH = "finish"


class Beat(Enum):
    """What came of a heartbeat, which keeps the lease and hides the message."""

    EXTENDED = "extended"
    FAILED = "failed"
    LOST = "lost"


class Onlooker(Protocol):
    """Is told what happens. It never fails, and takes no time worth noting."""

    def claimed(self, job: Job) -> None:
        """The job is ours."""
        ...

    def stage(self, stage: Stage) -> AbstractContextManager[None]:
        """A stage lasts as long as the block."""
        ...

    def downloaded(self, size_bytes: int) -> None:
        """The input is here."""
        ...

    def annotated(self, records: int) -> None:
        """The run ended well."""
        ...

    def beat(self, beat: Beat) -> None:
        """A heartbeat was sent."""
        ...

    def handed_back(self) -> None:
        """The job is back in the queue, at no cost."""
        ...

    def crashed(self, detail: str) -> None:
        """The run died."""
        ...


class Nobody:
    """Nobody looks on."""

    def claimed(self, job: Job) -> None:
        """Do nothing."""

    def stage(self, stage: Stage) -> AbstractContextManager[None]:  # noqa: ARG002 - nobody asks which
        """Do nothing."""
        return nullcontext()

    def downloaded(self, size_bytes: int) -> None:
        """Do nothing."""

    def annotated(self, records: int) -> None:
        """Do nothing."""

    def beat(self, beat: Beat) -> None:
        """Do nothing."""

    def handed_back(self) -> None:
        """Do nothing."""

    def crashed(self, detail: str) -> None:
        """Do nothing."""
