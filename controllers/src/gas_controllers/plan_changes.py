"""Does what a user is due for: every job hears of a plan change, a page at a time, and a letter that is owed is sent."""

from dataclasses import replace
from datetime import timedelta

from gas.domain.decision import Lane
from gas.domain.plan import User
from gas.ports.clock import Clock
from gas.ports.stores import JobStore, UserStore
from gas_controllers.account_deletion import AccountDeletion
from gas_controllers.items import LetterOwed, LookAtJob, LookAtUser
from gas_controllers.lanes import SETTLED, Again, Lanes

PAGE = 100

LETTER_LOOK = timedelta(minutes=10)
"""When a user whose letter is still to be sent is looked at again, in case the mail lane forgot it at a restart."""


class PlanChanges:
    """Makes the jobs of users with a new plan due."""

    def __init__(self, jobs: JobStore, users: UserStore, clock: Clock, deletion: AccountDeletion) -> None:
        self._jobs = jobs
        self._users = users
        self._clock = clock
        self._deletion = deletion

    def look_at(self, item: LookAtUser, lanes: Lanes) -> Again:
        """Make one page of the user's jobs due, if they are to be told of a new plan; come back while there are more.

        Killed in the middle, it repeats a page: making a job due twice changes nothing. A letter that is owed tells the
        jobs nothing.
        """
        user = self._users.get(item.user_id)
        if user is None or user.due is None:
            return SETTLED
        if user.delete_requested is not None:
            return self._deletion.look_at(user, lanes)
        if user.letter_owed:
            lanes.put(LetterOwed(user.user_id), Lane.MAIL, patient=True)
        cursor = self._tell_one_page(user, lanes) if user.plan_untold else None
        if cursor is not None:
            self._users.commit(user, replace(user, cursor=cursor))
            return Again()
        later = self._clock.now() + LETTER_LOOK if user.letter_owed else None
        self._users.commit(user, replace(user, cursor=None, due=later, told_plan_version=user.plan_version))
        return SETTLED

    def _tell_one_page(self, user: User, lanes: Lanes) -> str | None:
        """Where the next page begins; None after the last."""
        page = self._jobs.jobs_of_user(user.user_id, user.cursor, PAGE)
        for job in page.jobs:
            self._jobs.make_due(job.job_id, self._clock.now())
            lanes.put(LookAtJob(job.job_id))
        return page.cursor
