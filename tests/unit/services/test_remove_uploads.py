"""What is not submitted goes: in steps that may be repeated and killed anywhere, and never what a job is made of."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.bootstrap import memory_ports
from gas.domain.errors import FatalError, TransientError
from gas.domain.job import JobStatus
from gas.domain.objects import HotObject
from gas.domain.own_file import OwnFile
from gas.domain.plan import User
from gas.domain.spec import InputRef
from gas.domain.tombstone import tombstone
from gas.domain.uploads import LAST_LOOK, SETTLES, OpenUpload, OpenUploads, UploadState
from gas.services.remove_uploads import REFUSED_LOOK, RemoveUploads
from gas_controllers.lanes.items import LookAtUploads, LookAtUser, about
from gas_controllers.lanes.sweep import sweep
from gas_controllers.telling.user_notes import UserNotes
from tests.support.by_hand import write_by_hand
from tests.support.crashes import CrashError, Crashes
from tests.support.jobs import FREE, INPUTS, NOW, PREFIX, RULES, USER, job_in
from tests.support.prometheus import unsubmitted

TIME = timedelta(hours=20)
ADA = User(USER, "ada@example.org", "Ada", FREE)


@dataclass
class Store:
    """The file store, which notes what it is asked to remove, and may fail of one key."""

    real: InMemoryObjectStore
    asked: list[str] = field(default_factory=list)
    refused: str = ""
    away: str = ""

    def head(self, bucket: str, key: str) -> HotObject | None:
        """What is there, unless it does not answer."""
        if key == self.away:
            raise TransientError("away")
        return self.real.head(bucket, key)

    def delete(self, bucket: str, keys: tuple[str, ...]) -> None:
        """Remove, and keep versions."""
        self.asked.append("delete")
        self.real.delete(bucket, keys)

    def erase(self, bucket: str, keys: tuple[str, ...]) -> None:
        """Remove for good, unless a lock holds."""
        if self.refused in keys:
            raise FatalError("a lock holds")
        self.asked.append("erase")
        self.real.erase(bucket, keys)


class House:
    """A user with uploads in memory, and controllers that may be killed."""

    def __init__(self, *, keep_versions: bool = False) -> None:
        self.clock = FakeClock(NOW)
        self.ports = memory_ports(self.clock)
        self.rules = replace(RULES, keep_versions=keep_versions)
        self.ports.users.create(ADA)
        assert isinstance(self.ports.objects, InMemoryObjectStore)
        self.objects = self.ports.objects
        self.store = Store(self.objects)

    def key(self, job_id: str = "up-1") -> str:
        """Where an upload lies."""
        return f"{PREFIX}/{USER}/{job_id}~a.vcf"

    def upload(self, job_id: str = "up-1", *, sent: bool = True) -> None:
        """A form was given, and the file perhaps sent."""
        held, now = self.ports.uploads.get(USER), self.clock.now()
        upload = OpenUpload(self.key(job_id), now, 100, now + TIME)
        self.ports.uploads.commit(USER, held, held.with_upload(job_id, upload))
        if sent:
            self.objects.put(INPUTS, self.key(job_id), b"x")

    def job(self, job_id: str, of: str = "up-1", **changes: object) -> None:
        """A job is made of an upload."""
        place = InputRef(INPUTS, self.key(of), "a.vcf")
        made = job_in(JobStatus.PENDING, job_id=job_id, user_id=USER, input=place)
        assert self.ports.jobs.create(replace(made, submit_time=self.clock.now(), **changes))  # type: ignore[arg-type]

    def controllers(self, crashes: Crashes | None = None) -> RemoveUploads:
        """Those who look, perhaps for the last time."""
        seen = (crashes or Crashes()).proxy
        return RemoveUploads(
            uploads=seen(self.ports.uploads),
            jobs=seen(self.ports.jobs),
            users=seen(self.ports.users),
            objects=seen(self.store),
            clock=self.clock,
            rules=self.rules,
            onlooker=UserNotes(),
        )

    def look(self, crashes: Crashes | None = None) -> None:
        """One look."""
        self.controllers(crashes)(USER)

    def after(self, span: timedelta) -> "House":
        """Time goes by, and they look twice."""
        self.clock.advance(span)
        self.look()
        self.look()
        return self

    @property
    def states(self) -> dict[str, UploadState]:
        """What is known of each upload."""
        return {job_id: each.state for job_id, each in self.ports.uploads.get(USER).uploads.items()}

    def there(self, job_id: str = "up-1") -> bool:
        """True while the file is in the store."""
        return self.objects.head(INPUTS, self.key(job_id)) is not None


def test_what_is_not_submitted_goes_within_a_day() -> None:
    """First it cannot be submitted, ten minutes later its bytes go, three hours later it is forgotten."""
    house = House()
    house.upload()
    before = unsubmitted("removed")

    in_time = house.after(TIME - timedelta(seconds=1)).states
    going, there = house.after(timedelta(seconds=1)).states, house.there()
    still = house.after(SETTLES - timedelta(seconds=1)).there()
    removed, gone = house.after(timedelta(seconds=1)).states, not house.there()
    house.after(LAST_LOOK)

    assert (in_time, going) == ({"up-1": UploadState.OPEN}, {"up-1": UploadState.GOING})
    assert there
    assert still
    assert removed == {"up-1": UploadState.REMOVED}
    assert gone
    assert house.states == {}
    assert house.ports.uploads.due_before(NOW + timedelta(days=9), 10) == []
    assert house.clock.now() - NOW < timedelta(days=1)
    assert unsubmitted("removed") - before == 1


def test_what_comes_late_is_removed_as_well() -> None:
    """An upload that was on its way for hours lands after the first removal, and goes with the last look."""
    house = House()
    house.upload(sent=False)
    before = unsubmitted("never-came"), unsubmitted("came-late")
    house.after(TIME).after(SETTLES)

    house.objects.put(INPUTS, house.key(), b"late")
    house.after(LAST_LOOK)

    assert not house.there()
    assert house.states == {}
    assert (unsubmitted("never-came") - before[0], unsubmitted("came-late") - before[1]) == (1, 1)


@pytest.mark.parametrize("job_id", ["up-1", "by-an-idempotency-key"])
@pytest.mark.parametrize("when", [timedelta(0), TIME, TIME + SETTLES / 2])
def test_what_a_job_is_made_of_stays(job_id: str, when: timedelta) -> None:
    """Whatever the job is called, however late it was made, and whatever jobs came after it."""
    house = House()
    house.upload()
    house.after(when)
    house.job(job_id)
    for number in range(150):
        house.clock.advance(timedelta(seconds=1))
        house.job(f"later-{number}", of="other")
    before = unsubmitted("submitted")

    for _ in range(4):
        house.after(TIME)

    assert house.there()
    assert house.states == {}
    assert unsubmitted("submitted") - before == 1


def test_a_job_that_is_deleted_already_took_its_file_along() -> None:
    """Its tombstone names nothing any more, and is no reason to look for the file."""
    house = House()
    house.upload(sent=False)
    house.job("up-1")
    job = house.ports.jobs.get("up-1")
    assert job is not None
    house.ports.jobs.commit(job, tombstone(replace(job, status=JobStatus.DELETED)))

    house.after(TIME).after(SETTLES)

    assert house.states == {}


def test_another_job_of_that_name_keeps_nothing() -> None:
    """What counts is the file that a job is made of."""
    house = House()
    house.upload()
    house.job("up-1", of="another")

    house.after(TIME).after(SETTLES)

    assert not house.there()


def test_what_operators_named_is_not_touched() -> None:
    """A file in the same folder that no form was given for stays, and a key in another's folder is never deleted."""
    house = House()
    other = f"{PREFIX}/{'b' * 26}/up-9~a.vcf"
    for key in (house.key("named-by-operators"), other):
        house.objects.put(INPUTS, key, b"x")
    house.upload()
    held = house.ports.uploads.get(USER)
    house.ports.uploads.commit(USER, held, held.with_upload("up-9", OpenUpload(other, NOW, 1, NOW + TIME)))

    house.after(TIME).after(SETTLES).after(LAST_LOOK)

    assert house.states == {}
    assert house.there("named-by-operators")
    assert house.objects.head(INPUTS, other) is not None


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 16))
def test_killed_at_any_call(call: int, *, after: bool) -> None:
    """The next look takes over: what is due goes, what a job is made of stays."""
    house = House()
    for job_id in ("up-1", "up-2", "up-3"):
        house.upload(job_id)
    house.job("named", of="up-2")
    for span in (TIME, SETTLES, LAST_LOOK):
        house.clock.advance(span)
        with suppress(CrashError):
            house.look(Crashes(call, after=after))
        house.look()

    assert [house.there(job_id) for job_id in ("up-1", "up-2", "up-3")] == [False, True, False]
    assert house.states == {}


