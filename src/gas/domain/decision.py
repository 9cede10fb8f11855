"""What the lifecycle works with: the facts it may look at, the effects it may ask for, and the decision it gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import cast

from gas.domain.catalogue import Catalogue
from gas.domain.job import Job
from gas.domain.keys import owns_key
from gas.domain.line import EVERYBODY, Line
from gas.domain.objects import ArchivedObject, HotObject
from gas.domain.outputs import Output
from gas.domain.plan import Plans, PlanStanding, PlanTerms
from gas.domain.spec import InputRef, RetrievalTier
from gas.domain.uploads import FORM_LANDS


class Lane(Enum):
    """The lanes that effects run in. One lane cannot stall another."""

    STATE = "state"
    COPY = "copy"
    MAIL = "mail"


class Fact(Enum):
    """What a policy may ask to be read. A fact that was not asked for is not known."""

    INPUT = "input"
    OWN_FILE = "own-file"
    """The file that the owner brought to the job beside its input."""
    HOT_RESULT = "hot-result"
    ARCHIVED_RESULT = "archived-result"
    RESOURCE_REFUSED = "resource-refused"
    """Nobody asks for it: known once the cluster took no resource in this pass. True when it refused this very one."""
    CATALOGUE = "catalogue"
    """The references catalogue."""
    TURN = "turn"
    """Whether it is the job's turn among its owner's to stand in line (`domain/turns.py`)."""
    SHARED_FILES = "shared-files"
    """The keys of those of the job's uploads that another job of its owner names, too."""


@dataclass(frozen=True)
class QueueEmpty:
    """The fact whether the queue of a line is empty."""

    line: Line


@dataclass(frozen=True)
class AnnotatorsUp:
    """The fact whether any annotator of a line is ready; None when nobody can tell."""

    line: Line


AnyFact = Fact | QueueEmpty | AnnotatorsUp
"""What may be read of the world: of a job's own things, or of a line."""


HotFiles = Mapping[Output, HotObject | None]
"""What is where the files of a result belong that go to the archive with it."""

ArchivedFiles = Mapping[Output, ArchivedObject | None]
"""What the archive holds of them; None of what has no copy, as far as its id is known."""

FactValue = HotObject | HotFiles | ArchivedFiles | Catalogue | frozenset[str] | bool | None
"""What reading a fact gives; None when the thing is not there."""


@dataclass(frozen=True)
class Facts:
    """What has been read of the world in this pass. A missing key means not read; None means not there."""

    objects: dict[AnyFact, FactValue] = field(default_factory=dict)

    def knows(self, fact: AnyFact) -> bool:
        """True when the fact has been read."""
        return fact in self.objects

    def with_fact(self, fact: AnyFact, value: FactValue) -> "Facts":
        """These facts and one more."""
        return Facts({**self.objects, fact: value})

    @property
    def input(self) -> HotObject | None:
        """The input object."""
        return self.file(Fact.INPUT)

    def file(self, fact: Fact) -> HotObject | None:
        """The object of that fact: of the input, or of the own file."""
        value = self.objects[fact]
        assert value is None or isinstance(value, HotObject)
        return value

    @property
    def hot_result(self) -> HotFiles:
        """The hot bytes of the result's files."""
        return cast("HotFiles", self.objects[Fact.HOT_RESULT])

    @property
    def archived_result(self) -> ArchivedFiles:
        """The archived copies of the result's files."""
        return cast("ArchivedFiles", self.objects[Fact.ARCHIVED_RESULT])

    @property
    def catalogue(self) -> Catalogue:
        """What there is to annotate against."""
        return cast("Catalogue", self.objects[Fact.CATALOGUE])

    @property
    def shared_files(self) -> frozenset[str]:
        """The keys of the uploads that other jobs name, too."""
        return cast("frozenset[str]", self.objects[Fact.SHARED_FILES])

    def answer(self, fact: AnyFact) -> bool | None:
        """Whether it is the job's turn, a queue is empty, or annotators are up; None when nobody can tell."""
        value = self.objects[fact]
        assert value is None or isinstance(value, bool)
        return value


@dataclass(frozen=True)
class PublishRequest:
    """Tell the annotators of a line that the job waits."""

    line: Line = EVERYBODY
    lane = Lane.STATE


@dataclass(frozen=True)
class StoreInArchive:
    """Make sure that a verified copy of a file is in the archive, and learn its id."""

    output: Output
    lane = Lane.COPY


@dataclass(frozen=True)
class BringBack:
    """Make sure that a verified hot copy of a file is at its original key."""

    output: Output
    lane = Lane.COPY


@dataclass(frozen=True)
class RequestRetrieval:
    """Ask the archive for the bytes of a file."""

    output: Output
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
class DeleteOwnFile:
    """Remove the file that the owner brought beside it; `for_good` as above."""

    for_good: bool = False
    lane = Lane.STATE


@dataclass(frozen=True)
class DeleteArchived:
    """Remove every archived copy of the file with that key, recorded or not; `for_good` as above."""

    key: str
    archive_id: str | None = None
    """The one that is recorded."""
    for_good: bool = False
    lane = Lane.STATE


@dataclass(frozen=True)
class CreateResource:
    """Make the custom resource from the record."""

    lane = Lane.STATE


CloudEffect = (
    PublishRequest
    | StoreInArchive
    | BringBack
    | RequestRetrieval
    | DeleteResultObjects
    | DeleteInput
    | DeleteOwnFile
    | DeleteArchived
)
"""What is to be done about bytes and messages: everything but the resource."""

Effect = CloudEffect | CreateResource


@dataclass(frozen=True)
class Rules:
    """The installation's settings that decisions depend on."""

    inputs_bucket: str
    key_prefix: str
    plans: Plans
    retention: timedelta = timedelta(minutes=5)
    """How long a result stays hot that is restored and that no plan's retention holds for."""
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
    form_lands: timedelta = FORM_LANDS
    """How long after a submission what is sent with its upload's form may still arrive: a form holds for 5 minutes, and what
    was begun with it in time may be on its way for hours."""
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

    def line_of(self, plan: PlanStanding | None) -> Line:
        """The line that the queued job of an owner on that plan stands in."""
        return self.plans.of(plan).line

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

    @property
    def terms(self) -> PlanTerms | None:
        """What the owner's plan means; None when nobody knows it."""
        return self.rules.plans.known(self.plan)


@dataclass(frozen=True)
class Ask:
    """A policy needs a fact that has not been read."""

    fact: AnyFact


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
    asks: AnyFact | None = None
    drift: bool = False

    @property
    def due(self) -> datetime | None:
        """When to look again; None when only a message or a person can change anything."""
        return self.after.due
