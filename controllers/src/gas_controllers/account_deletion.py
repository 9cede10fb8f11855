"""Deletes accounts: every job with its files first, then uploads, tokens and places, identities and, last of all, the user."""

import logging
from dataclasses import replace
from datetime import timedelta

from gas.domain.errors import GasError
from gas.domain.job import Job, JobStatus
from gas.domain.plan import User
from gas.domain.record import Intents
from gas.ports.clock import Clock
from gas.ports.messaging import Mail, Mailer
from gas.ports.quotas import QuotaStore
from gas.ports.sessions import AccessTokenStore
from gas.ports.stores import JobStore, UserStore
from gas_controllers import metrics
from gas_controllers.items import LookAtJob
from gas_controllers.lanes import SETTLED, Again, Lanes
from gas_controllers.unsubmitted import UnsubmittedUploads

log = logging.getLogger(__name__)

PAGE = 100

LOOK = timedelta(minutes=1)
"""How often an account is looked at whose jobs are not all forgotten yet."""

QUIET = timedelta(minutes=5)
"""How long after the wish an account may still get a job: a request that was under way then ends, with all its tries at AWS,
and the index by which jobs are found lags behind. An account that is forgotten before leaves a job of nobody's, for ever."""


class AccountDeletion:
    """Takes an account a step further. Killed anywhere, the next step finds what is left: the user's row goes last."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        users: UserStore,
        tokens: AccessTokenStore,
        quotas: QuotaStore,
        unsubmitted: UnsubmittedUploads,
        mailer: Mailer,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._users = users
        self._tokens = tokens
        self._quotas = quotas
        self._unsubmitted = unsubmitted
        self._mailer = mailer
        self._clock = clock

    def look_at(self, user: User, lanes: Lanes) -> Again:
        """Ask for the deletion of every job that is left; once none is or can come, forget the user and tell them."""
        now = self._clock.now()
        if self._jobs_left(user, lanes) or now < (user.delete_requested or now) + QUIET:
            self._users.commit(user, replace(user, due=now + LOOK))
            return SETTLED
        self._unsubmitted.leave(user.user_id)
        for token in self._tokens.tokens_of_user(user.user_id):
            self._tokens.revoke(user.user_id, token.token_id)
        self._quotas.forget(user.user_id)
        self._users.forget(user.user_id)
        log.info("account %s is deleted", user.user_id)
        self._tell(user)
        return SETTLED

    def _jobs_left(self, user: User, lanes: Lanes) -> bool:
        """Whether any record still names the user; each is asked to be deleted, and to forget."""
        left, cursor = False, None
        while True:
            page = self._jobs.jobs_of_user(user.user_id, cursor, PAGE)
            for job in page.jobs:
                left = True
                self._ask(job)
                lanes.put(LookAtJob(job.job_id))
            cursor = page.cursor
            if cursor is None:
                return left

    def _ask(self, job: Job) -> None:
        now = self._clock.now()
        if job.status is JobStatus.DELETED:
            # One that an earlier release deleted rests, and has not forgotten yet.
            self._jobs.make_due(job.job_id, now)
        elif job.intents.delete_requested is None:
            self._jobs.add_intents(job.job_id, Intents(delete_requested=now), now)

    def _tell(self, user: User) -> None:
        """A crash before this loses the mail; nothing is left then that could send it twice."""
        if not user.mail_address:
            return
        text = "Good day,\n\nyour account is deleted, with all of its jobs, files and access tokens, as you asked.\n"
        try:
            self._mailer.send(Mail(user.mail_address, "Your account is deleted", text))
        except GasError as error:
            log.warning("the mail about a deleted account was not sent: %s", error)
            metrics.MAILS.labels("failed").inc()
        else:
            metrics.MAILS.labels("sent").inc()
