"""The people and jobs that the pictures show: one job in each state, made as the parts of GAS make them."""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from dev.up.inputs import write_inputs
from gas.adapters.memory.objects import InMemoryObjectStore
from gas.bootstrap import Ports
from gas.domain.job import Job, JobEvent, JobStatus, created
from gas.domain.keys import InputKey, Output, attempt_keys
from gas.domain.names import Bucket, Channel, Names
from gas.domain.overview import Overview, Pool, QueueDepth, Standing, Wait
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.reasons import Reason
from gas.domain.record import AcceptedInput, Result, Retrieval
from gas.domain.spec import InputRef, RetrievalTier
from gas_annotator.engine import EngineLimits, Task, annotate, load_reference

OPERATOR = "operator"
LIMITS = EngineLimits(1_000_000, 1_000_000, 1_000_000_000)
HOSTILE = "<img src=x onerror=alert(1)>_a_rather_long_name_of_a_file_from_the_sequencer_run_2026-11-20.vcf.gz"


def people(now: datetime) -> dict[str, User]:
    """A free, a premium and an operating user."""
    since = now - timedelta(days=9)
    return {
        login: User(
            login[0] * 26, f"{login}@university.example", name, PlanStanding(plan, since), subject=login
        )
        for login, name, plan in (
            ("free", "Fay Free", Plan.FREE),
            ("premium", "Pat Premium", Plan.PREMIUM),
            (OPERATOR, "Olu Operator", Plan.PREMIUM),
        )
    }


def jobs(user: User, now: datetime) -> Iterator[Job]:
    """A job in each state, by its life so far."""
    names = iter(range(99))
    hour = timedelta(hours=1)

    def new(file_name: str, ago: timedelta) -> Job:
        job_id = f"0197-{user.user_id[0]}-{next(names):02}"
        key = InputKey("gas", user.user_id, job_id, file_name)
        place = InputRef(Names().bucket(Bucket.INPUTS), str(key), file_name)
        return created(Job(job_id, user.user_id, place, "rCRS", now - ago, reason=Reason.CHECKING_INPUT))

    def run(job: Job) -> Job:
        accepted = replace(job, accepted_input=AcceptedInput("etag", 148_211))
        queued = accepted.moved(
            JobEvent.INPUT_ACCEPTED,
            job.submit_time + timedelta(seconds=2),
            reason=Reason.WAITING_FOR_ANNOTATOR,
        )
        return queued.claimed("annotator-0", job.submit_time + timedelta(seconds=9), timedelta(minutes=1))

    def done(job: Job) -> Job:
        running = run(job)
        end = job.submit_time + timedelta(seconds=48)
        reason = Reason.PREMIUM if user.standing.plan is Plan.PREMIUM else Reason.RETENTION_RUNNING
        until = None if reason is Reason.PREMIUM else end + timedelta(minutes=5)
        return replace(
            running.finished_with(result_of(running), end), reason=reason, retain_until=until, due=until
        )

    def archived(job: Job) -> Job:
        finished = done(job)
        at = job.submit_time + timedelta(minutes=6)
        return finished.moved(JobEvent.ARCHIVED, at, reason=Reason.RETENTION_OVER, archive_time=at, due=None)

    def restoring(job: Job) -> Job:
        cold = archived(job)
        retrieval = Retrieval(RetrievalTier.EXPEDITED, now, now + timedelta(minutes=5))
        return cold.moved(
            JobEvent.RETRIEVAL_STARTED, now, reason=Reason.RETRIEVAL_EXPEDITED, retrieval=retrieval
        )

    yield new("pending.vcf", timedelta(seconds=1))
    queued = run(new("queued.vcf.gz", timedelta(seconds=20)))
    yield queued.handed_back(now)
    yield replace(run(new("running.vcf.gz", timedelta(seconds=40))), progress_percent=62)
    yield done(new("mitochondria_completed.vcf", timedelta(minutes=2)))
    yield archived(new("archived.vcf", 30 * hour))
    yield restoring(new("restoring.vcf", 31 * hour))
    back = restoring(new("restored.vcf", 32 * hour))
    yield back.moved(JobEvent.RESTORED, now, reason=Reason.PREMIUM, restore_time=now, due=None)
    yield run(new("failed.vcf", 2 * hour)).refused_with(
        Reason.INPUT_REFUSED,
        "line 14 has 6 columns where a VCF record has at least 8, separated by tabs.",
        now - 2 * hour + timedelta(seconds=12),
    )
    lost = run(new("lost.vcf", 3 * hour))
    yield replace(lost, attempts=3).moved(
        JobEvent.ATTEMPTS_EXHAUSTED, now - hour, reason=Reason.ATTEMPTS_EXHAUSTED, lease=None, due=None
    )
    yield new("cancelled.vcf", 5 * hour).moved(
        JobEvent.CANCELLED, now - 4 * hour, reason=Reason.CANCELLED, due=None
    )
    yield new("deleted.vcf", 6 * hour).moved(
        JobEvent.DELETED, now - 4 * hour, reason=Reason.DELETED, due=None
    )
    yield done(new(HOSTILE, timedelta(minutes=3)))


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
        standings={Standing(phase, reason): count for (phase, reason), count in counts.items()},
        longest_wait=Wait("0197-f-01", now - timedelta(minutes=18)),
        requests=QueueDepth(209, 8, 0),
        dead_letters=dict.fromkeys(Channel, 0) | {Channel.JOB_RESULTS: 2},
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
    content = outputs()[Output.RESULT]
    return Result(
        bucket=Names().bucket(Bucket.RESULTS),
        key=keys[Output.RESULT],
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        variants=350,
        log_key=keys[Output.LOG],
        preview_key=keys[Output.PREVIEW],
        statistics_key=keys[Output.STATISTICS],
        provenance_key=keys[Output.PROVENANCE],
        index_key=keys[Output.INDEX],
    )


@cache
def outputs() -> dict[Output, bytes]:
    """What the engine writes for the demo's file."""
    with tempfile.TemporaryDirectory(prefix="gas-screens-") as folder:
        path = write_inputs(Path(folder) / "in")["free"]
        out = Path(folder) / "out"
        out.mkdir()
        made = annotate(Task(path, "free.vcf", out, LIMITS), load_reference("rCRS"), lambda _: None)
        files = {
            Output.RESULT: made.result,
            Output.LOG: made.log,
            Output.PREVIEW: made.preview,
            Output.STATISTICS: made.statistics,
            Output.PROVENANCE: made.provenance,
        }
        return {output: file.read_bytes() for output, file in files.items()}


def put_on_stage(ports: Ports, now: datetime) -> dict[str, dict[str, Job]]:
    """Keep all people and jobs in these ports; returns each person's jobs by their file's name without its end."""
    stage: dict[str, dict[str, Job]] = {}
    ports.overviews.write(overview(now))
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
    for output, key in attempt_keys("gas", job.user_id, job.job_id, job.input.file_name, job.fence).items():
        if output in outputs():
            objects.put(job.result.bucket, key, outputs()[output])
