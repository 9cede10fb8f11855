"""A deletion of either copy may hang and land late, as often as it likes: one right copy is always there.

The machine of the whole lifecycle has such deletions too; this one does nothing but move a finished result to and fro,
so that it gets to every coincidence of them.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from gas.domain.job import HOT, Job, JobStatus, created
from gas.domain.plan import Plan
from gas.domain.record import ResourceState
from gas.domain.spec import ArchivePolicy, JobPolicy, RestoreRequest
from tests.support.attempts import LEASE, Annotator
from tests.support.jobs import INPUT, JOB_ID, NOW, RULES, USER
from tests.support.lifecycle_world import World

MINUTE = timedelta(minutes=1)
SPANS = st.sampled_from([timedelta(seconds=1), MINUTE, 2 * MINUTE, 4 * MINUTE, 30 * MINUTE])


def finished(policy: JobPolicy, link: timedelta = RULES.longest_link, *, own_ids: bool = False) -> World:
    """A world with one downloadable result."""
    world = World(
        own_ids=own_ids,
        job=created(Job(JOB_ID, USER, INPUT, "rCRS", NOW, policy)),
        rules=replace(RULES, longest_link=link),
    )
    world.look()
    held = world.write(world.job, world.job.claimed("annotator", NOW, LEASE))
    annotator = Annotator(held, NOW + LEASE)
    world.hot.update(annotator.files)
    world.job = replace(annotator.ended(held, "finishes", NOW), version=held.version + 1)
    world.look()
    return world


def rest(world: World) -> None:
    """Sweeps alone, until nothing is due."""
    world.slow = False
    for _ in range(100):
        world.sweep()
        if world.job.due is None and not world.user_due:
            break
        world.now = max(world.now, world.job.due or world.now)
    world.land(*world.late)
    world.struck = False
    world.check()
    job = world.job
    assert job.due is None
    assert job.status in HOT | {JobStatus.ARCHIVED}
    assert job.result is not None
    assert set(world.archive) == set(job.result.copies.values())
    for output, stored in job.result.archivable.items():
        assert (output in job.result.copies) == (job.status is JobStatus.ARCHIVED)
        assert (stored.key in world.hot) == (job.status in HOT)


class LateDeletions(RuleBasedStateMachine):
    """One result, wanted hot and cold by turns."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize(
        retention=st.sampled_from([timedelta(0), 5 * MINUTE]),
        link=st.sampled_from([timedelta(0), 5 * MINUTE]),
        own_ids=st.booleans(),
    )
    def begins(self, retention: timedelta, link: timedelta, *, own_ids: bool) -> None:
        """A job is done; its links and its retention may be short."""
        self.world = finished(
            JobPolicy(retention=retention, ttl_after_finished=timedelta(days=7)), link, own_ids=own_ids
        )

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        """The job is left alone, but for the sweep."""
        self.world.now += span
        self.world.sweep()

    @rule()
    def next_due(self) -> None:
        """Just the time passes until the job is due."""
        self.world.now = max(self.world.now, self.world.job.due or self.world.now)
        self.world.sweep()

    @rule(plan=st.sampled_from([Plan.FREE, Plan.PREMIUM]))
    def plan_change(self, plan: Plan) -> None:
        """The owner changes plan."""
        self.world.change_plan(plan)
        self.world.sweep()

    @rule(policy=st.sampled_from([ArchivePolicy.FOLLOW_PLAN, ArchivePolicy.IMMEDIATE]))
    def edit_policy(self, policy: ArchivePolicy) -> None:
        """Operations change the archive policy."""
        job = self.world.job
        changed = replace(job.policy, archive_policy=policy)
        self.world.job = replace(job, policy=changed, due=self.world.now, version=job.version + 1)
        self.world.sweep()

    @rule()
    def restore(self) -> None:
        """Somebody asks for the result back."""
        job = self.world.job
        intents = replace(job.intents, restore_requested=RestoreRequest(self.world.now))
        self.world.job = replace(job, intents=intents, due=self.world.now, version=job.version + 1)
        self.world.sweep()

    @rule()
    def deletion_hangs(self) -> None:
        """The next deletion of a copy hangs: whoever sent it gives up, or is killed."""
        self.world.slow = True

    @precondition(lambda self: self.world.late)
    @rule(data=st.data())
    def late_deletion_lands(self, data: st.DataObject) -> None:
        """A deletion that hung happens after all."""
        self.world.land(data.draw(st.sampled_from(self.world.late)))
        self.world.check()

    def teardown(self) -> None:
        """From here on sweeps alone bring the result to where it belongs."""
        rest(self.world)


TestLateDeletions = LateDeletions.TestCase


@pytest.mark.parametrize("minutes", [0, 1, 3, 4, 5], ids=lambda minutes: f"lands-after-{minutes}-minutes")
def test_upgrade_while_the_hot_deletion_hangs(minutes: int) -> None:
    """The owner upgrades while the deletion of the hot bytes hangs: whenever it lands, the result comes back."""
    world = finished(JobPolicy())
    while world.job.delete_hot_after is None or world.now < world.job.delete_hot_after:
        world.now = world.job.due or world.now
        world.slow = world.job.delete_hot_after == world.now
        world.sweep()
    hanging, begun = tuple(world.late), world.now
    world.change_plan(Plan.PREMIUM)
    world.sweep()
    upgraded = world.job.status

    while world.job.due is not None and world.job.due < begun + minutes * MINUTE:
        world.now = max(world.now, world.job.due)
        world.sweep()
    world.now = begun + minutes * MINUTE
    world.land(*(deletion for deletion in hanging if deletion in world.late))
    rest(world)

    assert len(hanging) == 1
    assert upgraded is JobStatus.RESTORING
    assert world.job.status is JobStatus.RESTORED
    assert (world.job.archive_id, world.job.hot_deletion) == (None, None)
    assert world.job.resource.state is not ResourceState.NEVER
