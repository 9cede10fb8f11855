"""What the lifecycle works with: the facts it may look at, the effects it may ask for, and the decision it gives."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from gas.domain.job import Job
from gas.domain.keys import owns_key
from gas.domain.objects import ArchivedObject, HotObject
from gas.domain.plan import Plan, PlanLimits, PlanStanding
from gas.domain.spec import InputRef, RetrievalTier


class Lane(Enum):
    """The lanes that effects run in. One lane cannot stall another."""

    STATE = "state"
    COPY = "copy"
    MAIL = "mail"


class Fact(Enum):
    """What a policy may ask to be read. A fact that was not asked for is not known."""

    INPUT = "input"
    HOT_RESULT = "hot-result"
    ARCHIVED_RESULT = "archived-result"
    QUEUE_EMPTY = "queue-empty"
    PREMIUM_QUEUE_EMPTY = "premium-queue-empty"
    ANNOTATORS_UP = "annotators-up"
    """Whether any annotator of the queue is ready; None when nobody can tell."""
    PREMIUM_ANNOTATORS_UP = "premium-annotators-up"
    RESOURCE_REFUSED = "resource-refused"
    """Nobody asks for it: known once the cluster took no resource in this pass. True when it refused this very one."""
    TURN = "turn"
    """Whether it is the job's turn among its owner's to stand in line (`domain/turns.py`)."""


FactValue = HotObject | ArchivedObject | bool | None
"""What reading a fact gives; None when the thing is not there."""


@dataclass(frozen=True)
class Facts:
    """What has been read of the world in this pass. A missing key means not read; None means not there."""

    objects: dict[Fact, FactValue] = field(default_factory=dict)

    def knows(self, fact: Fact) -> bool:
        """True when the fact has been read."""
        return fact in self.objects

    def with_fact(self, fact: Fact, value: FactValue) -> "Facts":
        """These facts and one more."""
        return Facts({**self.objects, fact: value})

    @property
    def input(self) -> HotObject | None:
        """The input object."""
        return self._hot(Fact.INPUT)

    @property
    def hot_result(self) -> HotObject | None:
        """The hot bytes of the result."""
        return self._hot(Fact.HOT_RESULT)

    @property
    def archived_result(self) -> ArchivedObject | None:
        """The archived copy of the result."""
        value = self.objects[Fact.ARCHIVED_RESULT]
        assert value is None or isinstance(value, ArchivedObject)
        return value

    def answer(self, fact: Fact) -> bool | None:
        """Whether it is the job's turn, a queue is empty, or annotators are up; None when nobody can tell."""
        value = self.objects[fact]
        assert value is None or isinstance(value, bool)
        return value

    def _hot(self, fact: Fact) -> HotObject | None:
        value = self.objects[fact]
        assert value is None or isinstance(value, HotObject)
        return value


@dataclass(frozen=True)
class PublishRequest:
    """Tell the annotators that the job waits: those of premium users' jobs, or all others."""

    premium: bool = False
    lane = Lane.STATE


@dataclass(frozen=True)
class StoreInArchive:
    """Make sure that a verified copy of the result is in the archive."""

    archive_id: str
    lane = Lane.COPY


@dataclass(frozen=True)
class BringBack:
    """Make sure that a verified hot copy of the result is at its original key."""

    archive_id: str
    lane = Lane.COPY


@dataclass(frozen=True)
class RequestRetrieval:
    """Ask the archive for the bytes."""

    archive_id: str
    tier: RetrievalTier
    lane = Lane.STATE


@dataclass(frozen=True)
class DeleteResultObjects:
    """Remove hot objects from the results bucket; `for_good` with all versions that a versioned bucket keeps of them."""

    keys: tuple[str, ...]
    for_good: bool = False
    lane = Lane.STATE


@dataclass(frozen=True)
class DeleteInput:
    """Remove the input object; `for_good` as above."""

    for_good: bool = False
    lane = Lane.STATE


@dataclass(frozen=True)
class DeleteArchived:
    """Remove the archived copy; `for_good` as above."""

    archive_id: str
    for_good: bool = False
    lane = Lane.STATE


