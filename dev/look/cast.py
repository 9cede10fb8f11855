"""The people and jobs that the pictures show: one job in each state, made as the parts of GAS make them."""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from dev.look.catalogue import OLDER_DIGEST, publish
from dev.run.up.inputs import write_inputs
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.bootstrap import Ports
from gas.domain.built_in_references import RCRS
from gas.domain.job import Job, JobEvent, JobStatus, created
from gas.domain.keys import InputKey, attempt_keys
from gas.domain.line import EVERYBODY, channels_of
from gas.domain.names import Bucket, Channel, Names
from gas.domain.outputs import Output
from gas.domain.overview import Overview, Pool, QueueDepth, Situation, Wait
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.reasons import Reason
from gas.domain.record import AcceptedInput, Intents, Result, Retrieval, StoredOutput
from gas.domain.spec import InputRef, RetrievalTier
from gas_annotator.engine import EngineLimits, Task, annotate, load_reference

OPERATOR = "operator"
LIMITS = EngineLimits(1_000_000, 1_000_000, 1_000_000_000)
HOSTILE = "<img src=x onerror=alert(1)>_a_rather_long_name_of_a_file_from_the_sequencer_run_2026-11-20"
FOREIGN, RECORDLESS = "foreign", "recordless"
"""Files whose results look unlike others: made for another reference, and without a single record."""

_HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
_FOREIGN_RECORDS = "MT\t3460\t.\tG\t<NON_REF>\t.\tPASS\t.\n" + "".join(
    f"chr{n % 22 + 1}\t{n * 1000}\t.\tA\tG\t.\tPASS\t.\n" for n in range(1, 90)
)
_MANY = 30
"""Jobs enough that the list has a second page."""


def people(now: datetime) -> dict[str, User]:
    """A free, a premium and an operating user."""
    since = now - timedelta(days=9)
    return {
        login: User(
            login[0] * 26,
            f"{login}@university.example",
            name,
            PlanStanding(plan, since),
            subject=login,
            email_confirmed=True,
        )
        for login, name, plan in (
            ("free", "Fay Free", Plan.FREE),
            ("premium", "Pat Premium", Plan.PREMIUM),
            (OPERATOR, "Olu Operator", Plan.PREMIUM),
        )
    }


class _Life:
    """Makes a user's jobs, each by its life so far."""

    def __init__(self, user: User, now: datetime) -> None:
        self.user, self.now = user, now
        self._numbers = count()

    def new(self, file_name: str, ago: timedelta) -> Job:
        """One that was just submitted."""
        job_id = str(uuid5(NAMESPACE_URL, f"{self.user.user_id}/{next(self._numbers)}"))
        key = InputKey("gas", self.user.user_id, job_id, file_name)
        place = InputRef(Names().bucket(Bucket.INPUTS), str(key), file_name)
        return created(
            Job(
                job_id,
                self.user.user_id,
                place,
                "rCRS",
                self.now - ago,
                reason=Reason.CHECKING_INPUT,
                reference_digest=RCRS.digest,
            )
        )

    def queued(self, file_name: str, ago: timedelta) -> Job:
        """One that waits for an annotator."""
        job = self.new(file_name, ago)
        accepted = replace(job, accepted_input=AcceptedInput("etag", 148_211))
        at = job.submit_time + timedelta(seconds=2)
        return accepted.moved(JobEvent.INPUT_ACCEPTED, at, reason=Reason.WAITING_FOR_ANNOTATOR)

    def running(self, file_name: str, ago: timedelta) -> Job:
        """One that an annotator holds."""
        job = self.queued(file_name, ago)
        return job.claimed("annotator-0", job.submit_time + timedelta(seconds=9), timedelta(minutes=1))

    def completed(self, file_name: str, ago: timedelta) -> Job:
        """One that is done."""
        job = self.running(file_name, ago)
        end = job.submit_time + timedelta(seconds=48)
        reason = Reason.PREMIUM if self.user.standing.plan == Plan.PREMIUM else Reason.RETENTION_RUNNING
        until = None if reason is Reason.PREMIUM else end + timedelta(minutes=5)
        done = job.finished_with(result_of(job), end)
        return replace(done, reason=reason, retain_until=until, due=until)

    def archived(self, file_name: str, ago: timedelta, reason: Reason = Reason.RETENTION_OVER) -> Job:
        """One whose result is in the archive."""
        job = self.completed(file_name, ago)
        at = job.submit_time + timedelta(minutes=6)
        return job.moved(JobEvent.ARCHIVED, at, reason=reason, archive_time=at, due=None)

    def restoring(self, file_name: str, ago: timedelta, reason: Reason = Reason.RETRIEVAL_EXPEDITED) -> Job:
        """One whose result is being restored."""
        fast = reason is Reason.RETRIEVAL_EXPEDITED
        tier = RetrievalTier.EXPEDITED if fast else RetrievalTier.STANDARD
        expected = self.now + (timedelta(minutes=5) if fast else timedelta(hours=5))
        return self.archived(file_name, ago).moved(
            JobEvent.RETRIEVAL_STARTED,
            self.now,
            reason=reason,
            retrieval=Retrieval(tier, self.now, expected, ready=reason is Reason.COPYING_BACK),
        )

    def failed(self, file_name: str, ago: timedelta, reason: Reason, detail: str) -> Job:
        """One that the annotator refused."""
        job = self.running(file_name, ago)
        return job.refused_with(reason, detail, job.submit_time + timedelta(seconds=12))


