"""The e-mails to owners: what they say, and that none is sent twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.adapters.memory.messaging import InMemoryMailer
from gas.adapters.memory.stores import InMemoryJobStore, InMemoryUserStore
from gas.domain.decision import MailKind
from gas.domain.errors import ConflictError, MailUncertainError, TransientError, UsageError
from gas.domain.job import JobStatus
from gas.domain.plan import Plan, User
from gas.domain.reasons import Reason
from gas_controllers.items import MailOwed
from gas_controllers.lanes import SETTLED
from gas_controllers.mails import MailSender, compose
from tests.support.jobs import FREE, JOB_ID, NOW, USER, job_in

ADA = User(USER, "ada@example.org", "Ada", FREE)
URL = "https://gas.example.org/"
COMPLETED, BY_PLAN = MailOwed(JOB_ID, MailKind.COMPLETED), MailOwed(JOB_ID, MailKind.RESTORED_BY_PLAN)


class Office:
    """A sender, one job and its owner."""

    def __init__(self, user: User | None = ADA) -> None:
        self.jobs, self.users, self.mailer = InMemoryJobStore(), InMemoryUserStore(), InMemoryMailer()
        self.jobs.create(job_in(JobStatus.COMPLETED))
        if user is not None:
            self.users.create(user)
        self.sender = self.new_sender()

    def new_sender(self) -> MailSender:
        """The sender of a fresh process."""
        return MailSender(self.jobs, self.users, self.mailer, URL)


@pytest.mark.parametrize("kind", MailKind, ids=lambda kind: kind.value)
def test_every_kind_is_whole(kind: MailKind) -> None:
    """Every mail names the file, explains, and links to the job's page, never to its bytes."""
    mail = compose(kind, job_in(JobStatus.COMPLETED, reason=Reason.PREMIUM), ADA, URL)

    assert mail.to == "ada@example.org"
    assert mail.text.startswith("Dear Ada,\n")
    assert "a.vcf" in mail.text
    assert "https://gas.example.org/annotations/job-1\n" in mail.text
    assert "premium" in mail.text
    assert not {"{", "}", "\n"} & set(mail.subject)
    assert "{" not in mail.text


def test_nameless_owner() -> None:
    """An owner without a name is greeted all the same."""
    mail = compose(MailKind.FAILED, job_in(JobStatus.FAILED, detail="no."), replace(ADA, name=""), URL)

    assert mail.text.startswith("Good day,\n")


def test_mail_is_sent() -> None:
    """A claimed mail is sent to the owner, and that is all."""
    office = Office()

    again = office.sender.send(COMPLETED)

    assert again is SETTLED
    assert [mail.subject for mail in office.mailer.sent] == ["a.vcf is annotated"]


@pytest.mark.parametrize(
    ("user", "item"),
    [(None, COMPLETED), (replace(ADA, email=""), COMPLETED), (ADA, MailOwed("unknown", MailKind.COMPLETED))],
    ids=["unknown-user", "no-address", "unknown-job"],
)
def test_nobody_to_write_to(user: User | None, item: MailOwed) -> None:
    """Without a job, an owner or an address there is nothing to send."""
    office = Office(user)

    assert office.sender.send(item) is SETTLED
    assert office.mailer.sent == []


@pytest.mark.parametrize("item", [COMPLETED, BY_PLAN], ids=["completed", "by-plan"])
@pytest.mark.parametrize(
    "error", [MailUncertainError("perhaps"), UsageError("no such address")], ids=["uncertain", "refused"]
)
def test_mail_that_is_not_tried_again(item: MailOwed, error: Exception) -> None:
    """A mail that may have gone out, or can never, is not sent again."""
    office = Office()
    office.mailer.failure = error

    assert office.sender.send(item) is SETTLED


@pytest.mark.parametrize("item", [COMPLETED, BY_PLAN], ids=["completed", "by-plan"])
def test_mail_that_certainly_was_not_sent(item: MailOwed) -> None:
    """A mail service that does not answer is asked again, for the mail of a plan change too."""
    office = Office()
    office.mailer.failure = TransientError("no answer")
    with pytest.raises(TransientError):
        office.sender.send(item)
    office.mailer.failure = None

    office.sender.send(item)

    assert len(office.mailer.sent) == 1


def test_one_mail_a_plan_change() -> None:
    """However many results come back with a plan, their owner gets one mail; the next change gives another."""
    office = Office()
    office.jobs.create(replace(job_in(JobStatus.RESTORED), job_id="job-2"))
    other = replace(BY_PLAN, job_id="job-2")

    for item in (BY_PLAN, other, BY_PLAN):
        office.sender.send(item)
        office.new_sender().send(item)
    first = len(office.mailer.sent)
    office.users.change_plan(USER, Plan.PREMIUM, NOW + timedelta(days=1))
    office.sender.send(other)

    assert first == 1
    assert len(office.mailer.sent) == 2


@pytest.mark.parametrize("taken", [True, False], ids=["claimed-by-another", "other-change"])
def test_row_that_changes_in_between(*, taken: bool) -> None:
    """A claim that meets a changed row reads it again: another's claim wins, any other change does not matter."""
    office = Office()
    commit = office.users.commit

    def overtaken(before: User, after: User) -> User:
        office.users.commit = commit  # type: ignore[method-assign]
        commit(before, replace(before, mailed_plan_version=1) if taken else replace(before, due=NOW))
        raise ConflictError("changed")

    office.users.commit = overtaken  # type: ignore[method-assign]
    office.sender.send(BY_PLAN)

    assert len(office.mailer.sent) == (0 if taken else 1)
