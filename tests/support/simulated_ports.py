"""What a simulated installation looks like to the services: each port does what `World` says, and nothing by itself."""

import math
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from gas.domain.absence import Absent, awaited
from gas.domain.admission import RefuseResource, SeenResource
from gas.domain.decision import (
    AnnotatorsUp,
    AnyFact,
    BringBack,
    CreateResource,
    DeleteArchived,
    DeleteInput,
    DeleteOwnFile,
    DeleteResultObjects,
    Effect,
    Fact,
    FactValue,
    PublishRequest,
    QueueEmpty,
    RequestRetrieval,
    StoreInArchive,
)
from gas.domain.errors import NotTakenError
from gas.domain.job import Job
from gas.domain.objects import HotObject
from gas.domain.outputs import Output
from gas.domain.plan import User
from gas.domain.record import ResourceState, StoredOutput
from gas.ports.messaging import Mail
from tests.support.jobs import JOB_ID, USER
from tests.support.simulated_stores import SIZE

if TYPE_CHECKING:
    from tests.support.lifecycle_world import World


class SimulatedClock:
    """The time of the world; all that is asked of a `Clock`."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def now(self) -> datetime:
        """The time."""
        return self._world.now


class SimulatedJobs:
    """A `JobStore` of one job, as far as passes and mails ask."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def get(self, job_id: str) -> Job:
        """The job."""
        assert job_id == JOB_ID
        return self._world.job

    def create(self, job: Job) -> bool:
        """Fail: the record is there already."""
        raise AssertionError(f"a record is there already, and nobody makes another: {job}")

    def commit(self, before: Job, after: Job) -> Job:
        """The conditional write of the record."""
        return self._world.call(lambda: self._world.write(before, after))


class SimulatedUsers:
    """A `UserStore` of the job's owner, as far as passes and mails ask."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def get(self, user_id: str) -> User | None:
        """The owner, as they are now."""
        world = self._world
        if world.plan is None:
            return None
        assert user_id == USER
        return User(
            USER,
            "ada@example.org",
            "Ada",
            world.plan,
            plan_version=world.plan_version,
            mailed_plan_version=world.mailed_plan_version,
            email_confirmed=True,
        )

    def commit(self, before: User, after: User) -> User:
        """Note that a mail about the plan change is claimed."""
        assert replace(after, mailed_plan_version=before.mailed_plan_version) == before
        return self._world.call(lambda: self._claim(after))

    def _claim(self, after: User) -> User:
        self._world.mailed_plan_version = after.mailed_plan_version
        return after


class SimulatedMailer:
    """A `Mailer` that notes which claim each mail was sent for."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def send(self, mail: Mail) -> None:
        """Send it."""
        del mail
        self._world.call(lambda: self._world.mails.append(self._world.mail_claim))


class Surroundings:
    """Implements the port `World` round the one job."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def read(self, fact: AnyFact, job: Job) -> FactValue:
        """What is there now."""
        world = self._world
        match fact:
            case Fact.INPUT:
                return HotObject(100, "etag") if job.input.key in world.hot else None
            case Fact.OWN_FILE:
                own = job.own_place
                return HotObject(50, "own etag") if own is not None and own.key in world.hot else None
            case Fact.HOT_RESULT:
                return {output: _hot(world.hot.get(stored.key)) for output, stored in _files(job).items()}
            case Fact.ARCHIVED_RESULT:
                return {output: world.copy_of(stored, job) for output, stored in _files(job).items()}
            case Fact.CATALOGUE:
                return world.catalogue
            case QueueEmpty():
                return world.messages == 0
            case Fact.TURN:
                return world.turn
            case Fact.SHARED_FILES:
                return frozenset()
            case Fact.RESOURCE_REFUSED | AnnotatorsUp():
                raise AssertionError(f"{fact} is asked for by other rules only")
            case _:
                assert_never(fact)

    def run(self, effect: Effect, job: Job) -> str | None:
        """Run one effect, unless it is to fail."""
        assert job.due is not None, f"{effect} is to be run and no sweep would find it"
        return self._world.call(lambda: self._run(effect, job))

    def _run(self, effect: Effect, job: Job) -> str | None:
        world = self._world
        fault = world.faults.pop(type(effect), None)
        if isinstance(effect, CreateResource) and fault is None and not world.served:
            fault = NotTakenError("there is no such kind")
        if isinstance(fault, NotTakenError):
            world.untaken = fault.refused
        if fault is not None:
            raise fault
        match effect:
            case PublishRequest():
                assert world.turn or job.publication.count > 0, "it was not the job's turn"
                world.messages += 1
            case StoreInArchive(output):
                assert job.archiving is not None, "a copy that nobody would look for"
                return world.store_in_archive(_files(job)[output])
            case BringBack(output):
                world.bring_back(_files(job)[output])
            case RequestRetrieval(output):
                world.retrieve(_files(job)[output].place)
            case CreateResource():
                world.create_resource(job)
            case DeleteArchived() | DeleteInput() | DeleteOwnFile() | DeleteResultObjects():
                world.delete(effect, job)
            case _:
                assert_never(effect)
        return None

    def resource(self, job_id: str, job: Job | None) -> SeenResource | Absent | None:
        """What the cluster shows."""
        assert job_id == JOB_ID
        world = self._world
        if world.resource is not None:
            world.missed_since = None
            return replace(world.resource, home=world.home.of(world.resource.created))
        return None if job is None or not awaited(job) else self.absence(job)

    def absence(self, job: Job) -> Absent | None:
        """That the resource is missing, since when it was missed."""
        world = self._world
        if not world.served:
            return None
        world.missed_since = world.missed_since or world.now
        second = job.resource.state is ResourceState.DELETED
        counted = not world.paused and (second or world.now >= world.missed_since + world.window)
        return Absent(world.home, counted)

    def recorded(self, job: Job) -> None:
        """Remember nothing of it."""

    def remove(self, job_id: str, uid: str) -> None:
        """Remove the resource."""
        assert job_id == JOB_ID
        self._world.call(lambda: self._world.remove_resource(uid))

    def refuse(self, seen: SeenResource, refusal: RefuseResource) -> None:
        """Show nothing of it."""

    def show(self, job: Job) -> None:
        """Note what the resource shows, or would."""
        self._world.call(lambda: self._world.show(job))

    def look_again_seconds(self, job: Job) -> float:
        """When the absence will have lasted for a window."""
        return math.inf if self._world.resource is not None else self._world.window.total_seconds()


def _files(job: Job) -> dict[Output, StoredOutput]:
    assert job.result is not None
    return job.result.archivable


def _hot(content: str | None) -> HotObject | None:
    return None if content is None else HotObject(SIZE, "etag", content)
