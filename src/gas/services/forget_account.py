"""Forgetting accounts: every job with its files first, then uploads, tokens and places, identities and, last of all, the user.

Who is suspended stays known by what keeps them out, and by nothing else: forgotten, they would be let in as somebody new.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from gas.domain.errors import GasError
from gas.domain.job import Job, JobStatus
from gas.domain.plan import User
from gas.domain.record import Intents
from gas.ports.clock import Clock
from gas.ports.messaging import Mail, Mailer
from gas.ports.onlooker import MailEnding, Nobody, UserOnlooker
from gas.ports.quotas import QuotaStore
from gas.ports.sessions import AccessTokenStore
from gas.ports.stores import JobStore, UserStore
from gas.services.remove_uploads import RemoveUploads

PAGE = 100

LOOK = timedelta(minutes=1)
"""How often an account is looked at whose jobs are not all forgotten yet."""

QUIET = timedelta(minutes=5)
"""How long after the wish an account may still get a job: a request that was under way then ends, with all its tries at AWS,
and the index by which jobs are found lags behind. An account that is forgotten before leaves a job of nobody's, for ever."""

GONE = Mail(
    "",
    "Your account is deleted",
    "Good day,\n\nyour account is deleted, with all of its jobs, files and access tokens, as you asked.\n",
)

KEPT_OUT = Mail(
    "",
    "Your jobs and files are deleted",
    "Good day,\n\nall jobs, files and access tokens of your account are deleted, as you asked, and so are your name and address.\n"
    "Those who run GAS have suspended the account: by which identities you sign in, and that it is suspended, is kept until they\n"
    "let you in again, and is deleted then.\n",
)


@dataclass(frozen=True)
class ForgetAccount:
    """The use case with its ports. `look_at_job` asks for a pass over a job.

    Killed anywhere, the next call finds what is left: the user's row goes last.
    """

    jobs: JobStore
    users: UserStore
    tokens: AccessTokenStore
    quotas: QuotaStore
    remove_uploads: RemoveUploads
    mailer: Mailer
    clock: Clock
    look_at_job: Callable[[str], None]
    onlooker: UserOnlooker = field(default_factory=Nobody)

    def __call__(self, user: User) -> None:
        """Ask for the deletion of every job that is left; once none is or can come, forget the user and tell them.

        Raises:
            ConflictError: the user was suspended, or let in, meanwhile.
        """
        now = self.clock.now()
        if self._jobs_left(user) or now < (user.delete_requested or now) + QUIET:
            self.users.commit(user, replace(user, due=now + LOOK))
            return
        self.remove_uploads.leave(user.user_id)
        for token in self.tokens.tokens_of_user(user.user_id):
            self.tokens.revoke(user.user_id, token.token_id)
        self.quotas.forget(user.user_id)
        if user.suspended is not None:
            # Whoever lets them in again makes them due.
            self.users.commit(user, _kept_out(user))
            self._tell(user, KEPT_OUT)
            return
        # On condition that nobody has suspended them since they were read.
        self.users.commit(user, replace(user, due=now + LOOK))
        self.users.forget(user.user_id)
        self.onlooker.account_forgotten(user.user_id)
        self._tell(user, GONE)

    def _jobs_left(self, user: User) -> bool:
        """Whether any record still names the user; each is asked to be deleted, and to forget."""
        left, cursor = False, None
        while True:
            page = self.jobs.jobs_of_user(user.user_id, cursor, PAGE)
            for job in page.jobs:
                self._ask(job)
            # What cannot be read has files all the same: it is asked once its record is put right.
            for job_id in page.job_ids:
                left = True
                self.look_at_job(job_id)
            cursor = page.cursor
            if cursor is None:
                return left

    def _ask(self, job: Job) -> None:
        now = self.clock.now()
        if job.status is JobStatus.DELETED:
            # One that an earlier release deleted rests, and has not forgotten yet.
            self.jobs.make_due(job.job_id, now)
        elif job.intents.delete_requested is None:
            self.jobs.add_intents(job.job_id, Intents(delete_requested=now), now)

    def _tell(self, user: User, mail: Mail) -> None:
        """A crash before this loses the mail; nothing is left then that could send it twice."""
        if not user.mail_address:
            return
        try:
            self.mailer.send(replace(mail, to=user.mail_address))
        except GasError as error:
            self.onlooker.mail_ended(MailEnding.FAILED, user_id=user.user_id, error=error)
        else:
            self.onlooker.mail_ended(MailEnding.SENT, user_id=user.user_id)


def _kept_out(user: User) -> User:
    """What is left of a user who asked to be forgotten, and is suspended."""
    return replace(
        user,
        due=None,
        email="",
        email_confirmed=False,
        asked_email=None,
        email_letter=None,
        name="",
        institution="",
    )
