"""Reading many records of jobs at once: one that cannot be read costs the others nothing, and is not lost among them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog

from gas.adapters.wire import job_from_item
from gas.adapters.wire_messages import cursor_of_item
from gas.domain.errors import FatalError
from gas.domain.job import Job
from gas.domain.record import UnreadRecord
from gas.ports.stores import JobPage

log = structlog.get_logger()


def job_or_unread(item: Mapping[str, Any]) -> Job | UnreadRecord:
    """The job that a record describes; of one that cannot be read, which the log names, what is known all the same."""
    try:
        return job_from_item(item)
    except FatalError as error:
        log.warning("record cannot be read", job_id=item["job_id"], error=str(error))
        return UnreadRecord(item["job_id"], frozenset(_texts_in(item)))


def page_of_jobs(items: Sequence[Mapping[str, Any]], limit: int) -> JobPage:
    """The page that at most so many of these records make; where there are more of them, it has a cursor."""
    records = [job_or_unread(item) for item in items[:limit]]
    return JobPage(
        tuple(record for record in records if isinstance(record, Job)),
        cursor_of_item(items[limit - 1]) if len(items) > limit else None,
        tuple(record for record in records if isinstance(record, UnreadRecord)),
    )


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts_in(each)
    elif isinstance(value, list | set):
        for each in value:
            yield from _texts_in(each)
