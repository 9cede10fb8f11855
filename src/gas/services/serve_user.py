"""Does what a user is due for: every job hears of a plan change, a page at a time, and a letter that is owed is sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from gas.domain.plan import User
from gas.ports.clock import Clock
from gas.ports.stores import JobStore, UserStore
from gas.services.forget_account import ForgetAccount
from gas.services.make_pass import SETTLED, Again

PAGE = 100

LETTER_LOOK = timedelta(minutes=10)
"""When a user whose letter is still to be sent is looked at again, in case the mail lane forgot it at a restart."""


@dataclass(frozen=True)
class ServeUser:
    """The use case with its ports. `look_at_job` asks for a pass over a job, and `start_letter` for a user's letter."""

    jobs: JobStore
    users: UserStore
    clock: Clock
    forget_account: ForgetAccount
    look_at_job: Callable[[str], None]
    start_letter: Callable[[str], None]

    def __call__(self, user_id: str) -> Again:
        """Make one page of the user's jobs due, if they are to be told of a new plan; come back while there are more.

        Killed in the middle, it repeats a page: making a job due twice changes nothing. A letter that is owed tells the
        jobs nothing.
        """
        user = self.users.get(user_id)
        if user is None or user.due is None:
            return SETTLED
        if user.delete_requested is not None:
            self.forget_account(user)
            return SETTLED
        if user.letter_owed:
            self.start_letter(user.user_id)
        cursor = self._tell_one_page(user) if user.plan_untold else None
        if cursor is not None:
            self.users.commit(user, replace(user, cursor=cursor))
            return Again()
        later = self.clock.now() + LETTER_LOOK if user.letter_owed else None
        self.users.commit(user, replace(user, cursor=None, due=later, told_plan_version=user.plan_version))
        return SETTLED

    def _tell_one_page(self, user: User) -> str | None:
        """Where the next page begins; None after the last."""
        page = self.jobs.jobs_of_user(user.user_id, user.cursor, PAGE)
        # One whose record cannot be read hears of it when that is put right.
        for job_id in page.job_ids:
            self.jobs.make_due(job_id, self.clock.now())
            self.look_at_job(job_id)
        return page.cursor
