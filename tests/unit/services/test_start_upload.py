"""Asking for a form: killed at any call, raced for the last place, and what is known of uploads that were given up."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.bootstrap import memory_ports
from gas.domain.errors import (
    ConflictError,
    SizeRefusedError,
    TooManyRequestsError,
    TransientError,
    UsageError,
)
from gas.domain.job import JobStatus
from gas.domain.offer import Offer
from gas.domain.own_file import MAX_OWN_BYTES, OwnFile
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.spec import InputRef
from gas.domain.uploads import NOTHING_COMES_AFTER, OpenUploads, UploadState
from gas.services.hold_upload import SOONEST, TRIES, HoldUpload
from gas.services.start_upload import StartUpload, UploadUse
from tests.support.by_hand import make_unreadable
from tests.support.crashes import CrashError, Crashes
from tests.support.jobs import NOW, job_in
from tests.support.plans import plans_with

USER_ID = "u" * 26
LIMIT = 3
TIME = timedelta(hours=20)


class World:
    """A user, and forms for them."""

    def __init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.ports = memory_ports(self.clock)
        self.user = User(USER_ID, "a@example.org", "Ada", PlanStanding(Plan.FREE, NOW))
        self.ids = count(1)

    def start(self, crashes: Crashes | None = None, uploads: Any = None) -> StartUpload:
        """The use case."""
        seen, ports = (crashes or Crashes()).proxy, self.ports
        hold = HoldUpload(uploads or seen(ports.uploads), seen(ports.jobs), seen(ports.objects), "gas-inputs")
        return StartUpload(
            links=seen(ports.links),
            hold_upload=hold,
            clock=self.clock,
            offer=Offer(plans_with({"max_input_bytes": 100, "max_open_uploads": LIMIT})),
            inputs_bucket="gas-inputs",
            key_prefix="gas",
            lifetime=timedelta(minutes=5),
            submit_within=TIME,
            new_id=lambda: f"up-{next(self.ids)}",
        )

    def admitted(self, asks: int) -> int:
        """How many of so many forms are given."""

        def ask(_: int) -> bool:
            try:
                self.start()(self.user, "a.vcf", 10)
            except TooManyRequestsError:
                return False
            return True

        with ThreadPoolExecutor(10) as pool:
            return sum(pool.map(ask, range(asks)))

    @property
    def held(self) -> OpenUploads:
        """What is remembered."""
        return self.ports.uploads.get(USER_ID)


def calls_of_a_form() -> int:
    """How many calls a form takes."""
    world, crashes = World(), Crashes()
    world.start(crashes)(world.user, "a.vcf", 10)
    return crashes.calls


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, calls_of_a_form() + 1))
def test_no_form_goes_out_that_nobody_remembers(at: int, *, after: bool) -> None:
    """Killed at any call: a place may be taken for nothing, which is free again an hour later; never a form without a place."""
    world = World()
    with pytest.raises(CrashError):
        world.start(Crashes(at, after))(world.user, "a.vcf", 10)
    world.clock.advance(NOTHING_COMES_AFTER)

    assert world.admitted(LIMIT) == LIMIT
    assert len(world.held.holding) == LIMIT


def test_ten_race_for_three_places() -> None:
    """The quota is exact, however many ask at a time."""
    assert World().admitted(10) == LIMIT


def test_a_form_says_when_it_is_looked_at() -> None:
    """Its upload is remembered by its job id, with what was told of it."""
    world = World()

    upload = world.start()(world.user, "a.vcf", 10)

    (held,) = world.held.uploads.values()
    assert (held.key, held.given, held.size_bytes) == (upload.key, NOW, 10)
    assert world.held.due == held.look == NOW + TIME


def test_an_upload_whose_submission_died_holds_no_place() -> None:
    """Its job was made: that is found out when the place is needed."""
    world = World()
    uploads = [world.start()(world.user, "a.vcf", 10) for _ in range(LIMIT)]
    place = InputRef("gas-inputs", uploads[0].key, "a.vcf")
    world.ports.jobs.create(job_in(JobStatus.PENDING, job_id=uploads[0].job_id, user_id=USER_ID, input=place))

    assert world.admitted(2) == 1
    assert uploads[0].job_id not in world.held.uploads


@pytest.mark.parametrize("use", ["input", "own"])
def test_what_a_job_of_another_name_is_made_of_holds_no_place(use: str) -> None:
    """Where the web died before it gave the place back, and the job is called by an Idempotency-Key, or is another upload's."""
    world = World()
    uploads = [world.start()(world.user, "a.vcf", 10) for _ in range(LIMIT)]
    place = InputRef("gas-inputs", uploads[0].key, "a.vcf")
    files = {"input": place} if use == "input" else {"own_file": OwnFile(place)}
    job = job_in(JobStatus.PENDING, job_id="named", user_id=USER_ID, **files)
    world.ports.jobs.create(replace(job, submit_time=world.clock.now()))

    assert world.admitted(2) == 1
    assert uploads[0].job_id not in world.held.uploads


