"""Where the records live. Every write is one conditional update of one item."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gas.domain.job import Job
from gas.domain.plan import Plan, User
from gas.domain.record import Intents, ReferenceWait, UnreadRecord
from gas.domain.session import Identity


@dataclass(frozen=True)
class JobPage:
    """One page of a user's jobs, newest first; `cursor` asks for the next one, None after the last.

    `unread` are those of its jobs whose records cannot be read, which the log names. Whoever says that there are no more,
    or deletes what no job names, has to reckon with them.
    """

    jobs: tuple[Job, ...]
    cursor: str | None
    unread: tuple[UnreadRecord, ...] = ()

    @property
    def job_ids(self) -> list[str]:
        """Which jobs are on it, those included whose records cannot be read."""
        return [*(job.job_id for job in self.jobs), *(record.job_id for record in self.unread)]


class JobStore(Protocol):
    """The job records: the truth.

    All methods raise `TransientError` when the store did not answer and `FatalError` when the table is missing or
    access is refused. Times are kept to the microsecond.
    """

    def create(self, job: Job) -> bool:
        """Keep a new job; False, and nothing written, when the id is taken."""
        ...

    def get(self, job_id: str) -> Job | None:
        """The job as it is now (a consistent read), or None.

        Raises:
            FatalError: its record cannot be read.
        """
        ...

    def get_many(self, job_ids: Collection[str]) -> dict[str, Job | UnreadRecord]:
        """Those of the jobs that there are, as they are now, by id: as `get`, and in one call for each hundred.

        One record that cannot be read costs the others nothing: the log names it.
        """
        ...

    def commit(self, before: Job, after: Job) -> Job:
        """Write what differs between the two, on condition that state and version are still `before`'s.

        For a Running job the lease must still be `before`'s as well, so that a heartbeat and a lost lease cannot
        both win. Returns the job as written, with the next version. Writes nothing when nothing differs.

        Raises:
            ConflictError: the record has changed; nothing was written.
        """
        ...

    def finish(self, before: Job, after: Job) -> Job:
        """Write what differs, on condition that the job is Running under `before`'s fence, whatever its version.

        Raises:
            ConflictError: the job is not Running any more, or under a newer fence; nothing was written.
        """
        ...

    def heartbeat(self, job_id: str, fence: int, lease_expires: datetime, progress_percent: int) -> None:
        """Extend the lease and note the progress, on (Running, fence), leaving the version alone.

        Raises:
            ConflictError: the job was cancelled, suspended, failed or taken over: stop working on it.
        """
        ...

    def await_reference(self, job_id: str, wait: ReferenceWait) -> None:
        """Note what a Queued job waits for, leaving the version and the due time alone: no claim collides with it.

        Raises:
            ConflictError: the job is not Queued any more.
        """
        ...

    def add_intents(self, job_id: str, intents: Intents, now: datetime) -> None:
        """Note those intents that are not None, and make the job due.

        Raises:
            NotFoundError: there is no such job.
        """
        ...

    def make_due(self, job_id: str, now: datetime) -> None:
        """Make the job due now, leaving the version alone; nothing happens when there is no such job."""
        ...

    def due_before(self, now: datetime, limit: int) -> list[str]:
        """Ids of at most `limit` jobs that are due, the longest due first within each shard."""
        ...

    def job_with_archive_id(self, archive_id: str) -> str | None:
        """The id of the job the copy of whose result the archive calls so, or None; true of what was written a while ago."""
        ...

    def jobs_of_user(self, user_id: str, cursor: str | None = None, limit: int = 100) -> JobPage:
        """One page of the user's jobs, newest first.

        Raises:
            UsageError: the cursor is none of this user's.
        """
        ...

    def cursor_after(self, job: Job) -> str:
        """The cursor of a page that ends with this job, be there one or not. No call is made."""
        ...


class UserStore(Protocol):
    """The users and their plans; errors as in `JobStore`."""

    def create(self, user: User) -> bool:
        """Keep a new user; False, and nothing written, when the id is taken."""
        ...

    def get(self, user_id: str) -> User | None:
        """The user as they are now (a consistent read), or None."""
        ...

    def change_plan(self, user_id: str, plan: Plan, now: datetime) -> User:
        """Put the user on a plan in one conditional write: plan, the next plan_version, due now, cursor cleared.

        Nothing is written when they are on it already.

        Raises:
            NotFoundError: there is no such user.
            ConflictError: another plan change came in between.
        """
        ...

    def commit(self, before: User, after: User) -> User:
        """Write what differs, on condition that nothing of the user but the profile has changed since `before`.

        Raises:
            ConflictError: the user has changed; nothing was written.
        """
        ...

    def due_before(self, now: datetime, limit: int) -> list[str]:
        """Ids of at most `limit` users for whom something is to be done: jobs to be told of a plan change, or a letter."""
        ...

    def user_id_of(self, identity: Identity) -> str | None:
        """The user that an identity belongs to (a consistent read), or None."""
        ...

    def claim_identity(self, identity: Identity, user_id: str) -> str:
        """Give an identity to a user unless it belongs to one; returns whom it belongs to now, for good."""
        ...

    def forget(self, user_id: str) -> None:
        """Remove the user's identities, and then the user; again is no error. Who signs in anew is somebody new."""
        ...

    def sign_out_everywhere(self, user_id: str, now: datetime) -> None:
        """Note that no session opened up to now holds any more.

        Raises:
            NotFoundError: there is no such user.
        """
        ...
