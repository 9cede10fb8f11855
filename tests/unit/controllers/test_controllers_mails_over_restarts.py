"""E-mails through stops, crashes and a mail service that is out of reach: none is doubled, and only a crash loses one."""

from datetime import timedelta

import pytest

from gas.domain.errors import TransientError
from gas.domain.plan import Plan
from tests.support.crashes import CrashError, Crashes
from tests.support.jobs import JOB_ID
from tests.support.platform import Platform

HOUR = timedelta(hours=1)
DONE, BACK = "Your file is annotated", "Your archived results are being restored"


def life(platform: Platform) -> None:
    """A result that is archived, and restored because its owner becomes premium."""
    platform.complete()
    life_after_completion(platform)


def life_after_completion(platform: Platform) -> None:
    """The rest of it."""
    platform.pass_time(HOUR)
    platform.change_plan(Plan.PREMIUM)
    platform.pass_time(HOUR)


def subjects(platform: Platform) -> list[str]:
    """What was sent."""
    return [mail.subject for mail in platform.mailer.sent]


def test_stop_with_waiting_mails() -> None:
    """Mails that waited when the controllers stopped are sent by the next ones, each once."""
    platform = Platform()
    platform.mails_wait = True
    life(platform)
    waiting = len(platform.mails)

    platform.restart()
    platform.mails_wait = False
    platform.pass_time(HOUR)

    assert waiting == 2
    assert subjects(platform) == [DONE, BACK]


@pytest.mark.parametrize("restarts", [0, 1, 3], ids=lambda number: f"{number}-restarts")
def test_mail_service_that_is_throttled_and_heals(restarts: int) -> None:
    """However long SES refuses, and however often the controllers stop meanwhile, each mail arrives once."""
    platform = Platform()
    platform.mailer.failure = TransientError("throttled")
    life(platform)
    for _ in range(restarts):
        platform.restart()
        platform.pass_time(timedelta(minutes=3))
    platform.mailer.failure = None

    platform.pass_time(HOUR)
    platform.restart()
    platform.look()

    assert subjects(platform) == [DONE, BACK]
    assert platform.job.due is not None
    assert platform.job.due > platform.clock.now() + HOUR


@pytest.mark.parametrize("throttled", [False, True], ids=["healthy", "throttled"])
def test_crash_at_every_call(*, throttled: bool) -> None:
    """No crash doubles a mail, and only one between a mail's claim and its sending loses it."""
    counter = Crashes()
    undisturbed, _ = _crashing(counter, throttled=throttled)

    losses = 0
    for number in range(1, counter.calls + 1):
        platform, claimed_unsent = _crashing(Crashes(number, after=True), throttled=throttled)

        lost = sorted({DONE, BACK} - set(subjects(platform)))
        assert len(subjects(platform)) + len(lost) == 2, f"doubled by a crash after call {number}"
        assert len(lost) <= claimed_unsent <= 1, f"lost by a crash after call {number}: {lost}"
        losses += len(lost)

    assert subjects(undisturbed) == [DONE, BACK]
    assert 0 < losses < counter.calls / 5


def _crashing(crashes: Crashes, *, throttled: bool) -> tuple[Platform, int]:
    """A platform after a life with a crash in it, and how many mails were claimed but not sent when it crashed."""
    platform, claimed_unsent = Platform(), 0
    platform.mailer.failure = TransientError("throttled") if throttled else None
    platform.restart(crashes)
    try:
        platform.complete()
        platform.pass_time(timedelta(minutes=2))
        platform.mailer.failure = None
        life_after_completion(platform)
    except CrashError:
        job = platform.jobs.get(JOB_ID)
        claimed_unsent = len(job.claimed_mails if job else ()) - len(platform.mailer.sent)
        platform.mailer.failure = None
        platform.restart()
        _catch_up(platform)
    return platform, claimed_unsent


def _catch_up(platform: Platform) -> None:
    """Fresh controllers take the job wherever it is to the end of that life."""
    if platform.jobs.get(JOB_ID) is None:
        platform.submit()
    platform.look()
    if not platform.job.finished:
        if platform.job.lease is None:
            platform.claim()
        platform.finish()
        platform.look()
    life_after_completion(platform)