@dataclass(frozen=True)
class CreateResource:
    """Make the custom resource from the record."""

    lane = Lane.STATE


Effect = (
    PublishRequest
    | StoreInArchive
    | BringBack
    | RequestRetrieval
    | DeleteResultObjects
    | DeleteInput
    | DeleteArchived
    | CreateResource
)


@dataclass(frozen=True)
class Rules:
    """The installation's settings that decisions depend on."""

    inputs_bucket: str
    key_prefix: str
    limits: PlanLimits
    retention: timedelta = timedelta(minutes=5)
    longest_link: timedelta = timedelta(minutes=5)
    retrieval_poll: timedelta = timedelta(minutes=1)
    expected_retrieval: dict[RetrievalTier, timedelta] = field(
        default_factory=lambda: {
            RetrievalTier.EXPEDITED: timedelta(minutes=5),
            RetrievalTier.STANDARD: timedelta(hours=5),
            RetrievalTier.BULK: timedelta(hours=12),
        }
    )
    """The slow end of what S3 states for its Flexible class: 1-5 minutes, 3-5 hours, 5-12 hours."""
    leftover_delay: timedelta = timedelta(minutes=5)
    """How long after the last claim an attempt that lost its lease might still be writing."""
    form_lands: timedelta = timedelta(minutes=10)
    """How long after a submission what is sent with its upload's form may still arrive: a form holds for 5 minutes."""
    premium_queue: bool = False
    """Whether premium users' jobs have a queue and annotators of their own."""
    jobs_in_line: int = 10
    """How many of one user's jobs may stand in line at a time; the others wait for their turn."""
    annotators_counted: bool = False
    """Whether it can be known that no annotator is up."""
    hot_look: timedelta | None = None
    """How often a result that stays hot is looked at where it lies; None: only when somebody missed it."""
    keep_versions: bool = False
    """Whether what people delete stays as earlier versions where a bucket keeps these."""
    delete_settles: timedelta = timedelta(minutes=5)
    """How long after it was begun a deletion may still land: longer than any client of AWS retries one."""
    second_look: timedelta = timedelta(minutes=5)
    """How long after a resource was taken for deleted it is looked for again, before the data goes with it."""

    def in_premium_line(self, plan: PlanStanding | None) -> bool:
        """True when the queued job of an owner on that plan stands in the line of premium users."""
        return self.premium_queue and plan is not None and plan.plan is Plan.PREMIUM

    def is_own_input(self, user_id: str, place: InputRef) -> bool:
        """True when an input lies in this installation's inputs bucket, in the folder of that user."""
        return place.bucket == self.inputs_bucket and owns_key(user_id, self.key_prefix, place.key)


@dataclass(frozen=True)
class View:
    """All that a policy may look at."""

    job: Job
    plan: PlanStanding | None
    facts: Facts
    now: datetime
    rules: Rules


@dataclass(frozen=True)
class Ask:
    """A policy needs a fact that has not been read."""

    fact: Fact


@dataclass(frozen=True)
class Step:
    """Run the effects, then commit `after`, then look again: at `due`, or at once.

    `drift` says that the bytes were not where the record said, and that this step puts it right.
    """

    after: Job
    effects: tuple[Effect, ...] = ()
    due: datetime | None = None
    drift: bool = False


@dataclass(frozen=True)
class Stay:
    """Nothing to do now: `job` with its reason brought up to date; look again at `until`, or only when told to.

    `alone` says that nothing else is to be done either.
    """

    job: Job
    until: datetime | None = None
    alone: bool = False


@dataclass(frozen=True)
class Decision:
    """What to do with a job now.

    Either `asks` names a fact to read before deciding again, or: run `effects` (each idempotent), commit `after`,
    and look again at `due`. `policy` says who decided, for the log; `drift`, that the bytes were not where the record
    said.
    """

    policy: str
    after: Job
    effects: tuple[Effect, ...] = ()
    asks: Fact | None = None
    drift: bool = False

    @property
    def due(self) -> datetime | None:
        """When to look again; None when only a message or a person can change anything."""
        return self.after.due
