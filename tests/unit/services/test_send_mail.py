"""The e-mails to owners: what they say, and that none is sent twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.mail_budget import InMemoryMailBudget
from gas.adapters.memory.messaging import InMemoryMailer
from gas.adapters.memory.references import InMemoryReferences
from gas.adapters.memory.stores import InMemoryJobStore, InMemoryUserStore
from gas.domain.errors import ConflictError, FatalError, MailUncertainError, TransientError, UsageError
from gas.domain.job import Job, JobStatus
from gas.domain.owed_mails import MailKind, OwedMail, without_claim
from gas.domain.plan import EmailWish, Plan, User
from gas.domain.reasons import Reason
from gas.ports.messaging import Mail
from gas.services.send_mail import HOUR, MailLimit, SendMail, compose
from tests.support.jobs import BEFORE, FREE, JOB_ID, NOW, PREMIUM, USER, job_in
from tests.support.plans import PLANS

ADA = User(USER, "ada@example.org", "Ada", FREE, email_confirmed=True)
MOST = 3
"""How many mails an address gets in an hour here."""
URL = "https://gas.example.org/"
RESTORED = f"restored:{BEFORE.isoformat()}"
COMPLETED = OwedMail(MailKind.COMPLETED, "completed")
BY_PLAN = OwedMail(MailKind.RESTORED_BY_PLAN, RESTORED)


def owing(job_id: str = JOB_ID) -> Job:
    """A job whose owner has heard of nothing yet."""
    return replace(job_in(JobStatus.RESTORED), job_id=job_id, claimed_mails=frozenset())


class Office:
    """A sender, one job and its owner."""

    def __init__(self, user: User | None = ADA) -> None:
        self.jobs, self.users, self.mailer = InMemoryJobStore(), InMemoryUserStore(), InMemoryMailer()
        self.budget, self.clock = InMemoryMailBudget(), FakeClock(NOW)
        self.references = InMemoryReferences(self.clock)
        self.jobs.create(owing())
        if user is not None:
            self.users.create(user)
        self.sender = self.new_sender()

    def new_sender(self) -> SendMail:
        """The sender of a fresh process."""
        limit = MailLimit(self.budget, self.clock, MOST)
        return SendMail(
            jobs=self.jobs,
            users=self.users,
            mailer=self.mailer,
            limit=limit,
            public_url=URL,
            plans=PLANS,
            references=self.references,
        )

    def claims(self, job_id: str = JOB_ID) -> frozenset[str]:
        """What is claimed on a record."""
        job = self.jobs.get(job_id)
        assert job is not None
        return job.claimed_mails

    def owe_again(self, job_id: str = JOB_ID) -> None:
        """The job is restored once more, in effect."""
        job = self.jobs.get(job_id)
        assert job is not None
        self.jobs.commit(job, without_claim(job, RESTORED))


@pytest.mark.parametrize("kind", MailKind, ids=lambda kind: kind.value)
def test_every_kind_is_whole(kind: MailKind) -> None:
    """Every mail names the file, explains, and links to the job's page, never to its bytes."""
    keeper = replace(ADA, standing=PREMIUM)

    mail = compose(kind, job_in(JobStatus.COMPLETED, reason=Reason.PREMIUM), keeper, PLANS, URL)

    assert mail.to == "ada@example.org"
    assert mail.text.startswith("Dear Ada,\n")
    assert "a.vcf" in mail.text
    assert "https://gas.example.org/annotations/job-1\n" in mail.text
    assert "premium" in mail.text
    assert not {"{", "}", "\n"} & set(mail.subject)
    assert "{" not in mail.text


def test_nothing_annotated() -> None:
    """Whoever sent a file of which nothing could be annotated reads it in the mail, and need not open the result."""
    job = job_in(JobStatus.COMPLETED)
    assert job.result is not None
    bare = replace(job, result=replace(job.result, annotated_variants=0))

    assert "None of 3 annotated; " in compose(MailKind.COMPLETED, bare, ADA, PLANS, URL).text


def test_partly_annotated() -> None:
    """How many, and why the others are not, stands in the mail."""
    job = job_in(JobStatus.COMPLETED)
    assert job.result is not None
    whole = replace(job, result=replace(job.result, annotated_variants=3, problems=()))

    some, all_of_it = (compose(MailKind.COMPLETED, one, ADA, PLANS, URL) for one in (job, whole))

    assert "2 of 3 annotated; 1 does not match the reference, see line 7." in some.text
    assert "of 3 annotated" not in all_of_it.text


def test_the_bundle_of_a_result_is_told() -> None:
    """With its sources' releases; a file that has no result was annotated with nothing."""
    office = Office()

    office.sender(JOB_ID, COMPLETED)

    (mail,) = office.mailer.sent
    assert (
        "\nAnnotated with rCRS, bundle 11739c497f8c: gene release NC_012920.1; sequence: GenBank" in mail.text
    )


