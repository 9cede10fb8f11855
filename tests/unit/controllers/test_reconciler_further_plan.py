"""Plans that settings alone define: what the controllers do with the jobs of their users."""

from datetime import timedelta

import pytest

from gas.adapters.memory.messaging import InMemoryPublisher, InMemoryQueue
from gas.bootstrap import plans_of
from gas.config import LineSettings, Settings
from gas.domain.explanation import explain
from gas.domain.job import JobStatus
from gas.domain.line import EVERYBODY, Line
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas.domain.spec import RestoreRequest
from gas_controllers.telling.overviews import oldest_waits
from tests.support.jobs import INPUT
from tests.support.plans import INSTITUTE, TEAM, settings_with_further
from tests.support.platform import Platform

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
UNKNOWN = Plan("of_another_installation")
PLANS = plans_of(Settings(plans=settings_with_further()))


def platform_of(plan: Plan) -> Platform:
    """An installation with these plans, and a user on one of them."""
    platform = Platform(plan)
    platform.rules = platform.rules_with(plans=PLANS)
    platform.restart()
    return platform


def test_a_team_job_is_archived_after_its_own_retention_and_restored_when_asked() -> None:
    """An hour after it is done, not five minutes; back when its owner asks, and for an hour again."""
    platform = platform_of(TEAM)

    platform.complete()
    limit = platform.job.accepted_input and platform.job.accepted_input.cpu_limit
    platform.pass_time(HOUR - MINUTE)
    before = platform.job.status
    platform.pass_time(2 * MINUTE)
    archived = platform.job
    platform.intend(restore_requested=RestoreRequest(platform.clock.now()))
    platform.look()
    platform.pass_time(30 * MINUTE)

    assert limit == PLANS.terms[2].cpu_limit
    assert (before, archived.status, archived.reason) == (
        JobStatus.COMPLETED,
        JobStatus.ARCHIVED,
        Reason.RETENTION_OVER,
    )
    assert platform.job.status is JobStatus.RESTORED
    assert platform.job.retain_until is not None
    assert "Your result can be downloaded again" in platform.send_mails()
    platform.assert_safe()


def test_an_institutes_results_stay_and_what_was_archived_comes_back() -> None:
    """Archived as a free user's; the mail names the plan that brings it back, and its resource the plans that keep it."""
    platform = platform_of(Plan.FREE)
    platform.complete()
    platform.pass_time(10 * MINUTE)
    archived = platform.status
    platform.change_plan(INSTITUTE)
    platform.look()
    platform.pass_time(30 * MINUTE)
    platform.pass_time(HOUR * 24)

    assert archived["phase"] == "Archived"
    assert "when its owner becomes a premium or institute user" in str(archived["conditions"])
    assert (platform.job.status, platform.job.reason) == (JobStatus.RESTORED, Reason.PREMIUM)
    assert "You are an institute user now, so your archived results" in platform.mailer.sent[-1].text
    assert "as long as you are an institute user" in platform.mailer.sent[-1].text


@pytest.mark.parametrize(
    ("plan", "size", "said"),
    [
        (
            TEAM,
            300_001,
            "a team user's limit is 300,000 bytes. Become an institute user, whose limit is 400,000 bytes, or split the file.",
        ),
        (
            INSTITUTE,
            400_001,
            "an institute user's limit is 400,000 bytes. Split the file, and submit the parts.",
        ),
    ],
    ids=["team", "institute"],
)
def test_a_file_beyond_a_plan_is_told_of_the_next(plan: Plan, size: int, said: str) -> None:
    """Where there is a larger plan it is named."""
    platform = platform_of(plan)
    platform.objects.put(INPUT.bucket, INPUT.key, b"x" * size)

    platform.submit()
    platform.look()

    assert platform.job.status is JobStatus.FAILED
    assert said in explain(platform.job, PLANS)


def test_a_plan_that_nobody_knows_moves_nothing() -> None:
    """A user of an installation's former plan is read, is held to the smallest limits, and loses nothing."""
    platform = platform_of(UNKNOWN)

    platform.complete()
    limit = platform.job.accepted_input and platform.job.accepted_input.cpu_limit
    platform.pass_time(HOUR * 24)

    assert limit == PLANS.default.cpu_limit
    assert (platform.job.status, platform.job.archive_id) == (JobStatus.COMPLETED, None)
    platform.assert_safe()


def test_a_third_line_needs_settings_alone() -> None:
    """Its users' jobs go to its queue and no other, people are told of its annotators, and its wait is told apart."""
    lined = Settings(plans=settings_with_further(), lines={"team": LineSettings(plans=("team",))})
    line = Line("team")
    platform = Platform(TEAM)
    platform.queues[line.channel] = InMemoryQueue(line.channel, platform.clock)
    platform.publisher = InMemoryPublisher(platform.queues)
    platform.rules = platform.rules_with(plans=plans_of(lined), annotators_counted=True)
    platform.annotators_up = {EVERYBODY: True, line: False}
    platform.restart()

    platform.submit()
    platform.look()
    platform.clock.advance(MINUTE)

    assert [channel for channel, queue in platform.queues.items() if not queue.empty()] == [line.channel]
    assert platform.job.reason is Reason.WAKING_ANNOTATOR
    assert oldest_waits(platform.resources.survey(), platform.clock.now()) == {line: MINUTE}
