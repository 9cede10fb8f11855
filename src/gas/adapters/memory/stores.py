"""The job records and the users in memory. They are kept as wire attributes: what cannot be stored cannot be faked."""

from collections.abc import Callable, Collection
from datetime import datetime

from gas.adapters.memory.table import InMemoryTable, same
from gas.adapters.wire import (
    WATCHED_OF_USER,
    Difference,
    difference,
    due_attributes,
    intents_to_item,
    job_difference,
    job_from_item,
    job_to_item,
    reference_wait_to_item,
    user_from_item,
    user_to_item,
    watched_of_job,
)
from gas.adapters.wire_many import job_or_unread, page_of_jobs
from gas.adapters.wire_messages import parse_cursor, write_cursor
from gas.adapters.wire_outputs import ARCHIVE_ID
from gas.adapters.wire_sessions import BELONGS_TO, identity_key, identity_to_item
from gas.adapters.wire_values import TIME, Item, to_epoch
from gas.domain.errors import ConflictError, NotFoundError
from gas.domain.job import Job, JobStatus
from gas.domain.plan import Plan, User
from gas.domain.record import Intents, ReferenceWait, UnreadRecord
from gas.domain.session import Identity
from gas.ports.stores import JobPage

_ALWAYS = same({}, ())


class InMemoryJobStore:
    """Implements `JobStore`."""

    def __init__(self, due_shards: int = 1) -> None:
        self._table = InMemoryTable("job_id")
        self._shards = due_shards

    def create(self, job: Job) -> bool:
        """Keep a new job; False, and nothing written, when the id is taken."""
        return self._table.create(job_to_item(job, self._shards))

    def get(self, job_id: str) -> Job | None:
        """The job as it is now, or None."""
        item = self._table.get(job_id)
        return None if item is None else job_from_item(item)

    def get_many(self, job_ids: Collection[str]) -> dict[str, Job | UnreadRecord]:
        """Those of the jobs that there are, by id."""
        items = {job_id: self._table.get(job_id) for job_id in job_ids}
        return {job_id: job_or_unread(item) for job_id, item in items.items() if item is not None}

    def commit(self, before: Job, after: Job) -> Job:
        """Write what differs, on condition of state, version, lease (when Running) and due time (when written)."""
        old, changed = self._compare(before, after)
        if changed.empty:
            return before
        unchanged = same(old, watched_of_job(before, changed))
        return job_from_item(self._table.update(before.job_id, unchanged, changed, count="version"))

    def finish(self, before: Job, after: Job) -> Job:
        """Write what differs, on condition that the job is Running under `before`'s fence, whatever its version."""
        _, changed = self._compare(before, after)
        if changed.empty:
            return before
        running = _running_under(before.fence)
        return job_from_item(self._table.update(before.job_id, running, changed, count="version"))

    def heartbeat(self, job_id: str, fence: int, lease_expires: datetime, progress_percent: int) -> None:
        """Extend the lease and note the progress, on (Running, fence), leaving the version alone."""
        beat = {"lease_expires_at": to_epoch(lease_expires), "progress_percent": progress_percent}
        self._table.update(job_id, _running_under(fence), Difference(beat, ()))

    def await_reference(self, job_id: str, wait: ReferenceWait) -> None:
        """Note what a Queued job waits for, leaving version and due time alone."""
        queued = same({"job_status": JobStatus.QUEUED.value}, ("job_status",))
        self._table.update(job_id, queued, Difference(reference_wait_to_item(wait), ()))

    def add_intents(self, job_id: str, intents: Intents, now: datetime) -> None:
        """Note those intents that are not None, and make the job due."""
        wanted = intents_to_item(intents) | due_attributes(job_id, now, self._shards)
        try:
            self._table.update(job_id, _ALWAYS, Difference(wanted, ()), count="version")
        except ConflictError as error:
            raise NotFoundError(f"There is no job {job_id}.") from error

    def make_due(self, job_id: str, now: datetime) -> None:
        """Make the job due now, leaving the version alone; nothing happens when there is no such job."""
        due = due_attributes(job_id, now, self._shards)
        try:
            self._table.update(job_id, _ALWAYS, Difference(due, ()))
        except ConflictError:
            return

    def due_before(self, now: datetime, limit: int) -> list[str]:
        """Ids of at most `limit` jobs that are due, the longest due first."""
        return self._table.due_before(now, limit)

    def job_with_archive_id(self, archive_id: str) -> str | None:
        """The id of the job the copy of whose result the archive calls so, or None."""
        found = (item["job_id"] for item in self._table.all_items() if item.get(ARCHIVE_ID) == archive_id)
        return next(found, None)

    def jobs_of_user(self, user_id: str, cursor: str | None = None, limit: int = 100) -> JobPage:
        """One page of the user's jobs, newest first."""
        items = [item for item in self._table.all_items() if item.get("user_id") == user_id]
        if cursor is not None:
            mark = parse_cursor(user_id, cursor)
            items = [item for item in items if _place(item) < mark]
        items.sort(key=_place, reverse=True)
        return page_of_jobs(items, limit)

    def cursor_after(self, job: Job) -> str:
        """The cursor of a page that ends with this job."""
        return write_cursor(job)

    def _compare(self, before: Job, after: Job) -> tuple[Item, Difference]:
        old, new = job_to_item(before, self._shards), job_to_item(after, self._shards)
        return old, job_difference(old, new | {"version": old["version"]})


