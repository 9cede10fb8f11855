"""What the controllers last said of the whole installation, and what of it hurts.

They write it down every few seconds as one small item, so that the web, which sees neither the cluster nor the queues,
can show it. It is no truth: whatever it says can be counted again, but for a pause that waits for a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from gas.domain.job import JobStatus
from gas.domain.names import Channel
from gas.domain.reasons import Reason
from gas.domain.record import ClusterSight

PERIODS_OF_SILENCE = 3
LEAST_SILENCE = timedelta(seconds=30)
"""Silent for this long, the controllers hang or are gone: a restart of theirs is over sooner."""

LONG_WAIT = timedelta(minutes=15)
"""A job that waits longer than this hurts its owner: the aim for free users."""

IDLE_WAIT = timedelta(minutes=2)
"""A job that waits this long while no annotator works: one that is woken takes a minute."""

SWEEPS_MISSED = 3


@dataclass(frozen=True)
class QueueDepth:
    """How many messages a queue holds, as far as it can tell."""

    visible: int = 0
    in_flight: int = 0
    delayed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.visible + self.in_flight + self.delayed

    def __add__(self, other: "QueueDepth") -> "QueueDepth":
        """Both queues together."""
        return QueueDepth(
            self.visible + other.visible, self.in_flight + other.in_flight, self.delayed + other.delayed
        )


@dataclass(frozen=True)
class Situation:
    """Where a job stands, and why, in the words of its resource. Not every reason goes with every phase."""

    phase: JobStatus
    reason: Reason


@dataclass(frozen=True)
class Pool:
    """A set of annotators. How many are wanted and ready only the cluster knows; absent until it tells."""

    name: str
    busy: int
    wanted: int | None = None
    ready: int | None = None


@dataclass(frozen=True)
class Wait:
    """The job that has waited longest for an annotator, accepted or not, and since when."""

    job_id: str
    since: datetime


class PauseCause(Enum):
    """Why no resource that is missing is taken for deleted."""

    MANY = "many"
    """More than the limit vanished at once."""
    MOST = "most"
    """More than half of all resources vanished at once."""
    SET_BACK = "set-back"
    """The cluster was set back to a backup, which lacks what came after it."""


@dataclass(frozen=True)
class Overview:
    """One look at everything. What could not be read is None, or absent: unknown is not zero."""

    time: datetime
    period: timedelta
    """The next one is due after this."""
    situations: Mapping[Situation, int] = field(default_factory=dict)
    """Jobs of the cluster's working set: those that have a resource."""
    longest_wait: Wait | None = None
    requests: QueueDepth | None = None
    """The queue that annotators take jobs from."""
    channels: tuple[Channel, ...] = ()
    """All that there are; none, where an earlier release looked."""
    dead_letters: Mapping[Channel, int] = field(default_factory=dict)
    """By channel, of those whose dead-letter queue could be read."""
    pools: tuple[Pool, ...] = ()
    late_retrievals: int = 0
    """Retrievals that are not back when people were told to expect them."""
    sweep_age: timedelta = timedelta(0)
    """Since the last sweep of due times that ended well."""
    sweep_period: timedelta = timedelta(0)
    drift: int = 0
    """Disagreements found since the controllers started."""
    started: datetime | None = None
    absent: int = 0
    """Resources that records know and the cluster does not, of which it is not decided yet what that means."""
    absences_paused: bool = False
    """No absence is believed. The one thing here that cannot be counted again: controllers that start go on with it, for a
    restart is no decision."""
    pause_cause: PauseCause | None = None
    """Why; None, where an earlier release looked, of which too many were the only cause."""
    absence_limit: int | None = None
    """How many may vanish at once by these controllers' settings; a higher limit ends a pause for which they were too many."""
    sight: ClusterSight | None = None
    """The cluster as it was last looked at: controllers that start know by it whether it was set back meanwhile."""
    pinned: tuple[str, ...] | None = None
    """The bundles that unfinished jobs of the working set are to be annotated with; None, where an earlier release looked."""
    unserved: bool = False
    """The kind AnnotationJob, or its namespace, is not there."""

    def jobs_in(self, phase: JobStatus) -> int:
        """How many jobs stand in a phase."""
        return sum(count for situation, count in self.situations.items() if situation.phase is phase)

    def jobs_because(self, reason: Reason) -> int:
        """How many jobs stand where they stand for this reason."""
        return sum(count for situation, count in self.situations.items() if situation.reason is reason)

    @property
    def silent_after(self) -> timedelta:
        """An overview older than this tells that nobody writes them any more."""
        return max(LEAST_SILENCE, self.period * PERIODS_OF_SILENCE)


class Pain(Enum):
    """How soon somebody should do something."""

    NOW = "now"
    SOON = "soon"


@dataclass(frozen=True)
class Trouble:
    """One thing that hurts: what it is, what it means or what to do, and what to type for more."""

    pain: Pain
    sentence: str
    advice: str
    command: str | None = None


def troubles(overview: Overview | None, now: datetime) -> tuple[Trouble, ...]:
    """What hurts, the worst first; nothing when all is well."""
    if overview is None:
        return (_UNHEARD,)
    found = [*_of_controllers(overview, now), *_of_people(overview, now), *_of_leftovers(overview)]
    return tuple(sorted(found, key=lambda trouble: trouble.pain is Pain.SOON))