@pytest.mark.parametrize("keep", [True, False], ids=["keep", "for-good"])
def test_versions_stay_only_where_the_settings_say_so(*, keep: bool) -> None:
    """As with what people delete."""
    house = House(keep_versions=keep)
    house.upload()
    house.upload("up-2", sent=False)

    house.after(TIME).after(SETTLES)

    assert house.store.asked == (["delete"] if keep else ["erase", "erase"])
    assert not house.there()


def test_a_store_that_refuses_is_asked_again_and_told() -> None:
    """A lock or a missing right holds up one upload, is counted, and is tried again until it is gone."""
    house = House()
    house.upload("up-1")
    house.upload("up-2")
    before = unsubmitted("refused")
    house.store.refused = house.key("up-1")
    house.after(TIME).after(SETTLES)
    held = house.states
    house.store.refused = ""
    house.after(REFUSED_LOOK)

    assert held == {"up-1": UploadState.GOING, "up-2": UploadState.REMOVED}
    assert unsubmitted("refused") - before == 1
    assert not house.there("up-1")
    assert house.states["up-1"] is UploadState.REMOVED


def test_a_store_that_does_not_answer_holds_up_nothing_else() -> None:
    """The look fails and is repeated; what worked is noted."""
    house = House()
    house.upload("up-1")
    house.upload("up-2")
    house.after(TIME)
    house.store.away = house.key("up-1")
    house.clock.advance(SETTLES)
    with pytest.raises(TransientError):
        house.look()
    noted = house.states
    house.store.away = ""
    house.look()

    assert noted == {"up-1": UploadState.GOING, "up-2": UploadState.REMOVED}
    assert set(house.states.values()) == {UploadState.REMOVED}


