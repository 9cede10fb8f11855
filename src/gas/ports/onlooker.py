"""Whoever looks on while a message or a job is worked on: to measure, to trace, to log. Looking on changes nothing."""

from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from typing import Protocol

from gas.domain.decision import Decision, Effect
from gas.domain.errors import GasError, NotTakenError
from gas.domain.job import Job
from gas.domain.line import Line
from gas.domain.spec import RetrievalTier


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


class RunOnlooker(Protocol):
    """Is told what happens while an annotator works on a message. It never fails, and takes no time worth noting."""

    def claimed(self, job: Job) -> None:
        """The job is ours."""
        ...

    def stage(self, stage: Stage) -> AbstractContextManager[None]:
        """A stage lasts as long as the block."""
        ...

    def downloaded(self, size_bytes: int) -> None:
        """The input is here."""
        ...

    def own_file_downloaded(self, size_bytes: int) -> None:
        """So is the file that its owner brought beside it."""
        ...

    def annotated(self, records: int) -> None:
        """The run ended well."""
        ...

    def ran(self, processor_seconds: float) -> None:
        """The run ended, however, and took that much processor time; 0 where that is not known."""
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


class MailEnding(Enum):
    """What came of an e-mail."""

    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"
    NO_ADDRESS = "no-address"
    TOLD_BEFORE = "told-before"
    TOO_MANY = "too-many"


class UploadEnding(Enum):
    """What became of an upload that was not submitted in time."""

    REMOVED = "removed"
    NEVER_CAME = "never-came"
    CAME_LATE = "came-late"
    SUBMITTED = "submitted"
    REFUSED = "refused"


class PassOnlooker(Protocol):
    """Is told what happens in passes over jobs, by any number of threads. It never fails, and takes no time worth noting."""

    def found(self, job: Job) -> None:
        """This is the record, as a round of the pass begins."""
        ...

    def taken_up(self, job: Job) -> None:
        """Its resource means nothing new: the job is about to be taken further."""
        ...

    def stepped(self, before: Job, after: Job, decision: Decision, line: Line) -> None:
        """A step was committed. `line` is the job's, where it stands in one."""
        ...

    def overtaken(self) -> None:
        """Somebody else wrote the record meanwhile: the pass begins anew."""
        ...

    def without_resource(self, job: Job, error: NotTakenError) -> None:
        """The cluster took no resource of the job, which goes on without it."""
        ...

    def effect_failed(self, effect: Effect, job: Job, error: GasError) -> None:
        """An effect failed in a way that decides what comes next."""
        ...

    def retrieval_asked(self, tier: RetrievalTier, error: GasError | None) -> None:
        """The archive accepted a retrieval, or did not."""
        ...


class UserOnlooker(Protocol):
    """Is told what is done for users beside their jobs: mails, uploads that go, accounts that go. It never fails."""

    def mail_begun(self, job: Job) -> None:
        """A mail about the job is to be sent."""
        ...

    def mail_ended(
        self, ending: MailEnding, *, user_id: str, job_id: str | None = None, error: GasError | None = None
    ) -> None:
        """A mail ended; `job_id` is the job that it is about, and `error` what nobody else is told of."""
        ...

    def claim_kept(self, error: GasError) -> None:
        """The claim of a mail that was not sent could not be given back."""
        ...

    def upload_ended(
        self,
        ending: UploadEnding,
        *,
        user_id: str,
        job_id: str,
        size_bytes: int | None = None,
        error: GasError | None = None,
    ) -> None:
        """An upload was seen to; `size_bytes` is how large a file was removed."""
        ...

    def account_forgotten(self, user_id: str) -> None:
        """Nothing is kept of the user any more."""
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

    def own_file_downloaded(self, size_bytes: int) -> None:
        """Do nothing."""

    def annotated(self, records: int) -> None:
        """Do nothing."""

    def ran(self, processor_seconds: float) -> None:
        """Do nothing."""

    def beat(self, beat: Beat) -> None:
        """Do nothing."""

    def handed_back(self) -> None:
        """Do nothing."""

    def crashed(self, detail: str) -> None:
        """Do nothing."""

    def found(self, job: Job) -> None:
        """Do nothing."""

    def taken_up(self, job: Job) -> None:
        """Do nothing."""

    def stepped(self, before: Job, after: Job, decision: Decision, line: Line) -> None:
        """Do nothing."""

    def overtaken(self) -> None:
        """Do nothing."""

    def without_resource(self, job: Job, error: NotTakenError) -> None:
        """Do nothing."""

    def effect_failed(self, effect: Effect, job: Job, error: GasError) -> None:
        """Do nothing."""

    def retrieval_asked(self, tier: RetrievalTier, error: GasError | None) -> None:
        """Do nothing."""

    def mail_begun(self, job: Job) -> None:
        """Do nothing."""

    def mail_ended(
        self, ending: MailEnding, *, user_id: str, job_id: str | None = None, error: GasError | None = None
    ) -> None:
        """Do nothing."""

    def claim_kept(self, error: GasError) -> None:
        """Do nothing."""

    def upload_ended(
        self,
        ending: UploadEnding,
        *,
        user_id: str,
        job_id: str,
        size_bytes: int | None = None,
        error: GasError | None = None,
    ) -> None:
        """Do nothing."""

    def account_forgotten(self, user_id: str) -> None:
        """Do nothing."""
