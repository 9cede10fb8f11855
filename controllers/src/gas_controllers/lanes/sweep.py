"""The sweep of due times, which finds all work whether or not any message arrives, and the comparison of all resources."""

import threading
import time
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice

import structlog
from pydantic import ValidationError

from gas.domain.absence import awaited
from gas.domain.admission import SeenResource, is_replaced
from gas.domain.errors import GasError
from gas.domain.job import Job
from gas.domain.record import ResourceState, UnreadRecord
from gas.ports.clock import Clock
from gas.ports.stores import JobStore, UserStore
from gas.ports.uploads import UploadStore
from gas_controllers.cluster.annotation_job import seen_without_record
from gas_controllers.cluster.kubernetes_api import Cluster
from gas_controllers.cluster.resource_cache import ResourceCache
from gas_controllers.lanes.items import Item, LookAtJob, LookAtUploads, LookAtUser
from gas_controllers.telling import metrics

log = structlog.get_logger()

BATCH = 1000
"""Due jobs a sweep: more wait for the next one, the longest due first."""

MOST_FAILING = 50_000
"""How many that fail a sweep reads past. With all of them it reads some dozen pages of an index, a few megabytes; where still
more fail there is hardly anything that could be done."""

EVER = timedelta(days=100 * 365)
"""The longest that a resource may ask to be kept is 68 years."""

MOST = 1_000_000
"""Jobs of one cluster's working set: far more than an API server holds."""

READ_BATCH = 100
"""Records that one call of DynamoDB reads."""


