"""What is said to be at rest is what a pass changes nothing of: both are asked, of jobs that mostly wait.

Each look of the world compares the two. The machine of the whole lifecycle does so as well, but its jobs seldom rest.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from gas.domain.job import Job, created
from gas.domain.plan import Plan
from gas.domain.spec import ArchivePolicy, JobPolicy, RestoreRequest
from tests.support.attempts import LEASE, Annotator
from tests.support.jobs import FREE, INPUT, JOB_ID, NOW, USER
from tests.support.lifecycle_world import World

HOUR = timedelta(hours=1)
SPANS = st.sampled_from([timedelta(0), timedelta(minutes=1), timedelta(minutes=30), 3 * HOUR, 100 * HOUR])


def written(**changes: Any) -> Callable[[World], None]:
    """The record says something else than the controllers would say, as an earlier release or its people left it."""

    def write(world: World) -> None:
        world.job = replace(world.job, version=world.job.version + 1, **changes)

    return write


def ask(world: World) -> None:
    """Somebody asks for the result back, and the word of it was lost."""
    intents = replace(world.job.intents, restore_requested=RestoreRequest(world.now))
    written(intents=intents)(world)


def replaced(world: World) -> None:
    """Somebody deletes the resource, and applies it again."""
    world.delete_resource()
    world.apply()


def unclaimed(world: World) -> None:
    """What was sent so far is as if it were not."""
    world.mails.clear()
    written(claimed_mails=frozenset())(world)


HAPPENINGS: dict[str, Callable[[World], None]] = {
    "nothing": lambda _: None,
    "premium, and the job was not told": lambda world: world.change_plan(Plan.PREMIUM),
    "free, and the job was not told": lambda world: world.change_plan(Plan.FREE),
    "never archived": lambda world: world.edit(archive_policy=ArchivePolicy.NEVER),
    "archived at once": lambda world: world.edit(archive_policy=ArchivePolicy.IMMEDIATE),
    "suspended": lambda world: world.edit(suspend=True),
    "going on": lambda world: world.edit(suspend=False),
    "resource deleted": World.delete_resource,
    "applied": World.apply,
    "another resource": replaced,
    "restore asked": ask,
    "no reason": written(reason=None),
    "a detail": written(detail="of an earlier release."),
    "due never": written(due=None),
    "due late": written(due=NOW + 1000 * HOUR),
    "mails unclaimed": unclaimed,
}


@given(
    plan=st.sampled_from([Plan.FREE, Plan.PREMIUM]),
    kept=st.sampled_from([timedelta(minutes=10), 50 * HOUR]),
    retention=st.sampled_from([timedelta(0), 5 * HOUR]),
    story=st.lists(st.tuples(st.sampled_from(sorted(HAPPENINGS)), SPANS), max_size=6),
    annotated=st.booleans(),
)
def test_a_glance_says_what_a_pass_does(
    plan: Plan, kept: timedelta, retention: timedelta, story: list[tuple[str, timedelta]], *, annotated: bool
) -> None:
    """Whatever happened to a job while nobody looked, what a glance leaves out a pass leaves as it is."""
    world = waiting(plan, JobPolicy(ttl_after_finished=kept, retention=retention), annotated=annotated)

    for what, span in story:
        HAPPENINGS[what](world)
        world.now += span
        event("rests" if world.rests() else "does not rest")
        world.look()


def waiting(plan: Plan, policy: JobPolicy, *, annotated: bool) -> World:
    """A world with one job that was looked at: it is annotated, or suspended before."""
    world = World(job=created(Job(JOB_ID, USER, INPUT, "rCRS", NOW, policy)), plan=replace(FREE, plan=plan))
    if not annotated:
        world.apply()
        world.edit(suspend=True)
    world.look()
    if annotated:
        held = world.write(world.job, world.job.claimed("annotator", NOW, LEASE))
        annotator = Annotator(held, NOW + LEASE)
        world.hot.update(annotator.files)
        world.job = replace(annotator.ended(held, "finishes", NOW), version=held.version + 1)
        world.look()
    return world