def test_no_mail_waits_for_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it would have told stands on the job's page."""
    office = Office()

    def fail() -> None:
        raise TransientError("no answer")

    monkeypatch.setattr(office.references, "catalogue", fail)

    office.sender(JOB_ID, COMPLETED)

    (mail,) = office.mailer.sent
    assert "Annotated with" not in mail.text


def test_nameless_owner() -> None:
    """An owner without a name is greeted all the same."""
    mail = compose(MailKind.FAILED, job_in(JobStatus.FAILED, detail="no."), replace(ADA, name=""), PLANS, URL)

    assert mail.text.startswith("Good day,\n")


def test_mail_is_sent() -> None:
    """An owed mail is claimed and sent to the owner, once, whoever is asked for it again."""
    office = Office()

    office.sender(JOB_ID, COMPLETED)
    office.sender(JOB_ID, COMPLETED)
    office.new_sender()(JOB_ID, COMPLETED)

    assert [mail.subject for mail in office.mailer.sent] == ["Your file is annotated"]
    assert office.claims() == {"completed"}


def test_mail_that_is_owed_no_more() -> None:
    """Of a failure that a retry has overtaken, nobody is told."""
    office = Office()

    office.sender(JOB_ID, OwedMail(MailKind.FAILED, f"failed:{BEFORE.isoformat()}"))

    assert office.mailer.sent == []
    assert office.claims() == frozenset()


def test_claim_that_meets_another_write() -> None:
    """A claim that is refused sends nothing; the lane asks again."""
    office = Office()
    commit = office.jobs.commit

    def overtaken(before: Job, after: Job) -> Job:
        office.jobs.commit = commit  # type: ignore[method-assign]
        raise ConflictError("changed")

    office.jobs.commit = overtaken  # type: ignore[method-assign]
    with pytest.raises(ConflictError):
        office.sender(JOB_ID, COMPLETED)
    before = len(office.mailer.sent)
    office.sender(JOB_ID, COMPLETED)

    assert before == 0
    assert len(office.mailer.sent) == 1


@pytest.mark.parametrize(
    ("user", "job_id"),
    [
        (None, JOB_ID),
        (replace(ADA, email=""), JOB_ID),
        (replace(ADA, email_confirmed=False), JOB_ID),
        (replace(ADA, email_confirmed=False, asked_email=EmailWish("v@else.example", NOW)), JOB_ID),
        (ADA, "unknown"),
    ],
    ids=["unknown-user", "no-address", "nobody-vouches", "asked-for", "unknown-job"],
)
def test_nobody_to_write_to(user: User | None, job_id: str) -> None:
    """Without a job, an owner or an address there is nothing to send, and nothing is owed any more."""
    office = Office(user)

    office.sender(job_id, COMPLETED)

    assert office.mailer.sent == []
    assert ("completed" in office.claims()) is (job_id == JOB_ID)


@pytest.mark.parametrize("item", [COMPLETED, BY_PLAN], ids=["completed", "by-plan"])
@pytest.mark.parametrize(
    "error", [MailUncertainError("perhaps"), UsageError("no such address")], ids=["uncertain", "refused"]
)
def test_mail_that_is_not_tried_again(item: OwedMail, error: Exception) -> None:
    """A mail that may have gone out, or can never, is not sent again."""
    office = Office()
    office.mailer.failure = error

    office.sender(JOB_ID, item)
    office.mailer.failure = None
    office.new_sender()(JOB_ID, item)

    assert office.mailer.sent == []
    assert item.claim in office.claims()


@pytest.mark.parametrize("item", [COMPLETED, BY_PLAN], ids=["completed", "by-plan"])
@pytest.mark.parametrize("error", [TransientError("throttled"), FatalError("sender not verified")], ids=str)
@pytest.mark.parametrize("restarted", [True, False], ids=["fresh-process", "same-process"])
def test_mail_that_certainly_was_not_sent(item: OwedMail, error: Exception, *, restarted: bool) -> None:
    """A mail that was not sent gives its claims back, the plan change's too, and any process sends it later."""
    office = Office()
    office.mailer.failure = error
    with pytest.raises(type(error)):
        office.sender(JOB_ID, item)
    claims = office.claims()
    office.mailer.failure = None

    (office.new_sender() if restarted else office.sender)(JOB_ID, item)
    office.new_sender()(JOB_ID, item)

    assert claims == frozenset()
    assert len(office.mailer.sent) == 1
    assert office.claims() == {item.claim}