class Periodic(threading.Thread):
    """Calls a function every so often, and remembers when it last ended well."""

    def __init__(
        self, name: str, period_seconds: float, call: Callable[[], None], *, at_once: bool = True
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._at_once = at_once
        self.period_seconds = period_seconds
        self._call = call
        self._stopping = False
        self._woken = threading.Event()
        self._ended = time.monotonic()
        self._began: float | None = None

    def stop(self) -> None:
        """Call no more."""
        self._stopping = True
        self._woken.set()

    def wake(self) -> None:
        """Make the next call at once."""
        self._woken.set()

    @property
    def age_seconds(self) -> float:
        """Time since the last call that ended well."""
        return time.monotonic() - self._ended

    @property
    def call_seconds(self) -> float:
        """How long the call under way has taken; 0 between two calls."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def run(self) -> None:
        """Call until stopped; a call that fails is logged and made again at its next time."""
        if not self._at_once:
            self._woken.wait(self.period_seconds)
        while not self._stopping:
            # Before the call: who wakes us while it is under way has news that it may have missed.
            self._woken.clear()
            self._began = time.monotonic()
            try:
                self._call()
                self._ended = time.monotonic()
            except GasError as error:
                log.warning("periodic work failed", work=self.name, error=str(error))
            except Exception:
                log.exception("periodic work failed unexpectedly", work=self.name)
            self._began = None
            self._woken.wait(self.period_seconds)


def sweep(
    jobs: JobStore,
    users: UserStore,
    uploads: UploadStore,
    clock: Clock,
    put: Callable[[Item], None],
    *,
    failing: Callable[[], Collection[Hashable]],
) -> None:
    """Ask for a pass over everything that is due, but for what is `failing`: whoever makes passes tries that again.

    What fails stays due, and is soon what has been due for longest: it takes no place of what could be done.
    """
    now, failed = clock.now(), failing()
    kinds = (
        (LookAtUser, users.due_before),
        (LookAtJob, jobs.due_before),
        (LookAtUploads, uploads.due_before),
    )
    for look, due_before in kinds:
        past = min(sum(isinstance(item, look) for item in failed), MOST_FAILING)
        due = [look(key) for key in due_before(now, BATCH + past)]
        for item in [item for item in due if item not in failed][:BATCH]:
            put(item)


def resync(
    cluster: Cluster,
    resources: ResourceCache,
    jobs: JobStore,
    put: Callable[[LookAtJob], None],
    now: datetime,
    *,
    first: bool,
    away: set[str],
) -> None:
    """Compare resources, records and what is believed with a full listing, and ask for a pass over every difference.

    After the first listing a difference means that the watch missed something, which is counted as drift. `away` is kept
    from one comparison to the next: the jobs whose records were read and know of no resource.
    """
    resources.home = cluster.home()
    before, listed = resources.all(), dict[str, SeenResource | None]()
    for body in cluster.list_all():
        name = body["metadata"]["name"]
        listed[name] = seen_without_record(body)
        try:
            news = resources.observe(body, known_before=before.get(name))
        except ValidationError as error:
            # Its whole text quotes the values, of which one is what a user calls a file.
            wrong = [f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in error.errors()]
            log.warning("annotationjob cannot be read", job_id=name, error="; ".join(wrong))
            continue
        refused = "recordVersion" not in body.get("status", {})
        if news or refused:
            # A refused resource has no record, and so no due time: its own time to live is looked at here.
            if news and not first:
                metrics.DRIFT.labels("missed-change").inc()
            put(LookAtJob(name))
    # What went while we listed is no news: the watch told of it, or we removed it ourselves.
    gone = {name for name in before.keys() - listed.keys() if resources.get(name) is not None}
    metrics.DRIFT.labels("missed-change").inc(len(gone))
    # Whatever was seen since may have gone again: only its record knows.
    away -= before.keys() | listed.keys()
    gone |= {
        record.job_id for record in missing(jobs, listed, now, away) if _has_gone(record, resources, put)
    }
    for name in gone:
        resources.doubt(name)
        put(LookAtJob(name))
    resources.compared()


def _has_gone(record: Job | UnreadRecord, resources: ResourceCache, put: Callable[[LookAtJob], None]) -> bool:
    """True when the resource of a job that is missing has gone; a pass is asked for over all else there is to see."""
    look, cached = LookAtJob(record.job_id), resources.get(record.job_id)
    if isinstance(record, UnreadRecord):
        # Whether there should be a resource is not known: nothing is absent, and its pass says what is wrong.
        if cached is None:
            put(look)
        return False
    if cached is not None:
        if is_replaced(record, cached.seen):
            resources.replaced(record)
            put(look)
        return False
    if record.resource.state is ResourceState.PRESENT:
        return True
    resources.unconfirmed(record.job_id)
    put(look)
    return False


def missing(
    jobs: JobStore, listed: Mapping[str, SeenResource | None], now: datetime, away: set[str] | None = None
) -> Iterator[Job | UnreadRecord]:
    """The jobs that have no resource in the listing and of which it is not decided yet what that means.

    The listing names those resources that show no record (`seen_without_record`): another job's may have the name.
    Their records know one, or took it for deleted and are still to be looked at a second time; or they cannot be read. Every
    such record is due at some time, when its resource expires at the latest: so this reads an index and those records, and
    no table. But so are results that stay hot, for years after their resources have gone: those in `away`, which this adds
    to, are not read again. A record comes to know a resource only by a sight of it.
    """
    away = set() if away is None else away
    due = jobs.due_before(now + EVER, MOST)
    if len(due) == MOST:
        log.warning(
            "so many jobs are due some day that those whose turn comes latest are not compared", compared=MOST
        )
    suspects = iter(
        [name for name in due if name not in away and (name not in listed or listed[name] is not None)]
    )
    while batch := tuple(islice(suspects, READ_BATCH)):
        records = jobs.get_many(batch).values()
        found = [record for record in records if isinstance(record, UnreadRecord) or awaited(record)]
        away.update(batch)
        away.difference_update(job.job_id for job in found)
        yield from (job for job in found if _is_missing(job, listed.get(job.job_id)))


def _is_missing(record: Job | UnreadRecord, seen: SeenResource | None) -> bool:
    return seen is None or (isinstance(record, Job) and is_replaced(record, seen))