def jobs(user: User, now: datetime) -> Iterator[Job]:
    """A job in each state, and for each reason that a page words in its own way."""
    life, hour, minute = _Life(user, now), timedelta(hours=1), timedelta(minutes=1)
    yield life.new("pending.vcf", timedelta(seconds=1))
    yield replace(life.new("suspended.vcf", 9 * minute), reason=Reason.SUSPENDED)
    yield life.queued("queued.vcf.gz", timedelta(seconds=20))
    yield replace(life.queued("waking.vcf.gz", timedelta(seconds=25)), reason=Reason.WAKING_ANNOTATOR)
    handed_back = life.running("retrying.vcf.gz", timedelta(seconds=30)).handed_back(now)
    yield replace(handed_back, attempts=1, reason=Reason.RETRYING)
    yield replace(life.running("running.vcf.gz", timedelta(seconds=40)), progress_percent=62)
    cancelling = life.running("cancelling.vcf.gz", minute)
    yield replace(cancelling, progress_percent=25, intents=Intents(cancel_requested=now))
    yield life.completed("completed.vcf", 2 * minute)
    yield life.completed(f"{HOSTILE}.vcf.gz", 3 * minute)
    yield life.completed(f"{FOREIGN}.vcf", 4 * minute)
    yield life.completed(f"{RECORDLESS}.vcf", 4 * minute)
    yield replace(life.completed("deleting.vcf", 4 * minute), intents=Intents(delete_requested=now))
    yield replace(
        life.completed("missing.vcf", 26 * hour),
        reason=Reason.RESULT_MISSING,
        retain_until=None,
        due=now + hour,
    )
    yield life.failed(
        "failed.vcf",
        2 * hour,
        Reason.INPUT_REFUSED,
        "line 14 has 6 columns where a VCF record has at least 8, separated by tabs.",
    )
    yield life.new("too_large.vcf", 3 * hour).moved(
        JobEvent.INPUT_REFUSED,
        now - 3 * hour,
        reason=Reason.INPUT_TOO_LARGE,
        detail="it has 204,800 bytes, and the free plan takes files of up to 153,600 bytes.",
    )
    lost = life.running("lost.vcf", 4 * hour)
    yield replace(lost, attempts=3).moved(
        JobEvent.ATTEMPTS_EXHAUSTED, now - hour, reason=Reason.ATTEMPTS_EXHAUSTED, lease=None, due=None
    )
    yield life.new("cancelled.vcf", 5 * hour).moved(
        JobEvent.CANCELLED, now - 4 * hour, reason=Reason.CANCELLED, due=None
    )
    yield life.new("deleted.vcf", 6 * hour).moved(
        JobEvent.DELETED, now - 4 * hour, reason=Reason.DELETED, due=None
    )
    exome = life.completed("exome.vcf", 29 * hour)
    yield replace(exome, reference="GRCh38", reference_digest=OLDER_DIGEST)
    yield life.archived("archived.vcf", 30 * hour)
    yield life.archived("archived_by_policy.vcf", 30 * hour, Reason.POLICY_IMMEDIATE)
    failing = life.archived("retrieval_failed.vcf", 31 * hour, Reason.RETRIEVAL_FAILED)
    retrieval = Retrieval(RetrievalTier.STANDARD, tries=1, next_try=now + 15 * minute)
    yield replace(failing, detail="the archive did not give it back in time.", retrieval=retrieval)
    yield life.restoring("restoring.vcf", 31 * hour)
    yield life.restoring("restoring_slowly.vcf", 32 * hour, Reason.RETRIEVAL_STANDARD)
    yield life.restoring("copying_back.vcf", 33 * hour, Reason.COPYING_BACK)
    back = life.restoring("restored.vcf", 34 * hour)
    reason = Reason.PREMIUM if user.standing.plan == Plan.PREMIUM else Reason.RETENTION_RUNNING
    until = None if reason is Reason.PREMIUM else now + 5 * minute
    yield back.moved(JobEvent.RESTORED, now, reason=reason, restore_time=now, retain_until=until, due=until)
    for number in range(_MANY if user.standing.plan == Plan.PREMIUM else 0):
        yield life.completed(f"cohort_B_sample_{number:03}.vcf.gz", 50 * hour + number * minute)


