"""The job records in DynamoDB. Every write is one conditional UpdateItem of what differs.

    claimed            heartbeat           heartbeat                     lease over
       |---- lease -------|---- lease --------|---- lease ------------------|
    fence 3            expires moves on    expires moves on     controllers commit the lost lease,
                                                                on condition of the very lease they read

So a heartbeat that comes just before that commit wins, and one that comes after it finds another state.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from gas.adapters.aws.attributes import Condition, Update, from_typed, to_typed, unchanged
from gas.adapters.aws.due_index import DueIndex
from gas.adapters.aws.errors import aws_errors
from gas.adapters.wire import (
    Difference,
    due_attributes,
    intents_to_item,
    job_difference,
    job_from_item,
    job_to_item,
    reference_wait_to_item,
    watched_of_job,
)
from gas.adapters.wire_many import job_or_unread, page_of_jobs
from gas.adapters.wire_messages import parse_cursor, write_cursor
from gas.adapters.wire_outputs import ARCHIVE_ID
from gas.adapters.wire_values import Item, to_epoch
from gas.domain.errors import ConflictError, NotFoundError, TransientError
from gas.domain.job import Job, JobStatus
from gas.domain.names import TableIndex
from gas.domain.record import Intents, ReferenceWait, UnreadRecord
from gas.ports.stores import JobPage

_BATCH = 100
"""The most keys of one BatchGetItem (its API reference)."""

_BATCH_TRIES = 3
"""Calls beyond those that a healthy table needs: the SDK has tried each of them several times by then."""


class DynamoJobStore:
    """Implements `JobStore`."""

    def __init__(self, client: Any, table: str, due_shards: int) -> None:
        self._client = client
        self._table = table
        self._shards = due_shards
        self._due = DueIndex(client, table, "job_id", due_shards)

    def create(self, job: Job) -> bool:
        """Keep a new job; False, and nothing written, when the id is taken."""
        try:
            with aws_errors(self._named(job.job_id)):
                self._client.put_item(
                    TableName=self._table,
                    Item=to_typed(job_to_item(job, self._shards)),
                    ConditionExpression="attribute_not_exists(job_id)",
                )
        except ConflictError:
            return False
        return True

    def get(self, job_id: str) -> Job | None:
        """The job as it is now, by a consistent read, or None."""
        with aws_errors(self._named(job_id)):
            answer = self._client.get_item(
                TableName=self._table, Key=to_typed({"job_id": job_id}), ConsistentRead=True
            )
        return job_from_item(from_typed(answer["Item"])) if "Item" in answer else None

    def get_many(self, job_ids: Collection[str]) -> dict[str, Job | UnreadRecord]:
        """Those of the jobs that there are, by consistent reads, a hundred in one call."""
        wanted = [to_typed({"job_id": job_id}) for job_id in sorted(set(job_ids))]
        found: dict[str, Job | UnreadRecord] = {}
        # DynamoDB answers what it has capacity and room for (16 MB); the rest is asked for again, a few times.
        for _ in range(len(wanted) // _BATCH + _BATCH_TRIES):
            if not wanted:
                return found
            asked, rest = wanted[:_BATCH], wanted[_BATCH:]
            with aws_errors(f"table {self._table}"):
                answer = self._client.batch_get_item(
                    RequestItems={self._table: {"Keys": asked, "ConsistentRead": True}}
                )
            records = (job_or_unread(from_typed(item)) for item in answer["Responses"].get(self._table, []))
            found.update({record.job_id: record for record in records})
            wanted = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", []) + rest
        if wanted:
            raise TransientError(
                f"Table {self._table} did not answer for {len(wanted)} records: try again later."
            )
        return found

    def commit(self, before: Job, after: Job) -> Job:
        """Write what differs, on condition of state, version, lease (when Running) and due time (when written)."""
        old, changed = self._compare(before, after)
        if changed.empty:
            return before
        return self._write(before.job_id, changed, unchanged(old, *watched_of_job(before, changed)))

    def finish(self, before: Job, after: Job) -> Job:
        """Write what differs, on condition that the job is Running under `before`'s fence, whatever its version."""
        _, changed = self._compare(before, after)
        if changed.empty:
            return before
        return self._write(before.job_id, changed, _running_under(before.fence))

    def heartbeat(self, job_id: str, fence: int, lease_expires: datetime, progress_percent: int) -> None:
        """Extend the lease and note the progress, on (Running, fence), leaving the version alone."""
        update = self._update(job_id).when(_running_under(fence))
        self._send(
            job_id,
            update.set({"lease_expires_at": to_epoch(lease_expires), "progress_percent": progress_percent}),
        )

    def await_reference(self, job_id: str, wait: ReferenceWait) -> None:
        """Note what a Queued job waits for, leaving version and due time alone."""
        queued = [Condition("job_status", JobStatus.QUEUED.value)]
        self._send(job_id, self._update(job_id).when(queued).set(reference_wait_to_item(wait)))

    def add_intents(self, job_id: str, intents: Intents, now: datetime) -> None:
        """Note those intents that are not None, and make the job due."""
        wanted = intents_to_item(intents) | due_attributes(job_id, now, self._shards)
        try:
            self._send(job_id, self._update(job_id).set(wanted).add_one("version").when_exists("job_id"))
        except ConflictError as error:
            raise NotFoundError(f"There is no job {job_id}.") from error

    def make_due(self, job_id: str, now: datetime) -> None:
        """Make the job due now, leaving the version alone; nothing happens when there is no such job."""
        due = due_attributes(job_id, now, self._shards)
        try:
            self._send(job_id, self._update(job_id).set(due).when_exists("job_id"))
        except ConflictError:
            return

    def due_before(self, now: datetime, limit: int) -> list[str]:
        """Ids of at most `limit` jobs that are due, the longest due first."""
        return self._due.due_before(now, limit)

    def job_with_archive_id(self, archive_id: str) -> str | None:
        """The id of the job the copy of whose result the archive calls so, or None, by the index."""
        with aws_errors(f"table {self._table}"):
            found = self._client.query(
                TableName=self._table,
                IndexName=TableIndex.JOBS_BY_ARCHIVE_ID.value,
                KeyConditionExpression=f"{ARCHIVE_ID} = :archive_id",
                ExpressionAttributeValues=to_typed({":archive_id": archive_id}),
                Limit=1,
            )["Items"]
        return str(from_typed(found[0])["job_id"]) if found else None

    def jobs_of_user(self, user_id: str, cursor: str | None = None, limit: int = 100) -> JobPage:
        """One page of the user's jobs, newest first."""
        start = None if cursor is None else _start_key(user_id, cursor)
        items: list[Item] = []
        while len(items) <= limit:
            page = self._user_page(user_id, start, limit + 1 - len(items))
            items += map(from_typed, page["Items"])
            start = page.get("LastEvaluatedKey")
            if not start:
                break
        return page_of_jobs(items, limit)

    def cursor_after(self, job: Job) -> str:
        """The cursor of a page that ends with this job."""
        return write_cursor(job)

    def _user_page(self, user_id: str, start: Item | None, limit: int) -> dict[str, Any]:
        with aws_errors(f"table {self._table}"):
            page: dict[str, Any] = self._client.query(
                TableName=self._table,
                IndexName=TableIndex.JOBS_BY_USER.value,
                KeyConditionExpression="user_id = :user",
                ExpressionAttributeValues=to_typed({":user": user_id}),
                ScanIndexForward=False,
                Limit=limit,
                **({"ExclusiveStartKey": start} if start else {}),
            )
        return page

    def _compare(self, before: Job, after: Job) -> tuple[Item, Difference]:
        old, new = job_to_item(before, self._shards), job_to_item(after, self._shards)
        # The version counts writes; what `after` says of it does not matter.
        return old, job_difference(old, new | {"version": old["version"]})

    def _write(self, job_id: str, changed: Difference, conditions: list[Condition]) -> Job:
        update = self._update(job_id).set(changed.to_set).add_one("version").remove(changed.to_remove)
        return job_from_item(self._send(job_id, update.when(conditions)))

    def _update(self, job_id: str) -> Update:
        return Update(self._table, {"job_id": job_id})

    def _send(self, job_id: str, update: Update) -> Item:
        with aws_errors(self._named(job_id)):
            answer = self._client.update_item(**update.arguments())
        return from_typed(answer["Attributes"])

    def _named(self, job_id: str) -> str:
        return f"record of job {job_id} in table {self._table}"


def _running_under(fence: int) -> list[Condition]:
    return [Condition("job_status", JobStatus.RUNNING.value), Condition("fence", fence)]


def _start_key(user_id: str, cursor: str) -> Item:
    submit_time, job_id = parse_cursor(user_id, cursor)
    return to_typed({"user_id": user_id, "submit_time": submit_time, "job_id": job_id})
