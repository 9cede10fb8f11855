"""Whatever people and controllers do, in whatever order and killed wherever: what is not submitted goes, what is stays."""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.bootstrap import memory_ports
from gas.domain.errors import GasError, TooManyRequestsError
from gas.domain.offer import Offer
from gas.domain.plan import PlanLimits, User
from gas.domain.uploads import FORMER, UploadQuota
from gas.services.hold_upload import HoldUpload
from gas.services.start_upload import StartUpload
from gas.services.submit_job import Submission, SubmitJob
from gas.services.take_place import TakePlace
from gas_controllers.items import LookAtUploads
from gas_controllers.unsubmitted import UnsubmittedUploads
from tests.support.crashes import CrashError, Crashes
from tests.support.jobs import FREE, INPUTS, NOW, PREFIX, RULES, USER

DAY = timedelta(days=1)
LIMIT = 3
QUOTA = UploadQuota(LIMIT)
DEATHS = st.sampled_from([None, None, None, 1, 2, 3, 4])
LATE_DEATHS = st.sampled_from([None, 5, 6, 7, 8, 9])
"""A submission dies when its job is made more often than before."""
LATE = (timedelta(0), timedelta(0), timedelta(hours=2), timedelta(hours=21))
"""When what was begun in time arrives."""


class Uploading(RuleBasedStateMachine):
    """One user who uploads and sometimes submits, and controllers that sweep at least every hour."""

    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock(NOW)
        self.ports = memory_ports(self.clock)
        self.user = User(USER, "a@example.org", "Ada", FREE)
        self.ports.users.create(self.user)
        self.ids = count(1)
        self.given: dict[str, datetime] = {}

    @property
    def objects(self) -> InMemoryObjectStore:
        """The file store."""
        assert isinstance(self.ports.objects, InMemoryObjectStore)
        return self.ports.objects

    def hold(self, crashes: Crashes) -> HoldUpload:
        """Places for uploads."""
        seen, ports = crashes.proxy, self.ports
        return HoldUpload(seen(ports.uploads), seen(ports.jobs), seen(ports.objects), INPUTS)

    def offer(self) -> Offer:
        """What the user may."""
        limits = PlanLimits(100, 100, 30, 900)
        return Offer(limits, 100, 100, ("rCRS",), timedelta(0), free_uploads=QUOTA)

    @rule(target=keys, at=DEATHS, after=st.booleans(), late=st.sampled_from(LATE))
    def upload(self, at: int | None, late: timedelta, *, after: bool) -> object:
        """Ask for a form, and send the file with it: it comes at once, or is on its way for hours."""
        crashes = Crashes(at, after=after)
        start = StartUpload(
            links=crashes.proxy(self.ports.links),
            hold_upload=self.hold(crashes),
            clock=self.clock,
            offer=self.offer(),
            inputs_bucket=INPUTS,
            key_prefix=PREFIX,
            lifetime=timedelta(minutes=5),
            submit_within=timedelta(hours=20),
            new_id=lambda: f"up-{next(self.ids)}",
        )
        try:
            key = start(self.user, "a.vcf", 10).key
        except (CrashError, TooManyRequestsError):
            return multiple()
        self.given[key] = self.clock.now()
        self.pass_time(late)
        self.objects.put(INPUTS, key, b"x")
        return key

    @rule(key=keys, name=st.sampled_from([None, "one"]), at=LATE_DEATHS, after=st.booleans())
    def submit(self, key: str, name: str | None, at: int | None, *, after: bool) -> None:
        """Make a job of it, perhaps by a name of one's own."""
        crashes = Crashes(at, after=after)
        seen = crashes.proxy
        submit = SubmitJob(
            jobs=seen(self.ports.jobs),
            objects=seen(self.ports.objects),
            publisher=seen(self.ports.publisher),
            take_place=TakePlace(seen(self.ports.quotas), seen(self.ports.jobs)),
            hold_upload=self.hold(crashes),
            clock=self.clock,
            offer=self.offer(),
            inputs_bucket=INPUTS,
            key_prefix=PREFIX,
        )
        with suppress(CrashError, GasError):
            submit(self.user, Submission(key, "rCRS"), name and f"{name} {key}")

    @rule(target=keys, name=st.sampled_from([None, "one"]), at=st.sampled_from([None, 7, 8, 9]))
    def upload_and_submit(self, name: str | None, at: int | None) -> object:
        """As most people do; the web may die when the job is made and its upload is still open."""
        key = self.upload(None, timedelta(0), after=False)
        if isinstance(key, str):
            self.submit(key, name, at, after=False)
        return key

    @rule(hours=st.sampled_from([1, 21, 24]))
    def wait(self, hours: int) -> None:
        """Time goes by."""
        self.pass_time(timedelta(hours=hours))

    @rule(at=st.integers(1, 12), after=st.booleans())
    def die(self, at: int, *, after: bool) -> None:
        """The controllers are killed in the middle of a look."""
        with suppress(CrashError):
            self.look(Crashes(at, after=after))

    def pass_time(self, span: timedelta) -> None:
        """The controllers look every half an hour."""
        for _ in range(int(span / timedelta(minutes=30))):
            self.clock.advance(timedelta(minutes=30))
            self.look(Crashes())

    def look(self, crashes: Crashes) -> None:
        """One look at what is due."""
        seen, ports = crashes.proxy, self.ports
        for user_id in ports.uploads.due_before(self.clock.now(), 10):
            UnsubmittedUploads(
                uploads=seen(ports.uploads),
                jobs=seen(ports.jobs),
                users=seen(ports.users),
                objects=seen(ports.objects),
                clock=self.clock,
                rules=RULES,
            ).look_at(LookAtUploads(user_id))

    @invariant()
    def what_jobs_are_made_of_is_there(self) -> None:
        """No job loses its input."""
        for job in self.ports.jobs.jobs_of_user(USER, None, 1000).jobs:
            assert self.objects.head(INPUTS, job.input.key) is not None, job.job_id

    @invariant()
    def nothing_else_stays_beyond_a_day(self) -> None:
        """A file without a job is younger than a day, and so is all that is remembered."""
        named = {job.input.key for job in self.ports.jobs.jobs_of_user(USER, None, 1000).jobs}
        for key, given in self.given.items():
            if self.clock.now() - given >= DAY:
                assert key in named or self.objects.head(INPUTS, key) is None
        held = self.ports.uploads.get(USER)
        assert all(self.clock.now() - upload.given < DAY for upload in held.uploads.values())

    @invariant()
    def the_quota_holds(self) -> None:
        """However forms, submissions and looks mingle."""
        held = self.ports.uploads.get(USER)
        assert len(held.holding) <= LIMIT
        assert len(held.uploads) <= FORMER * LIMIT


TestUploading = Uploading.TestCase
TestUploading.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)