def test_what_is_known_is_looked_up_once() -> None:
    """Who is refused again and again costs one look at each upload that should have come, and no more."""
    world = World()
    for _ in range(LIMIT):
        upload = world.start()(world.user, "a.vcf", 10)
        world.ports.objects.put("gas-inputs", upload.key, b"x")  # type: ignore[attr-defined]  # the memory's
    world.clock.advance(NOTHING_COMES_AFTER)
    counts = []
    for _ in range(2):
        crashes = Crashes()
        with pytest.raises(TooManyRequestsError):
            world.start(crashes)(world.user, "a.vcf", 10)
        counts.append(crashes.calls)

    assert {each.state for each in world.held.uploads.values()} == {UploadState.ARRIVED}
    assert counts[0] - counts[1] == LIMIT + 1


def test_whoever_waits_as_told_does_not_come_at_once() -> None:
    """Where a removal is late, it is worth asking again a minute later."""
    world = World()
    for _ in range(LIMIT):
        upload = world.start()(world.user, "a.vcf", 10)
        world.ports.objects.put("gas-inputs", upload.key, b"x")  # type: ignore[attr-defined]  # the memory's
    world.clock.advance(timedelta(days=2))

    with pytest.raises(TooManyRequestsError) as refused:
        world.start()(world.user, "a.vcf", 10)

    assert refused.value.retry_after == SOONEST


def test_who_loses_every_race_is_told_to_ask_again() -> None:
    """It is a passing trouble."""

    class Contended:
        tries = 0

        def get(self, _user: str) -> OpenUploads:
            return OpenUploads()

        def commit(self, *_: object) -> None:
            self.tries += 1
            raise ConflictError("changed")

    contended, world = Contended(), World()

    with pytest.raises(TransientError, match="ask for this one again"):
        world.start(uploads=contended)(world.user, "a.vcf", 10)
    assert contended.tries == TRIES


@pytest.mark.parametrize("name", ["mine.bed", "mine.BED.gz", "mine.vcf", "mine.vcf.bgz"])
def test_a_file_of_ones_own_may_be_a_bed(name: str) -> None:
    """It has a place and a key as any upload; the same name makes an input only where it is a VCF's."""
    world = World()

    upload = world.start()(world.user, name, use=UploadUse.OWN_FILE)

    assert upload.key == f"gas/{USER_ID}/{upload.job_id}~{name}"
    assert upload.max_bytes == 100
    assert list(world.held.uploads) == [upload.job_id]
    if "bed" in name.lower():
        with pytest.raises(UsageError, match="GAS annotates VCF files"):
            world.start()(world.user, name)


def test_a_file_of_ones_own_has_bounds() -> None:
    """Its name and size are refused before it is sent, the size by the plan, and by what the engine takes of any plan."""
    world = World()
    start = world.start()
    generous = replace(start, offer=Offer(plans_with({"max_input_bytes": 2 * MAX_OWN_BYTES})))

    with pytest.raises(
        UsageError, match=r"is a VCF or a BED, and the name mine.tsv does not end with .*\.bed\.bgz"
    ):
        start(world.user, "mine.tsv", use=UploadUse.OWN_FILE)
    with pytest.raises(SizeRefusedError, match=r"^The file of your own variants has 101 bytes"):
        start(world.user, "mine.bed", 101, use=UploadUse.OWN_FILE)
    for anyone in (generous, start):
        with pytest.raises(SizeRefusedError, match=r"^The file of your own variants is too large") as refused:
            anyone(world.user, "mine.bed", MAX_OWN_BYTES + 1, use=UploadUse.OWN_FILE)
        assert "268,435,456 are the most" in str(refused.value)
        assert "Subscribe" not in str(refused.value)
    assert generous(world.user, "mine.bed", use=UploadUse.OWN_FILE).max_bytes == MAX_OWN_BYTES
    assert generous(world.user, "a.vcf", MAX_OWN_BYTES + 1).max_bytes == MAX_OWN_BYTES + 1


@pytest.mark.parametrize("name", ["up-1", "named"], ids=["same-id", "other-id"])
def test_what_a_job_that_cannot_be_read_is_made_of_holds_no_place(name: str) -> None:
    """Its record costs its owner no place, and no form that the others leave room for."""
    world = World()
    uploads = [world.start()(world.user, "a.vcf", 10) for _ in range(LIMIT)]
    place = InputRef("gas-inputs", uploads[0].key, "a.vcf")
    world.ports.jobs.create(job_in(JobStatus.PENDING, job_id=name, user_id=USER_ID, input=place))
    make_unreadable(world.ports.jobs, name)

    assert world.admitted(2) == 1
    assert uploads[0].job_id not in world.held.uploads