def test_nothing_is_kept_of_who_is_gone() -> None:
    """A form that was given while an account was being deleted is remembered until it is over, and then nothing is."""
    house = House()
    house.upload()
    house.ports.users.forget(USER)

    house.after(TIME).after(SETTLES).after(LAST_LOOK)

    assert not house.there()
    assert house.ports.uploads.get(USER) == OpenUploads()


@pytest.mark.parametrize(
    ("job_id", "typed"),
    [
        ("up-1", {"job_status": "Paused"}),
        ("by-key", {"job_status": "Paused"}),
        ("up-1", {"s3_key_input_file": None}),
    ],
    ids=["same-id", "other-id", "key-lost"],
)
def test_what_a_record_that_cannot_be_read_is_made_of_stays(job_id: str, typed: dict[str, object]) -> None:
    """The other uploads of the user go, as ever."""
    house = House()
    for upload in ("up-1", "up-2"):
        house.upload(upload)
    house.job(job_id)
    write_by_hand(house.ports.jobs, job_id, typed)

    house.after(TIME).after(SETTLES)

    assert house.there()
    assert not house.there("up-2")


def test_the_sweep_finds_what_is_due() -> None:
    """Beside users and jobs; the log says whose it is."""
    house = House()
    house.upload()
    found: list[object] = []
    ports = house.ports

    sweep(ports.jobs, ports.users, ports.uploads, house.clock, found.append, failing=frozenset)
    early = found[:]
    house.clock.advance(TIME)
    sweep(ports.jobs, ports.users, ports.uploads, house.clock, found.append, failing=frozenset)

    assert LookAtUploads(USER) not in early
    assert LookAtUploads(USER) in found
    assert LookAtUser(USER) not in found
    assert about(LookAtUploads(USER)) == {"about": "uploads", "user_id": USER}


def test_what_came_with_a_job_stays() -> None:
    """A file that a job names beside its input is no upload that nobody submitted, also where its place was not given back."""
    house = House()
    house.upload("up-1")
    house.upload("up-2")
    house.job("up-1", own_file=OwnFile(InputRef(INPUTS, house.key("up-2"), "a.vcf")))

    house.after(TIME).after(SETTLES)

    assert house.there("up-1")
    assert house.there("up-2")
    assert house.states == {}
