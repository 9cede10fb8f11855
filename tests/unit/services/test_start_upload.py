"""Asking for a form: killed at any call, raced for the last place, and what is known of uploads that were given up."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.bootstrap import memory_ports
from gas.domain.errors import ConflictError, TooManyRequestsError, TransientError
from gas.domain.job import JobStatus
from gas.domain.offer import Offer
from gas.domain.plan import Plan, PlanLimits, PlanStanding, User
from gas.domain.spec import InputRef
from gas.domain.uploads import NOTHING_COMES_AFTER, OpenUploads, UploadQuota, UploadState
from gas.services.hold_upload import SOONEST, TRIES, HoldUpload
from gas.services.start_upload import StartUpload
from tests.support.crashes import CrashError, Crashes
from tests.support.jobs import NOW, job_in

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
            offer=Offer(
                PlanLimits(100, 1000, 30, 900),
                1,
                1,
                ("rCRS",),
                timedelta(minutes=5),
                free_uploads=UploadQuota(LIMIT),
            ),
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