@pytest.mark.parametrize("item", [COMPLETED, BY_PLAN], ids=["completed", "by-plan"])
def test_claims_that_cannot_be_given_back(item: OwedMail) -> None:
    """When the stores fail as well, the claims stay, and the same process sends the mail later, once."""
    office = Office()
    jobs, users = office.jobs.commit, office.users.commit

    def fail(*args: object) -> None:
        raise TransientError("no answer")

    def throttled(mail: Mail) -> None:
        office.jobs.commit = fail  # type: ignore[method-assign,assignment]
        office.users.commit = fail  # type: ignore[method-assign,assignment]
        raise TransientError("throttled")

    send = office.mailer.send
    office.mailer.send = throttled  # type: ignore[method-assign]
    with pytest.raises(TransientError, match="throttled"):
        office.sender(JOB_ID, item)
    claims = office.claims()
    office.jobs.commit, office.users.commit = jobs, users  # type: ignore[method-assign]
    office.mailer.send = send  # type: ignore[method-assign]

    for _ in range(2):
        office.sender(JOB_ID, item)

    assert claims == {item.claim}
    assert len(office.mailer.sent) == 1


def test_give_back_that_meets_other_writes() -> None:
    """A claim is taken back although a pass over the job writes in between."""
    office = Office()
    office.mailer.failure = TransientError("throttled")
    commit, refusals = office.jobs.commit, [ConflictError("changed"), ConflictError("changed")]

    def crowded(before: Job, after: Job) -> Job:
        if before.claimed_mails and refusals:
            raise refusals.pop()
        return commit(before, after)

    office.jobs.commit = crowded  # type: ignore[method-assign]
    with pytest.raises(TransientError, match="throttled"):
        office.sender(JOB_ID, COMPLETED)

    assert refusals == []
    assert office.claims() == frozenset()


def test_one_mail_a_plan_change() -> None:
    """However many results come back with a plan, their owner gets one mail; the next change gives another."""
    office = Office()
    office.jobs.create(owing("job-2"))

    for job_id in (JOB_ID, "job-2", JOB_ID):
        office.sender(job_id, BY_PLAN)
        office.new_sender()(job_id, BY_PLAN)
    first = len(office.mailer.sent)
    office.users.change_plan(USER, Plan.PREMIUM, NOW + timedelta(days=1))
    office.owe_again("job-2")
    office.sender("job-2", BY_PLAN)

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
    office.sender(JOB_ID, BY_PLAN)

    assert len(office.mailer.sent) == (0 if taken else 1)


@pytest.mark.parametrize("kind", MailKind, ids=lambda kind: kind.value)
@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("Reset it at http://evil.example", "Dear Reset it at http evil. example,"),
        ("ada@evil.example", "Dear ada evil. example,"),
        ("Ada\r\nBcc: x@evil.example", "Dear Ada Bcc x evil. example,"),
        ("@@@", "Good day,"),
    ],
)
def test_a_name_of_an_older_release_is_cleaned(kind: MailKind, name: str, greeting: str) -> None:
    """Whatever stands in a row, the greeting holds no address and no link; the subject holds nobody's words."""
    job = job_in(JobStatus.COMPLETED)
    job = replace(job, input=replace(job.input, file_name="pay at www.evil.example now.vcf"))

    mail = compose(kind, job, replace(ADA, name=name), PLANS, URL)

    assert mail.text.splitlines()[0] == greeting
    assert "evil" not in mail.subject
    assert "www." not in mail.text


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("Visit evil.com to keep your account.vcf", False),
        ("evil.com.vcf", False),
        ("evil.com", False),
        ("pay now.vcf", False),
        ("patient-7_(2).VCF.gz", True),
        ("a.bcf", True),
        ("a.vcf", True),
    ],
)
def test_only_a_name_that_is_a_word_is_told(file: str, told: bool) -> None:  # noqa: FBT001 - a column of the table
    """No sentence and no name of a site comes into a mail as the name of a file."""
    job = job_in(JobStatus.COMPLETED)

    mail = compose(
        MailKind.COMPLETED, replace(job, input=replace(job.input, file_name=file)), ADA, PLANS, URL
    )

    assert (file in mail.text) is told


def test_an_address_gets_so_many_mails_in_an_hour() -> None:
    """What is beyond that is claimed and not sent; in another hour, and to another address, mails go out again."""
    office = Office()
    for number in range(MOST + 2):
        office.jobs.create(owing(f"job-{number + 2}"))
        office.sender(f"job-{number + 2}", COMPLETED)
    in_one_hour = len(office.mailer.sent)

    office.clock.advance(HOUR)
    office.new_sender()(JOB_ID, COMPLETED)

    assert in_one_hour == MOST
    assert office.claims(f"job-{MOST + 2}") == {"completed"}
    assert len(office.mailer.sent) == MOST + 1