class InMemoryUserStore:
    """Implements `UserStore`."""

    def __init__(self, due_shards: int = 1) -> None:
        self._table = InMemoryTable("user_id")
        self._identities = InMemoryTable("user_id")
        self._shards = due_shards

    def create(self, user: User) -> bool:
        """Keep a new user; False, and nothing written, when the id is taken."""
        return self._table.create(user_to_item(user, self._shards))

    def get(self, user_id: str) -> User | None:
        """The user as they are now, or None."""
        item = self._table.get(user_id)
        return None if item is None else user_from_item(item)

    def change_plan(self, user_id: str, plan: Plan, now: datetime) -> User:
        """Put the user on a plan in one conditional write; nothing is written when they are on it already."""
        before = self.get(user_id)
        if before is None:
            raise NotFoundError(f"There is no user {user_id}.")
        if before.standing.plan == plan:
            return before
        return self._write(before, before.with_plan(plan, now), ("plan_version",))

    def commit(self, before: User, after: User) -> User:
        """Write what differs, on condition that nothing of the user but the profile has changed since `before`."""
        return self._write(before, after, WATCHED_OF_USER)

    def due_before(self, now: datetime, limit: int) -> list[str]:
        """Ids of at most `limit` users for whom something is to be done."""
        return self._table.due_before(now, limit)

    def user_id_of(self, identity: Identity) -> str | None:
        """The user that an identity belongs to, or None."""
        item = self._identities.get(identity_key(identity))
        return None if item is None else str(item[BELONGS_TO])

    def claim_identity(self, identity: Identity, user_id: str) -> str:
        """Give an identity to a user unless it belongs to one; returns whom it belongs to now, for good."""
        self._identities.create(identity_to_item(identity, user_id))
        return self.user_id_of(identity) or user_id

    def forget(self, user_id: str) -> None:
        """Remove the user's identities, and then the user."""
        for item in self._identities.all_items():
            if item[BELONGS_TO] == user_id:
                self._identities.delete(item["user_id"], _ALWAYS)
        self._table.delete(user_id, _ALWAYS)

    def sign_out_everywhere(self, user_id: str, now: datetime) -> None:
        """Note that no session opened up to now holds any more."""
        self._set(user_id, {"signed_out_everywhere": TIME.write(now)})

    def _set(self, user_id: str, attributes: Item) -> User:
        try:
            return user_from_item(self._table.update(user_id, _ALWAYS, Difference(attributes, ())))
        except ConflictError as error:
            raise NotFoundError(f"There is no user {user_id}.") from error

    def _write(self, before: User, after: User, watched: tuple[str, ...]) -> User:
        old, new = user_to_item(before, self._shards), user_to_item(after, self._shards)
        changed = difference(old, new)
        if changed.empty:
            return before
        return user_from_item(self._table.update(before.user_id, same(old, watched), changed))


def _running_under(fence: int) -> Callable[[Item], bool]:
    return same({"job_status": JobStatus.RUNNING.value, "fence": fence}, ("job_status", "fence"))


def _place(item: Item) -> tuple[object, str]:
    return item["submit_time"], item["job_id"]
