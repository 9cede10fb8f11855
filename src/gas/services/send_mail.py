"""The e-mails to owners: composed purely, sent once at most."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from gas.domain.catalogue import Entry
from gas.domain.display_name import cleaned_name
from gas.domain.errors import ConflictError, GasError, MailUncertainError, UsageError
from gas.domain.explanation import explain, remark
from gas.domain.job import Job
from gas.domain.owed_mails import MailKind, OwedMail, owed_mails, with_claim, without_claim
from gas.domain.plan import Plans, User
from gas.domain.reference_words import annotated_with
from gas.ports.clock import Clock
from gas.ports.mail_budget import MailBudget
from gas.ports.messaging import Mail, Mailer
from gas.ports.onlooker import MailEnding, Nobody, UserOnlooker
from gas.ports.references import References
from gas.ports.stores import JobStore, UserStore
from gas.services.find_owner import find_owner
from gas.services.read_catalogue import listed_bundle

GIVE_BACK_TRIES = 5
"""A pass over the job may write between the reading and the writing, but hardly so often."""

HOUR = timedelta(hours=1)

_PLAIN_FILE = re.compile(r"[\w+()-]{1,100}(\.vcf|\.vcf\.gz|\.bcf)?", re.IGNORECASE)
"""A file's name that says no more than which file it is: a word, for no sentence and no site's name fits into one."""

_Ended = tuple[MailEnding, GasError | None]
"""What came of a mail, and why."""

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
        "You are {a_user} now, so your archived results are being restored. The result for your "
        "file{file} is "
        "the first that can be downloaded again; the others follow."
    ),
}


def compose(
    kind: MailKind, job: Job, user: User, plans: Plans, public_url: str, *, bundle: Entry | None = None
) -> Mail:
    """The mail for a job, in plain text, with a link to its page and never to its bytes; the bundle is that of its result.

    Nobody's words stand in its subject, and in its greeting none but a name.
    """
    name = cleaned_name(user.name)
    greeting = f"Dear {name}," if name else "Good day,"
    own = plans.of(user.standing)
    file = job.input.file_name if _PLAIN_FILE.fullmatch(job.input.file_name) else ""
    lines = [
        greeting,
        "",
        _BEGINNINGS[kind].format(file=file and f" {file}", a_user=own.a_user),
        explain(job, plans, own=own),
        *([remarked] if (remarked := remark(job)) else []),
        *([annotated_with(bundle)] if bundle is not None else []),
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


class SendMail:
    """Claims each mail on the record just before it is sent: one that waits when the program stops is still owed.

    A mail that was certainly not sent gives its claims back. Those that the store does not take back are remembered
    here, so that the next try does not hold them for another's.
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        users: UserStore,
        mailer: Mailer,
        limit: MailLimit,
        public_url: str,
        plans: Plans,
        references: References,
        onlooker: UserOnlooker | None = None,
    ) -> None:
        self._jobs = jobs
        self._users = users
        self._mailer = mailer
        self._limit = limit
        self._public_url = public_url
        self._plans = plans
        self._references = references
        self._onlooker: UserOnlooker = onlooker or Nobody()
        self._ours: set[tuple[str, OwedMail]] = set()
        self._our_changes: set[tuple[str, int]] = set()

    def __call__(self, job_id: str, mail: OwedMail) -> None:
        """Send a mail about a job, unless it is owed no more.

        Raises:
            GasError: it was certainly not sent; try again.
        """
        job = self._jobs.get(job_id)
        if job is None:
            return
        self._onlooker.mail_begun(job)
        user = find_owner(self._users, job)
        if not self._claim(mail, job):
            return
        try:
            ending, error = self._tell(mail.kind, job, user)
        except GasError:
            self._onlooker.mail_ended(MailEnding.FAILED, user_id=job.user_id, job_id=job_id)
            if not self._written(lambda: self._give_back(job_id, mail)):
                self._ours.add((job_id, mail))
            raise
        self._onlooker.mail_ended(ending, user_id=job.user_id, job_id=job_id, error=error)

    def _claim(self, mail: OwedMail, job: Job) -> bool:
        """Claim the mail on the job's record; False when it is not owed, or somebody else's.

        Raises:
            ConflictError: the record has changed meanwhile.
        """
        ours = (job.job_id, mail) in self._ours
        self._ours.discard((job.job_id, mail))
        if mail.claim in job.claimed_mails:
            return ours
        if mail.claim not in {owed.claim for owed in owed_mails(job, None)}:
            return False
        self._jobs.commit(job, with_claim(job, mail.claim))
        return True

    def _give_back(self, job_id: str, mail: OwedMail) -> None:
        job = self._jobs.get(job_id)
        if job is not None:
            self._jobs.commit(job, without_claim(job, mail.claim))

    def _tell(self, kind: MailKind, job: Job, user: User | None) -> _Ended:
        """Tell the owner, if there is somebody to tell whom no other job has told; what came of it."""
        if user is None or not user.mail_address:
            return MailEnding.NO_ADDRESS, None
        mail = compose(kind, job, user, self._plans, self._public_url, bundle=self._bundle(job))
        if kind is not MailKind.RESTORED_BY_PLAN:
            return self._hand_over(mail)
        if not self._claim_plan_change(user):
            return MailEnding.TOLD_BEFORE, None
        try:
            return self._hand_over(mail)
        except GasError:
            change = user.user_id, user.plan_version
            if not self._written(lambda: self._give_plan_change_back(*change)):
                self._our_changes.add(change)
            raise

    def _bundle(self, job: Job) -> Entry | None:
        """What the result was annotated with. No mail waits for the catalogue: its page tells it too."""
        if job.result is None or job.reference_digest is None:
            return None
        return listed_bundle(self._references, job.reference_digest)

    def _hand_over(self, mail: Mail) -> _Ended:
        if not self._limit.allows(mail.to):
            return MailEnding.TOO_MANY, None
        try:
            self._mailer.send(mail)
        except MailUncertainError as error:
            return MailEnding.UNCERTAIN, error
        except UsageError as error:
            return MailEnding.REFUSED, error
        return MailEnding.SENT, None

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

    def _written(self, write: Callable[[], None]) -> bool:
        """Make a conditional write, anew when it meets another; False when the store did not take it."""
        for _ in range(GIVE_BACK_TRIES):
            try:
                write()
            except ConflictError:
                continue
            except GasError as error:
                self._onlooker.claim_kept(error)
                return False
            return True
        return False
