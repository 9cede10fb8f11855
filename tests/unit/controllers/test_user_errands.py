"""What the controllers do for a user who is due, beside telling their jobs of a plan change."""

from dataclasses import replace

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.stores import InMemoryJobStore, InMemoryUserStore
from gas.domain.decision import Lane
from gas.domain.job import JobStatus
from gas.domain.plan import EmailLetter, EmailWish, Plan, User
from gas_controllers.items import LetterOwed, LookAtJob, LookAtUser
from gas_controllers.lanes import SETTLED, Again
from gas_controllers.plan_changes import LETTER_LOOK, PAGE, PlanChanges
from tests.support.jobs import FREE, JOB_ID, NOW, USER, job_in

WISH = EmailWish("new@else.example", NOW)
ADA = User(USER, "ada@example.org", "Ada", FREE, due=NOW, email_confirmed=True)


class Lanes:
    """Notes what is put where."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, Lane]] = []

    def put(self, item: object, lane: Lane = Lane.STATE, **_: object) -> None:
        """Note it."""
        self.asked.append((item, lane))


def test_a_letter_is_asked_for_until_it_is_sent() -> None:
    """In the lane of e-mail; the user stays due until the letter stands in their row, and then is due no more."""
    users, lanes = InMemoryUserStore(), Lanes()
    users.create(replace(ADA, asked_email=WISH))
    changes = PlanChanges(InMemoryJobStore(), users, FakeClock(NOW), None)  # type: ignore[arg-type]  # nobody leaves

    first = changes.look_at(LookAtUser(USER), lanes)  # type: ignore[arg-type]  # all that is asked of lanes
    waiting = users.get(USER)
    assert waiting is not None
    letter = EmailLetter(WISH.address, "h" * 32, NOW, answers=WISH.asked)
    users.commit(waiting, replace(waiting, email_letter=letter))
    changes.look_at(LookAtUser(USER), lanes)  # type: ignore[arg-type]

    sent = users.get(USER)
    assert first is SETTLED
    assert lanes.asked == [(LetterOwed(USER), Lane.MAIL)]
    assert waiting.due == NOW + LETTER_LOOK
    assert sent is not None
    assert sent.due is None


def test_a_letter_tells_no_jobs() -> None:
    """Whoever wants e-mail elsewhere has no new plan: their jobs are left alone, however often the letter is tried."""
    jobs, users, lanes = InMemoryJobStore(), InMemoryUserStore(), Lanes()
    users.create(replace(ADA, asked_email=WISH))
    jobs.create(job_in(JobStatus.ARCHIVED))
    clock = FakeClock(NOW)
    changes = PlanChanges(jobs, users, clock, None)  # type: ignore[arg-type]  # nobody leaves

    for _ in range(3):
        changes.look_at(LookAtUser(USER), lanes)  # type: ignore[arg-type]  # all that is asked of lanes
        clock.advance(LETTER_LOOK)

    assert lanes.asked == [(LetterOwed(USER), Lane.MAIL)] * 3
    assert jobs.get(JOB_ID) == job_in(JobStatus.ARCHIVED)


def test_a_new_plan_is_told_once_to_every_job() -> None:
    """A page at a time, beside a letter that is owed; what was told is not told again while the letter is tried."""
    jobs, users, lanes = InMemoryJobStore(), InMemoryUserStore(), Lanes()
    users.create(replace(ADA, asked_email=WISH))
    names = [f"job-{number}" for number in range(PAGE + 1)]
    for name in names:
        jobs.create(replace(job_in(JobStatus.ARCHIVED), job_id=name))
    users.change_plan(USER, Plan.PREMIUM, NOW)
    changes = PlanChanges(jobs, users, FakeClock(NOW), None)  # type: ignore[arg-type]  # nobody leaves

    first = changes.look_at(LookAtUser(USER), lanes)  # type: ignore[arg-type]  # all that is asked of lanes
    half = users.get(USER)
    rest = [changes.look_at(LookAtUser(USER), lanes) for _ in range(3)]  # type: ignore[arg-type]

    told = [item.job_id for item, _ in lanes.asked if isinstance(item, LookAtJob)]
    done = users.get(USER)
    assert first == Again()
    assert half is not None
    assert half.plan_untold
    assert rest == [SETTLED] * 3
    assert sorted(told) == sorted(names)
    assert done is not None
    assert (done.plan_untold, done.cursor, done.due) == (False, None, NOW + LETTER_LOOK)
