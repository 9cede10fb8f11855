"""What the controllers do for a user who is due, beside telling their jobs of a plan change."""

from dataclasses import replace

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.stores import InMemoryJobStore, InMemoryUserStore
from gas.domain.job import JobStatus
from gas.domain.plan import EmailLetter, EmailWish, Plan, User
from gas.services.make_pass import SETTLED, Again
from gas.services.serve_user import LETTER_LOOK, PAGE, ServeUser
from tests.support.by_hand import make_unreadable
from tests.support.jobs import FREE, JOB_ID, NOW, USER, job_in

WISH = EmailWish("new@else.example", NOW)
ADA = User(USER, "ada@example.org", "Ada", FREE, due=NOW, email_confirmed=True)


class Desk:
    """Serves users, and notes what is asked for."""

    def __init__(self, jobs: InMemoryJobStore, users: InMemoryUserStore) -> None:
        self.clock = FakeClock(NOW)
        self.jobs_asked: list[str] = []
        self.letters_asked: list[str] = []
        self.serve_user = ServeUser(
            jobs,
            users,
            self.clock,
            None,  # type: ignore[arg-type]  # nobody leaves
            self.jobs_asked.append,
            self.letters_asked.append,
        )


def test_a_letter_is_asked_for_until_it_is_sent() -> None:
    """In the lane of e-mail; the user stays due until the letter stands in their row, and then is due no more."""
    users = InMemoryUserStore()
    users.create(replace(ADA, asked_email=WISH))
    desk = Desk(InMemoryJobStore(), users)

    first = desk.serve_user(USER)
    waiting = users.get(USER)
    assert waiting is not None
    letter = EmailLetter(WISH.address, "h" * 32, NOW, answers=WISH.asked)
    users.commit(waiting, replace(waiting, email_letter=letter))
    desk.serve_user(USER)

    sent = users.get(USER)
    assert first is SETTLED
    assert (desk.letters_asked, desk.jobs_asked) == ([USER], [])
    assert waiting.due == NOW + LETTER_LOOK
    assert sent is not None
    assert sent.due is None


def test_a_letter_tells_no_jobs() -> None:
    """Whoever wants e-mail elsewhere has no new plan: their jobs are left alone, however often the letter is tried."""
    jobs, users = InMemoryJobStore(), InMemoryUserStore()
    users.create(replace(ADA, asked_email=WISH))
    jobs.create(job_in(JobStatus.ARCHIVED))
    desk = Desk(jobs, users)

    for _ in range(3):
        desk.serve_user(USER)
        desk.clock.advance(LETTER_LOOK)

    assert (desk.letters_asked, desk.jobs_asked) == ([USER] * 3, [])
    assert jobs.get(JOB_ID) == job_in(JobStatus.ARCHIVED)


def test_a_new_plan_is_told_once_to_every_job() -> None:
    """A page at a time, beside a letter that is owed; what was told is not told again while the letter is tried."""
    jobs, users = InMemoryJobStore(), InMemoryUserStore()
    users.create(replace(ADA, asked_email=WISH))
    names = [f"job-{number}" for number in range(PAGE + 1)]
    for name in names:
        jobs.create(replace(job_in(JobStatus.ARCHIVED), job_id=name))
    users.change_plan(USER, Plan.PREMIUM, NOW)
    desk = Desk(jobs, users)

    first = desk.serve_user(USER)
    half = users.get(USER)
    rest = [desk.serve_user(USER) for _ in range(3)]

    told = desk.jobs_asked
    done = users.get(USER)
    assert first == Again()
    assert half is not None
    assert half.plan_untold
    assert rest == [SETTLED] * 3
    assert sorted(told) == sorted(names)
    assert done is not None
    assert (done.plan_untold, done.cursor, done.due) == (False, None, NOW + LETTER_LOOK)


def test_who_cannot_be_read_is_told_too() -> None:
    """Its job is due, so that it hears of the plan as soon as its record is put right."""
    jobs, users = InMemoryJobStore(), InMemoryUserStore()
    users.create(ADA)
    jobs.create(job_in(JobStatus.ARCHIVED, due=None))
    make_unreadable(jobs, JOB_ID)
    users.change_plan(USER, Plan.PREMIUM, NOW)
    desk = Desk(jobs, users)

    assert desk.serve_user(USER) is SETTLED
    assert desk.jobs_asked == [JOB_ID]
    assert jobs.due_before(NOW, 10) == [JOB_ID]
