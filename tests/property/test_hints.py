"""No order, loss or repetition of hints changes where a job ends."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from gas.domain.job import HOT, Job, created
from gas.domain.plan import Plan
from gas.domain.spec import ArchivePolicy, RestoreRequest
from tests.support.attempts import LEASE, Annotator
from tests.support.jobs import INPUT, JOB_ID, NOW, USER
from tests.support.lifecycle_world import World

SPANS = st.sampled_from(
    [
        timedelta(seconds=1),
        timedelta(seconds=20),
        timedelta(minutes=2),
        timedelta(minutes=6),
        timedelta(hours=2),
    ]
)
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["premium", "free", "ask", "never", "immediate", "follow"]),
        SPANS,
        st.integers(0, 2),
    ),
    max_size=6,
)


@given(ACTIONS)
def test_hints_change_nothing_but_the_delay(actions: list[tuple[str, timedelta, int]]) -> None:
    """The same story ends the same whether every hint arrives, none does, or each arrives several times."""
    told, untold, often = (_completed() for _ in range(3))

    for what, span, repeats in actions:
        for world, looks in ((told, 1), (untold, 0), (often, repeats)):
            _play(world, what)
            for _ in range(looks):
                world.sweep()
                world.look()
            world.now += span

    assert _rest(told) == _rest(untold) == _rest(often)


def _completed() -> World:
    world = World(job=created(Job(JOB_ID, USER, INPUT, "rCRS", NOW)))
    world.look()
    held = world.write(world.job, world.job.claimed("annotator", NOW, LEASE))
    annotator = Annotator(held, NOW + LEASE)
    world.hot.update(annotator.files)
    world.job = replace(annotator.ended(held, "finishes", NOW), version=held.version + 1)
    return world


def _play(world: World, what: str) -> None:
    match what:
        case "premium" | "free":
            world.change_plan(Plan.PREMIUM if what == "premium" else Plan.FREE)
        case "ask":
            request = RestoreRequest(world.now)
            intents = replace(world.job.intents, restore_requested=request)
            world.job = replace(world.job, intents=intents, due=world.now, version=world.job.version + 1)
        case _:
            policies = {
                "never": ArchivePolicy.NEVER,
                "immediate": ArchivePolicy.IMMEDIATE,
                "follow": ArchivePolicy.FOLLOW_PLAN,
            }
            world.job = replace(
                world.job,
                policy=replace(world.job.policy, archive_policy=policies[what]),
                due=world.now,
                version=world.job.version + 1,
            )


def _rest(world: World) -> tuple[object, ...]:
    """Where everything is after nothing but sweeps; how often it moved on the way does not count."""
    world.sweep()
    while world.job.due is not None or world.user_due:
        world.now = max(world.now, world.job.due or world.now)
        world.sweep()
    job = world.job
    return job.status in HOT, job.result, sorted(world.hot), sorted(world.archive), job.unserved_restore
