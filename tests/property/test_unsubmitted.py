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
from gas.domain.decision import DeleteInput, DeleteOwnFile, DeleteResultObjects, Fact, Facts
from gas.domain.errors import GasError, TooManyRequestsError
from gas.domain.job import Job, JobStatus, created
from gas.domain.lifecycle import decide
from gas.domain.offer import Offer
from gas.domain.own_file import OwnFile
from gas.domain.plan import User
from gas.domain.record import Intents
from gas.domain.spec import InputRef
from gas.domain.uploads import FORMER, named_keys
from gas.ports.onlooker import Nobody
from gas.services.find_shared_files import FindSharedFiles
from gas.services.hold_upload import HoldUpload
from gas.services.remove_uploads import RemoveUploads
from gas.services.run_effect import RunEffect
from gas.services.start_upload import StartUpload
from gas.services.submit_job import Submission, SubmitJob
from gas.services.take_place import TakePlace
from tests.support.crashes import CrashError, Crashes
from tests.support.jobs import FREE, INPUTS, NOW, PREFIX, RESULTS, RULES, USER
from tests.support.plans import plans_with

DAY = timedelta(days=1)
LIMIT = 3
DEATHS = st.sampled_from([None, None, None, 1, 2, 3, 4])
LATE_DEATHS = st.sampled_from([None, 5, 6, 7, 8, 9, 10, 11, 12])
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
        self.wanted_deleted: set[str] = set()

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
        return Offer(plans_with({"max_input_bytes": 100, "max_active_jobs": 100, "max_open_uploads": LIMIT}))

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

    @rule(
        key=keys,
        own=st.none() | keys,
        name=st.sampled_from([None, "one"]),
        at=LATE_DEATHS,
        after=st.booleans(),
    )
    def submit(self, key: str, own: str | None, name: str | None, at: int | None, *, after: bool) -> None:
        """Make a job of it, perhaps by a name of one's own, and perhaps with another file beside it."""
        crashes = Crashes(at, after=after)
        seen = crashes.proxy
        submit = SubmitJob(
            jobs=seen(self.ports.jobs),
            objects=seen(self.ports.objects),
            references=seen(self.ports.references),
            publisher=seen(self.ports.publisher),
            take_place=TakePlace(seen(self.ports.quotas), seen(self.ports.jobs)),
            hold_upload=self.hold(crashes),
            clock=self.clock,
            offer=self.offer(),
            inputs_bucket=INPUTS,
            key_prefix=PREFIX,
        )
        with suppress(CrashError, GasError):
            submit(self.user, Submission(key, "rCRS", own), name and f"{name} {key}")

    @rule(target=keys, name=st.sampled_from([None, "one"]), at=st.sampled_from([None, 7, 8, 9]))
    def upload_and_submit(self, name: str | None, at: int | None) -> object:
        """As most people do; the web may die when the job is made and its upload is still open."""
        key = self.upload(None, timedelta(0), after=False)
        if isinstance(key, str):
            self.submit(key, None, name, at, after=False)
        return key

    @rule(target=keys, at=st.sampled_from([None, *range(9, 16)]))
    def upload_two_and_submit(self, at: int | None) -> object:
        """As those do who bring a file of their own; the web may die when either is still open."""
        key, own = (self.upload(None, timedelta(0), after=False) for _ in range(2))
        if isinstance(key, str) and isinstance(own, str):
            self.submit(key, own, None, at, after=False)
        return key

    @rule(key=keys, own=st.none() | keys)
    def apply(self, key: str, own: str | None) -> None:
        """Whoever runs GAS names the same files in a job of another name, while they are there."""
        places = [InputRef(INPUTS, each, "a.vcf") for each in (key, own) if each is not None]
        if all(self.objects.head(INPUTS, place.key) is not None for place in places):
            own_file = None if own is None else OwnFile(places[-1])
            submitted = self.clock.now()
            name = f"applied-{next(self.ids)}"
            self.ports.jobs.create(created(Job(name, USER, places[0], "rCRS", submitted, own_file=own_file)))

    @rule(chosen=st.integers(0, 20), at=st.sampled_from([None, 1, 2, 3, 4, 5]), after=st.booleans())
    def delete(self, chosen: int, at: int | None, *, after: bool) -> None:
        """A job is deleted, by controllers that may die on the way: what it alone was made of goes."""
        jobs = [job for job in self.jobs_of_user() if job.status is not JobStatus.DELETED]
        if not jobs:
            return
        job = jobs[chosen % len(jobs)]
        self.ports.jobs.add_intents(job.job_id, Intents(delete_requested=self.clock.now()), self.clock.now())
        self.wanted_deleted.add(job.job_id)
        with suppress(CrashError):
            self.take_on(job.job_id, Crashes(at, after=after))

    def take_on(self, job_id: str, crashes: Crashes) -> None:
        """The controllers do what is due of a deleted job."""
        seen, ports = crashes.proxy, self.ports
        shared_files = FindSharedFiles(seen(ports.jobs))
        effects = RunEffect(seen(ports.objects), ports.archive, ports.publisher, RESULTS, Nobody())
        for _ in range(10):
            job = ports.jobs.get(job_id)
            assert job is not None
            if job.due is None or job.due > self.clock.now():
                return
            facts = Facts({Fact.SHARED_FILES: shared_files(job)})
            decision = decide(job, FREE, facts, self.clock.now(), RULES)
            for effect in decision.effects:
                assert isinstance(effect, DeleteInput | DeleteOwnFile | DeleteResultObjects)
                effects(effect, job)
            seen(ports.jobs).commit(job, decision.after)
        raise AssertionError(f"{job_id} does not settle")

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
            for job_id in self.wanted_deleted:
                self.take_on(job_id, Crashes())

    def look(self, crashes: Crashes) -> None:
        """One look at what is due."""
        seen, ports = crashes.proxy, self.ports
        for user_id in ports.uploads.due_before(self.clock.now(), 10):
            RemoveUploads(
                uploads=seen(ports.uploads),
                jobs=seen(ports.jobs),
                users=seen(ports.users),
                objects=seen(ports.objects),
                clock=self.clock,
                rules=RULES,
            )(user_id)

    @invariant()
    def what_jobs_are_made_of_is_there(self) -> None:
        """No job loses its input, or what came beside it, as long as nobody deletes that very job."""
        for key in self.named():
            assert self.objects.head(INPUTS, key) is not None, key

    def jobs_of_user(self) -> tuple[Job, ...]:
        """All of them."""
        return self.ports.jobs.jobs_of_user(USER, None, 1000).jobs

    def named(self) -> set[str]:
        """The keys that jobs name which nobody deletes."""
        return named_keys(job for job in self.jobs_of_user() if job.job_id not in self.wanted_deleted)

    @invariant()
    def nothing_else_stays_beyond_a_day(self) -> None:
        """A file without a job, or of deleted jobs alone, is younger than a day, and so is all that is remembered."""
        named = named_keys(job for job in self.jobs_of_user() if job.status is not JobStatus.DELETED)
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