def rough(span: timedelta) -> str:
    """A length of time as people say it in a hurry: the largest unit, rounded down."""
    seconds = max(0, int(span.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


_UNHEARD = Trouble(
    Pain.NOW,
    "The controllers have never reported here.",
    "Start them: without them jobs are taken and go nowhere.",
    "kubectl get pods",
)


def _of_controllers(overview: Overview, now: datetime) -> list[Trouble]:
    found = []
    age = now - overview.time
    if age > overview.silent_after:
        found.append(
            Trouble(
                Pain.NOW,
                f"The controllers have not reported for {rough(age)}.",
                "Every job waits where it stands, and all figures below are as old. Look at their pod and its log.",
                "kubectl get pods",
            )
        )
    elif overview.sweep_age > max(LEAST_SILENCE, overview.sweep_period * SWEEPS_MISSED):
        found.append(
            Trouble(
                Pain.NOW,
                f"No sweep of due times has ended well for {rough(overview.sweep_age)}.",
                "Jobs whose messages are lost wait that long. The controllers' log says what the store answers.",
            )
        )
    return found + _of_resources(overview)


def _of_resources(overview: Overview) -> list[Trouble]:
    """What keeps the cluster from showing the jobs."""
    if overview.unserved:
        return [
            Trouble(
                Pain.NOW,
                "The cluster has no AnnotationJobs: their CustomResourceDefinition, or the namespace, is not there.",
                "Install the chart again, or apply its CRD. No job is lost: the resources are made again from the records.",
                "kubectl get customresourcedefinition annotationjobs.gas.io",
            )
        ]
    if overview.absences_paused:
        return [
            Trouble(
                Pain.NOW,
                f"{_PAUSES[overview.pause_cause]}: {overview.absent:,} are missing, and none is taken for deleted.",
                "See which they are, then say whether it was meant or a mistake; the list ends with what to type for each.",
                "kubectl exec deployment/gas-controllers -- gas-absences",
            )
        ]
    return []


def _of_people(overview: Overview, now: datetime) -> list[Trouble]:
    """What keeps people from their results."""
    found = []
    wait = overview.longest_wait
    waited = now - wait.since if wait else timedelta(0)
    idle = waited > IDLE_WAIT and not any(pool.busy for pool in overview.pools)
    if wait is not None and (idle or waited > LONG_WAIT):
        found.append(
            Trouble(
                Pain.NOW,
                f"A job has waited {rough(waited)} for an annotator{' and none works' if idle else ''}.",
                "If it is Pending, the controllers' log says why. Else: are there annotators, and do they end what they begin?",
                f"kubectl describe aj {wait.job_id}",
            )
        )
    for reason, sentence, advice in _WAITING_FOR_A_PERSON:
        count = overview.jobs_because(reason)
        if count:
            found.append(Trouble(Pain.NOW, sentence.format(jobs=_jobs(count)), advice, _by_reason(reason)))
    if overview.late_retrievals:
        late = overview.late_retrievals
        found.append(
            Trouble(
                Pain.SOON,
                f"{late} {'retrieval is' if late == 1 else 'retrievals are'} later than people were told.",
                "The archive takes longer than the settings say, or its notices do not arrive.",
                "kubectl get aj -o wide --field-selector status.phase=Restoring",
            )
        )
    return found


def _of_leftovers(overview: Overview) -> list[Trouble]:
    """What nobody waits for, and somebody should look at."""
    found = []
    dead = {channel: count for channel, count in overview.dead_letters.items() if count}
    if dead:
        found.append(
            Trouble(
                Pain.SOON,
                "Messages that nobody could read: "
                + ", ".join(f"{count} of {channel.value}" for channel, count in dead.items())
                + ".",
                "No job is lost by them, for messages are only hints. Find out who sends such, then purge the queue.",
            )
        )
    if overview.requests is None or not set(overview.channels) <= set(overview.dead_letters):
        found.append(
            Trouble(
                Pain.SOON,
                "The controllers could not read all queues.",
                "Their log says which and why; a missing right (sqs:GetQueueAttributes) is the usual reason.",
            )
        )
    return found


_PAUSES = {
    None: "Too many resources vanished at once",
    PauseCause.MANY: "Too many resources vanished at once",
    PauseCause.MOST: "More than half of all resources vanished at once",
    PauseCause.SET_BACK: "The cluster was set back to a backup, which lacks younger resources",
}

_WAITING_FOR_A_PERSON = (
    (
        Reason.RESULT_MISSING,
        "{jobs} lost the result: a file of it is missing or damaged, with no other copy.",
        "Bring the object back if you can; else its owner has to submit the file again.",
    ),
    (
        Reason.STORAGE_REFUSED,
        "The file store does not let GAS read or keep files of {jobs}.",
        "The sentence of the job says what is refused. Grant the right or the key; the jobs go on by themselves.",
    ),
    (
        Reason.ATTEMPTS_EXHAUSTED,
        "{jobs} failed because every attempt was lost.",
        "The annotators' log says what ends them. Once that is mended, the owner can retry.",
    ),
    (
        Reason.RETRIEVAL_FAILED,
        "{jobs} could not be restored from the archive.",
        "It is tried three times. The sentence of the job says why it failed.",
    ),
    (
        Reason.ARCHIVING_REFUSED,
        "{jobs} cannot be archived: the file store refuses it.",
        "The results stay hot, and cost more. Grant the right or the key; they are archived by themselves.",
    ),
    (
        Reason.DELETION_REFUSED,
        "{jobs} cannot be deleted wholly: the file store refuses it.",
        "An object lock ends by itself. Else grant the right; the files are deleted by themselves.",
    ),
)
"""Reasons that no controller mends, the worst first."""


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count:,} jobs"


def _by_reason(reason: Reason) -> str:
    return f"kubectl get aj | grep {reason.value}"