def overview(now: datetime) -> Overview:
    """A night on which something hurts: what the controllers would have written four seconds ago."""
    counts = {
        (JobStatus.PENDING, Reason.SUSPENDED): 2,
        (JobStatus.QUEUED, Reason.WAITING_FOR_ANNOTATOR): 214,
        (JobStatus.QUEUED, Reason.RETRYING): 3,
        (JobStatus.RUNNING, Reason.ANNOTATING): 8,
        (JobStatus.COMPLETED, Reason.RETENTION_RUNNING): 41,
        (JobStatus.COMPLETED, Reason.PREMIUM): 386,
        (JobStatus.ARCHIVED, Reason.RETENTION_OVER): 1204,
        (JobStatus.RESTORING, Reason.RETRIEVAL_EXPEDITED): 5,
        (JobStatus.RESTORED, Reason.PREMIUM): 63,
        (JobStatus.FAILED, Reason.INPUT_REFUSED): 12,
        (JobStatus.FAILED, Reason.ATTEMPTS_EXHAUSTED): 2,
        (JobStatus.CANCELLED, Reason.CANCELLED): 9,
    }
    return Overview(
        time=now - timedelta(seconds=4),
        period=timedelta(seconds=10),
        situations={Situation(phase, reason): count for (phase, reason), count in counts.items()},
        longest_wait=Wait("0197-f-01", now - timedelta(minutes=18)),
        requests=QueueDepth(209, 8, 0),
        channels=channels_of([EVERYBODY]),
        dead_letters=dict.fromkeys(channels_of([EVERYBODY]), 0) | {Channel.JOB_RESULTS: 2},
        pools=(Pool("annotators", 8, wanted=20, ready=8),),
        late_retrievals=1,
        sweep_age=timedelta(seconds=7),
        sweep_period=timedelta(seconds=15),
        drift=3,
        started=now - timedelta(days=6),
    )


def result_of(job: Job) -> Result:
    """What the attempt that runs would write."""
    keys = attempt_keys("gas", job.user_id, job.job_id, job.input.file_name, job.fence)
    made = outputs(_kind(job))
    statistics = json.loads(made[Output.STATISTICS])
    return Result(
        bucket=Names().bucket(Bucket.RESULTS),
        outputs={
            output: StoredOutput(keys[output], len(content), hashlib.sha256(content).hexdigest())
            for output, content in made.items()
        },
        variants=statistics["records"],
        annotated_variants=statistics["annotated_records"],
    )


def _kind(job: Job) -> str:
    stem = job.input.file_name.split(".")[0]
    return stem if stem in {FOREIGN, RECORDLESS} else "usual"


@cache
def outputs(kind: str) -> dict[Output, bytes]:
    """What the engine writes for the demo's file, and for two odd ones."""
    with tempfile.TemporaryDirectory(prefix="gas-screens-") as folder:
        path = write_inputs(Path(folder) / "in")["free"]
        if kind != "usual":
            path.write_text(_HEADER + (_FOREIGN_RECORDS if kind == FOREIGN else ""))
        out = Path(folder) / "out"
        out.mkdir()
        made = annotate(Task(path, "free.vcf", out, LIMITS), load_reference("rCRS"), lambda _: None)
        files = {result.value: path for result, path in made.files.items()}
        return {output: files[output.suffix].read_bytes() for output in Output if output.suffix in files}


def put_on_stage(ports: Ports, now: datetime) -> dict[str, dict[str, Job]]:
    """Keep all people and jobs in these ports; returns each person's jobs by their file's name without its end."""
    stage: dict[str, dict[str, Job]] = {}
    ports.overviews.write(overview(now))
    publish(ports, now)
    for login, user in people(now).items():
        ports.users.create(user)
        stage[login] = {}
        for job in jobs(user, now) if login != OPERATOR else ():
            ports.jobs.create(job)
            stage[login][job.input.file_name.split(".")[0]] = job
            _put_files(ports, job)
    return stage


def _put_files(ports: Ports, job: Job) -> None:
    objects = ports.objects
    assert isinstance(objects, InMemoryObjectStore)
    objects.put(job.input.bucket, job.input.key, b"##fileformat=VCFv4.2\n")
    if job.result is None:
        return
    made = outputs(_kind(job))
    for output, key in attempt_keys("gas", job.user_id, job.job_id, job.input.file_name, job.fence).items():
        if output in made:
            objects.put(job.result.bucket, key, made[output])
