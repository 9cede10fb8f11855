"""The e-mails to owners: composed purely, sent once at most."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from gas import tracing
from gas.domain.display_name import cleaned_name
from gas.domain.errors import ConflictError, GasError, MailUncertainError, UsageError
from gas.domain.explanation import explain, remark
from gas.domain.job import Job
from gas.domain.owed_mails import MailKind, owed_mails, with_claim, without_claim
from gas.domain.plan import Plan, User
from gas.ports.clock import Clock
from gas.ports.mail_budget import MailBudget
from gas.ports.messaging import Mail, Mailer
from gas.ports.stores import JobStore, UserStore
from gas_controllers import metrics
from gas_controllers.items import MailOwed
from gas_controllers.lanes import SETTLED, Again

log = logging.getLogger(__name__)

GIVE_BACK_TRIES = 5
"""A pass over the job may write between the reading and the writing, but hardly so often."""

HOUR = timedelta(hours=1)

_PLAIN_FILE = re.compile(r"[\w+()-]{1,100}(\.vcf|\.vcf\.gz|\.bcf)?", re.IGNORECASE)
"""A file's name that says no more than which file it is: a word, for no sentence and no site's name fits into one."""

_SUBJECTS = {
    MailKind.COMPLETED: "Your file is annotated",
    MailKind.FAILED: "Your file could not be annotated",
    MailKind.RESTORED: "Your result can be downloaded again",
    MailKind.RESTORED_BY_PLAN: "Your archived results are being restored",
}

_BEGINNINGS = {
    MailKind.COMPLETED: "Your file{file} is annotated.",
    MailKind.FAILED: "Your file{file} could not be annotated.",
    MailKind.RESTORED: "The result for your file{file} was restored from the archive.",
    MailKind.RESTORED_BY_PLAN: (
        "You are a premium user now, so your archived results are being restored. The result for your "
        "file{file} is "
        "the first that can be downloaded again; the others follow."
    ),
}


def compose(kind: MailKind, job: Job, user: User, public_url: str) -> Mail:
    """The mail for a job, in plain text, with a link to its page and never to its bytes.

    Nobody's words stand in its subject, and in its greeting none but a name.
    """
    name = cleaned_name(user.name)
    greeting = f"Dear {name}," if name else "Good day,"
    file = job.input.file_name if _PLAIN_FILE.fullmatch(job.input.file_name) else ""
    lines = [
        greeting,
        "",
        _BEGINNINGS[kind].format(file=file and f" {file}"),
        explain(job, premium=user.standing.plan is Plan.PREMIUM),
        *([remarked] if (remarked := remark(job)) else []),
        "",
        f"{public_url.rstrip('/')}/annotations/{job.job_id}",
    ]
    return Mail(user.mail_address, _SUBJECTS[kind], "\n".join(lines) + "\n")


@dataclass(frozen=True)
class MailLimit:
    """How many e-mails about jobs one address may get in an hour."""

    budget: MailBudget
    clock: Clock
    most: int

    def allows(self, address: str) -> bool:
        """Count one more e-mail to the address; False when it has got enough for now."""
        return self.budget.take("jobs", address, self.most, HOUR, self.clock.now())


class MailSender:
    """Claims each mail on the record just before it is sent: one that waits when the program stops is still owed.

    A mail that was certainly not sent gives its claims back. Those that the store does not take back are remembered
    here, so that the next try does not hold them for another's.
    """

    def __init__(
        self, jobs: JobStore, users: UserStore, mailer: Mailer, limit: MailLimit, public_url: str
    ) -> None:
        self._jobs = jobs
        self._users = users
        self._mailer = mailer
        self._limit = limit
        self._public_url = public_url
        self._ours: set[MailOwed] = set()
        self._our_changes: set[tuple[str, int]] = set()

    def send(self, item: MailOwed) -> Again:
        """Send one mail, unless it is owed no more.

        Raises:
            GasError: it was certainly not sent; try again.
        """
        job = self._jobs.get(item.job_id)
        if job is not None:
            tracing.join(job.traceparent)
        user = self._users.get(job.user_id) if job is not None and job.tombstone is None else None
        if job is None or not self._claim(item, job):
            return SETTLED
        try:
            outcome = self._tell(item.kind, job, user)
        except GasError:
            metrics.MAILS.labels("failed").inc()
            if not _written(lambda: self._give_back(item)):
                self._ours.add(item)
            raise
        metrics.MAILS.labels(outcome).inc()
        return SETTLED

    def _claim(self, item: MailOwed, job: Job) -> bool:
        """Claim the mail on the job's record; False when it is not owed, or somebody else's.

        Raises:
            ConflictError: the record has changed meanwhile.
        """
        ours = item in self._ours
        self._ours.discard(item)
        if item.claim in job.claimed_mails:
            return ours
        if item.claim not in {mail.claim for mail in owed_mails(job, None)}:
            return False
        self._jobs.commit(job, with_claim(job, item.claim))
        return True

    def _give_back(self, item: MailOwed) -> None:
        job = self._jobs.get(item.job_id)
        if job is not None:
            self._jobs.commit(job, without_claim(job, item.claim))

    def _tell(self, kind: MailKind, job: Job, user: User | None) -> str:
        """Tell the owner, if there is somebody to tell whom no other job has told; what came of it."""
        if user is None or not user.mail_address:
            return "no-address"
        mail = compose(kind, job, user, self._public_url)
        if kind is not MailKind.RESTORED_BY_PLAN:
            return self._hand_over(mail, job)
        if not self._claim_plan_change(user):
            return "told-before"
        try:
            return self._hand_over(mail, job)
        except GasError:
            change = user.user_id, user.plan_version
            if not _written(lambda: self._give_plan_change_back(*change)):
                self._our_changes.add(change)
            raise

    def _hand_over(self, mail: Mail, job: Job) -> str:
        if not self._limit.allows(mail.to):
            log.warning("a mail for job %s was not sent: its owner has got enough in this hour", job.job_id)
            return "too-many"
        try:
            self._mailer.send(mail)
        except MailUncertainError as error:
            log.warning("a mail for job %s may be lost: %s", job.job_id, error)
            return "uncertain"
        except UsageError as error:
            log.warning("a mail for job %s was refused: %s", job.job_id, error)
            return "refused"
        return "sent"

    def _claim_plan_change(self, user: User) -> bool:
        """Claim the one mail of this plan change on the user's row; False when another job's mail has it."""
        change = user.user_id, user.plan_version
        ours = change in self._our_changes
        self._our_changes.discard(change)
        if user.mailed_plan_version >= user.plan_version:
            return ours
        try:
            self._users.commit(user, replace(user, mailed_plan_version=user.plan_version))
        except ConflictError:
            fresh = self._users.get(user.user_id)
            return fresh is not None and self._claim_plan_change(fresh)
        return True

    def _give_plan_change_back(self, user_id: str, plan_version: int) -> None:
        user = self._users.get(user_id)
        if user is not None and user.mailed_plan_version == plan_version:
            self._users.commit(user, replace(user, mailed_plan_version=plan_version - 1))


def _written(write: Callable[[], None]) -> bool:
    """Make a conditional write, anew when it meets another; False when the store did not take it."""
    for _ in range(GIVE_BACK_TRIES):
        try:
            write()
        except ConflictError:
            continue
        except GasError as error:
            log.warning("the claim of an unsent mail stays on its record: %s", error)
            return False
        return True
    return False
