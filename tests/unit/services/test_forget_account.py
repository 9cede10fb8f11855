"""Deleting an account: everything that names its user goes, whatever happens in between, and nothing of anybody else's."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.messaging import InMemoryMailer
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.bootstrap import memory_ports
from gas.domain.access_token import Scope
from gas.domain.errors import ConflictError, NotAllowedError, SuspendedError, TransientError
from gas.domain.hallmark import Hallmark
from gas.domain.job import Job, JobStatus
from gas.domain.plan import Plan, Profile, User
from gas.domain.session import Identity
from gas.domain.spec import InputRef
from gas.domain.tombstone import tombstone
from gas.domain.uploads import LAST_LOOK, OpenUpload, OpenUploads
from gas.services.delete_account import ask_account_deletion
from gas.services.forget_account import LOOK, QUIET, ForgetAccount
from gas.services.issue_token import issue_token
from gas.services.remove_uploads import RemoveUploads
from gas.services.serve_user import ServeUser
from gas.services.sign_in import sign_in, sign_in_as
from gas.services.suspend_user import let_in_again, suspend_user
from tests.support.by_hand import make_unreadable, write_by_hand
from tests.support.crashes import CrashError, Crashes
from tests.support.jobs import FREE, NOW, RULES, USER, job_in

ADA = User(USER, "ada@example.org", "Ada", FREE, email_confirmed=True)
BOB = User("b" * 26, "bob@example.org", "Bob", FREE, email_confirmed=True)
HERS, LINKED = Identity("https://issuer.example", "ada"), Identity("https://issuer.example", "ada-too")
HIS = Identity("https://issuer.example", "bob")


def _no_letter(user_id: str) -> None:
    raise AssertionError(f"{user_id} waits for no letter")


class House:
    """Two users with jobs, tokens, places and identities; controllers that may be killed."""

    def __init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.ports = memory_ports(self.clock)
        self.asked: list[str] = []
        """The jobs that a pass was asked for."""
        for user, identities in ((ADA, (HERS, LINKED)), (BOB, (HIS,))):
            self.ports.users.create(user)
            for identity in identities:
                self.ports.users.claim_identity(identity, user.user_id)
            self.token(user)
            self.upload(user, "up-1", sent=True)
            self.upload(user, "up-2", sent=False)
            active = self.ports.quotas.active_jobs(user.user_id)
            self.ports.quotas.commit(user.user_id, active, active.with_job("job", NOW))
        for number, status in enumerate((JobStatus.RUNNING, JobStatus.ARCHIVED, JobStatus.DELETED)):
            self.job(ADA, status, number)
        self.job(BOB, JobStatus.COMPLETED, 9)

    def key(self, user: User, job_id: str) -> str:
        """Where an upload of the user lies."""
        return f"gas/{user.user_id}/{job_id}~a.vcf"

    def upload(self, user: User, job_id: str, *, sent: bool) -> None:
        """A form for the user, and the file perhaps sent with it."""
        held, key = self.ports.uploads.get(user.user_id), self.key(user, job_id)
        upload = OpenUpload(key, NOW, 100, NOW + timedelta(hours=20))
        self.ports.uploads.commit(user.user_id, held, held.with_upload(job_id, upload))
        if sent:
            self.objects.put("gas-inputs", key, b"x")

    @property
    def objects(self) -> InMemoryObjectStore:
        """The file store."""
        assert isinstance(self.ports.objects, InMemoryObjectStore)
        return self.ports.objects

    def look_last(self) -> None:
        """What is looked at for the last time, hours later."""
        self.clock.advance(LAST_LOOK)
        self.uploads(lambda port: port)(USER)

    def uploads(self, seen: Any) -> RemoveUploads:
        """Those who remove uploads."""
        ports = self.ports
        return RemoveUploads(
            uploads=seen(ports.uploads),
            jobs=seen(ports.jobs),
            users=seen(ports.users),
            objects=seen(ports.objects),
            clock=self.clock,
            rules=RULES,
        )

    def token(self, user: User) -> None:
        """An access token of the user."""
        tokens = self.ports.tokens
        issue_token(
            tokens, user, "t", hallmark=Hallmark(b"of a test"), scopes=frozenset(Scope), days=9, now=NOW
        )

    def job(self, user: User, status: JobStatus, number: int) -> None:
        """A job of the user."""
        place = InputRef("gas-inputs", f"gas/{user.user_id}/job-{number}~a.vcf", "a.vcf")
        job = job_in(status, job_id=f"job-{number}", user_id=user.user_id, input=place, due=None)
        self.ports.jobs.create(job)

    def look(self, crashes: Crashes | None = None) -> None:
        """One look of the controllers at the leaving user."""
        seen: Any = crashes.proxy if crashes is not None else lambda port: port
        ports = self.ports
        forget_account = ForgetAccount(
            jobs=seen(ports.jobs),
            users=seen(ports.users),
            tokens=seen(ports.tokens),
            quotas=seen(ports.quotas),
            remove_uploads=self.uploads(seen),
            mailer=seen(ports.mailer),
            clock=self.clock,
            look_at_job=self.asked.append,
        )
        ServeUser(ports.jobs, ports.users, self.clock, forget_account, self.asked.append, _no_letter)(USER)

    def leave(self) -> None:
        """Ada asks for it, and what was under way then is over."""
        self.ask()
        self.clock.advance(QUIET)

    def ask(self) -> None:
        """Ada asks for it."""
        ask_account_deletion(self.ports.users, self.ports.publisher, ADA, self.clock.now())

    def forget_jobs(self) -> None:
        """Let every job that was asked to go be gone, as the passes over it do."""
        for job in self.hers:
            asked = job.status is JobStatus.DELETED or job.intents.delete_requested is not None
            if asked:
                gone = replace(job, status=JobStatus.DELETED, lease=None)
                self.ports.jobs.commit(job, tombstone(gone))

    @property
    def hers(self) -> tuple[Job, ...]:
        """Records that name Ada."""
        return self.ports.jobs.jobs_of_user(USER).jobs

    @property
    def mailed(self) -> list[str]:
        """To whom mails went."""
        assert isinstance(self.ports.mailer, InMemoryMailer)
        return [mail.to for mail in self.ports.mailer.sent]

    def assert_gone(self) -> None:
        """Nothing names Ada any more; Bob has all of his."""
        ports = self.ports
        assert ports.users.get(USER) is None
        assert [ports.users.user_id_of(each) for each in (HERS, LINKED)] == [None, None]
        assert ports.tokens.tokens_of_user(USER) == []
        assert ports.quotas.active_jobs(USER).version == 0
        assert self.hers == ()
        for job_id in ("up-1", "up-2"):
            assert self.objects.head("gas-inputs", self.key(ADA, job_id)) is None
        self.objects.put("gas-inputs", self.key(ADA, "up-2"), b"on its way for an hour")
        self.look_last()
        assert self.objects.head("gas-inputs", self.key(ADA, "up-2")) is None
        assert ports.uploads.get(USER) == OpenUploads()
        assert self.objects.head("gas-inputs", self.key(BOB, "up-1")) is not None
        assert set(ports.uploads.get(BOB.user_id).uploads) == {"up-1", "up-2"}
        assert ports.users.get(BOB.user_id) == BOB
        assert ports.users.user_id_of(HIS) == BOB.user_id
        assert len(ports.tokens.tokens_of_user(BOB.user_id)) == 1
        assert [job.status for job in ports.jobs.jobs_of_user(BOB.user_id).jobs] == [JobStatus.COMPLETED]


def test_jobs_go_first_and_the_user_last() -> None:
    """Every job is asked to be deleted and looked at; while one is left, the user stays and is looked at again."""
    house = House()
    house.leave()

    house.look()
    waiting = house.ports.users.get(USER)
    asked = house.asked[:]
    house.forget_jobs()
    house.look()

    assert waiting is not None
    assert waiting.due == NOW + QUIET + LOOK
    assert set(asked) == {"job-0", "job-1", "job-2"}
    assert house.mailed == [ADA.email]
    house.assert_gone()


def test_a_record_that_cannot_be_read_keeps_the_account() -> None:
    """Its job has files: nobody is told that all is gone before it is. The other jobs go meanwhile."""
    house = House()
    make_unreadable(house.ports.jobs, "job-1")
    house.leave()

    house.look()
    house.forget_jobs()
    house.look()
    kept, mailed, left = house.ports.users.get(USER), house.mailed[:], house.hers
    write_by_hand(house.ports.jobs, "job-1", {"job_status": JobStatus.ARCHIVED.value})
    house.look()
    house.forget_jobs()
    house.look()

    assert kept is not None
    assert kept.due == house.clock.now() + LOOK
    assert (mailed, left) == ([], ())
    assert "job-1" in house.asked
    assert house.mailed == [ADA.email]
    house.assert_gone()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 25))
def test_killed_at_any_call(call: int, *, after: bool) -> None:
    """Controllers that die anywhere are taken over from by the next: all of it goes, and no mail is sent twice."""
    house = House()
    house.leave()
    for _ in range(2):
        with suppress(CrashError):
            house.look(Crashes(call, after=after))
        house.look()
        house.forget_jobs()

    house.look()
    house.look()

    assert len(house.mailed) <= 1
    house.assert_gone()


def test_a_job_that_was_under_way_goes_too() -> None:
    """An account without jobs is not forgotten while one may still come, and that one is deleted like all others."""
    house = House()
    house.ask()
    house.look()
    house.forget_jobs()
    house.look()
    kept = house.ports.users.get(USER)

    house.job(ADA, JobStatus.PENDING, 10)
    house.clock.advance(QUIET)
    house.look()
    asked = [job.intents.delete_requested is not None for job in house.hers]
    house.forget_jobs()
    house.look()

    assert kept is not None
    assert kept.due == NOW + LOOK
    assert asked == [True]
    house.assert_gone()


def test_again_is_the_same() -> None:
    """A wish that is repeated changes nothing, and nothing is owed to a user who is gone."""
    house = House()
    house.leave()
    first = house.ports.users.get(USER)
    house.clock.advance(timedelta(minutes=1))

    house.leave()
    second = house.ports.users.get(USER)

    assert first == second


def test_nobody_comes_back_in_the_middle() -> None:
    """While it is under way no identity of theirs signs in; afterwards it begins anew, as somebody new."""
    house = House()
    house.leave()
    users, profile = house.ports.users, Profile("Ada", "ada@example.org", "")
    with pytest.raises(NotAllowedError, match="being deleted"):
        sign_in(users, HERS, profile, Plan.FREE, NOW)
    with pytest.raises(NotAllowedError, match="being deleted"):
        sign_in_as(users, Identity("https://issuer.example", "ada-three"), USER)

    house.look()
    house.forget_jobs()
    house.look()
    anew = sign_in(users, HERS, profile, Plan.FREE, NOW)

    assert anew.user_id != USER
    assert house.ports.jobs.jobs_of_user(anew.user_id).jobs == ()


@pytest.mark.parametrize("address", [True, False], ids=["mail-service-away", "no-address"])
def test_the_mail_does_not_keep_the_account(*, address: bool) -> None:
    """Where nobody can be told, the account goes all the same."""
    house = House()
    if not address:
        house.ports.users.commit(ADA, replace(ADA, email_confirmed=False))
    house.leave()
    assert isinstance(house.ports.mailer, InMemoryMailer)
    house.ports.mailer.failure = TransientError("throttled")
    house.look()
    house.forget_jobs()

    house.look()

    assert house.mailed == []
    house.assert_gone()


def test_who_is_suspended_meanwhile_stays_out() -> None:
    """Jobs, files and tokens go as they asked, and they are told; by what they are kept out goes once they are let in again."""
    house = House()
    house.leave()
    users, profile = house.ports.users, Profile("Ada", "ada@example.org", "")
    suspend_user(users, USER, house.clock.now())

    house.look()
    house.forget_jobs()
    house.look()
    house.look()
    kept, told = users.get(USER), house.mailed[:]
    with pytest.raises(SuspendedError, match="stays until they let you in"):
        sign_in(users, HERS, profile, Plan.FREE, house.clock.now())
    let_in_again(users, USER, house.clock.now())
    house.look()

    assert kept is not None
    assert (kept.name, kept.email, kept.institution, kept.due) == ("", "", "", None)
    assert told == [ADA.email]
    assert house.mailed == told
    house.assert_gone()


def test_a_suspension_at_the_last_moment_counts() -> None:
    """One that is written between the look at the user and their end is no less a suspension."""
    house = House()
    house.leave()
    house.look()
    house.forget_jobs()
    house.clock.advance(LOOK)
    tokens = house.ports.tokens.tokens_of_user

    def suspended_now(user_id: str) -> Any:
        suspend_user(house.ports.users, USER, house.clock.now())
        return tokens(user_id)

    house.ports.tokens.tokens_of_user = suspended_now  # type: ignore[method-assign]
    with pytest.raises(ConflictError):
        house.look()
    house.ports.tokens.tokens_of_user = tokens  # type: ignore[method-assign]
    house.look()

    assert house.ports.users.user_id_of(HERS) == USER
    assert house.ports.users.get(USER) is not None
