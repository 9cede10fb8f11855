"""The e-mails to owners: composed purely, sent once at most."""

import logging
from dataclasses import replace

from gas.domain.decision import MailKind
from gas.domain.errors import ConflictError, MailUncertainError, UsageError
from gas.domain.explanation import explain
from gas.domain.job import Job
from gas.domain.plan import User
from gas.ports.messaging import Mail, Mailer
from gas.ports.stores import JobStore, UserStore
from gas_controllers import metrics
from gas_controllers.items import MailOwed
from gas_controllers.lanes import SETTLED, Again

log = logging.getLogger(__name__)

_SUBJECTS = {
    MailKind.COMPLETED: "{file} is annotated",
    MailKind.FAILED: "{file} could not be annotated",
    MailKind.RESTORED: "{file} can be downloaded again",
    MailKind.RESTORED_BY_PLAN: "Your archived results are coming back",
}

_BEGINNINGS = {
    MailKind.COMPLETED: "Your file {file} is annotated.",
    MailKind.FAILED: "Your file {file} could not be annotated.",
    MailKind.RESTORED: "The result for your file {file} was brought back from the archive.",
    MailKind.RESTORED_BY_PLAN: (
        "You are a premium user now, so your archived results are being brought back. The result for {file} is "
        "the first that can be downloaded again; the others follow."
    ),
}


def compose(kind: MailKind, job: Job, user: User, public_url: str) -> Mail:
    """The mail for a job, in plain text, with a link to its page and never to its bytes."""
    file = job.input.file_name
    greeting = f"Dear {user.name}," if user.name else "Good day,"
    lines = [
        greeting,
        "",
        _BEGINNINGS[kind].format(file=file),
        explain(job),
        "",
        f"{public_url.rstrip('/')}/annotations/{job.job_id}",
    ]
    return Mail(user.email, _SUBJECTS[kind].format(file=file), "\n".join(lines) + "\n")


class MailSender:
    """Sends the mails that were claimed on the records."""

    def __init__(self, jobs: JobStore, users: UserStore, mailer: Mailer, public_url: str) -> None:
        self._jobs = jobs
        self._users = users
        self._mailer = mailer
        self._public_url = public_url
        self._claimed: set[MailOwed] = set()

    def send(self, item: MailOwed) -> Again:
        """Send one mail.

        Raises:
            TransientError: it was certainly not sent; try again.
        """
        job = self._jobs.get(item.job_id)
        user = self._users.get(job.user_id) if job is not None else None
        if job is None or user is None or not user.email:
            metrics.MAILS.labels("no-address").inc()
            return SETTLED
        if item.kind is MailKind.RESTORED_BY_PLAN and item not in self._claimed:
            if not self._first_of_plan_change(user):
                metrics.MAILS.labels("told-before").inc()
                return SETTLED
            # Kept until it is sent, so that trying again after a refusal does not take the claim for another's.
            self._claimed.add(item)
        try:
            self._mailer.send(compose(item.kind, job, user, self._public_url))
        except MailUncertainError as error:
            metrics.MAILS.labels("uncertain").inc()
            log.warning("a mail for job %s may be lost: %s", item.job_id, error)
        except UsageError as error:
            metrics.MAILS.labels("refused").inc()
            log.warning("a mail for job %s was refused: %s", item.job_id, error)
        else:
            metrics.MAILS.labels("sent").inc()
        self._claimed.discard(item)
        return SETTLED

    def _first_of_plan_change(self, user: User) -> bool:
        """Claim the one mail of this plan change on the user's row; False when another job's mail has it."""
        if user.mailed_plan_version >= user.plan_version:
            return False
        try:
            self._users.commit(user, replace(user, mailed_plan_version=user.plan_version))
        except ConflictError:
            fresh = self._users.get(user.user_id)
            return fresh is not None and self._first_of_plan_change(fresh)
        return True
