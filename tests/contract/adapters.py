"""What the contract suites need: the local AWS with fresh resources for each test, races, and sample jobs and users."""

import functools
import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import boto3

from dev.run.cloud.client import LocalCloud
from gas.adapters.aws.session import AwsClients
from gas.domain.job import Job, JobEvent, created
from gas.domain.names import Names
from gas.domain.outputs import Output
from gas.domain.plan import Plan, PlanStanding, User
from gas.domain.record import AcceptedInput, Result, StoredOutput
from gas.domain.spec import InputRef
from gas_setup.apply import apply_infrastructure
from gas_setup.infrastructure import Resource, infrastructure
from tests.support.plans import LINES
from tests.support.waiting import PATIENCE_SECONDS

BACKENDS = ["memory", "aws"]
SHARDS = 3
THREADS = 16
NOW = datetime(2026, 11, 23, 12, 0, 0, 123_456, tzinfo=UTC)
USER = "u" * 26
ORIGIN = "https://gas.example"
SENDER = "gas@example.org"
THAW_SECONDS = 0.2
"""How long an Expedited retrieval takes here, unless a test asks for longer; a Standard one twice as long."""
DAY_SECONDS = 3600.0
"""How long the copy of a retrieval lives here, unless a test asks for less."""

T = TypeVar("T")
_numbers = itertools.count(1)


_folder = Path(tempfile.gettempdir()) / f"gas-contract-{os.getpid()}"


@functools.cache
def local_cloud() -> LocalCloud:
    """The local AWS of these tests: started once, when it is first asked for."""
    return LocalCloud.start(_folder, thaw_seconds=THAW_SECONDS, day_seconds=DAY_SECONDS)


def stop_local_cloud() -> None:
    """Stop it, if it was started, and remove what it left."""
    if local_cloud.cache_info().currsize:
        local_cloud().stop()
        shutil.rmtree(_folder)


@functools.cache
def clients() -> AwsClients:
    """Clients of the local AWS, made as the programs make them; it takes any credentials."""
    session = boto3.session.Session("test", "test")
    return AwsClients("us-east-1", local_cloud().endpoint, session=session)


@functools.cache
def client(service: str) -> Any:
    """One client of a service for all tests."""
    return clients().client(service)


def fresh_names(*kinds: type[Resource], archive_delay_seconds: int = 0) -> Names:
    """A new installation on the local AWS with only these kinds of resources, made as `gas-setup` makes them."""
    names = Names(f"t{next(_numbers)}")
    resources = infrastructure(
        names,
        lines=LINES,
        archive_delay_seconds=archive_delay_seconds,
        inputs_expiry_days=30,
        mail_sender=SENDER,
        uploads_from=ORIGIN,
    )
    for _ in apply_infrastructure(clients(), [r for r in resources if isinstance(r, kinds)]):
        pass
    return names


def race(*contestants: Callable[[], T]) -> list[T | Exception]:
    """What each contestant returned or raised, all started at the same moment."""
    start = threading.Barrier(len(contestants))

    def run(contestant: Callable[[], T]) -> T | Exception:
        start.wait(PATIENCE_SECONDS)
        try:
            return contestant()
        except Exception as error:  # noqa: BLE001 - the test judges it
            return error

    with ThreadPoolExecutor(len(contestants)) as pool:
        return list(pool.map(run, contestants))


def a_job(job_id: str = "job-1", *, user_id: str = USER, submitted: datetime = NOW) -> Job:
    """A new job, due at its submission."""
    key = f"gas/{user_id}/{job_id}~sample é.vcf"
    return created(Job(job_id, user_id, InputRef("gas-inputs", key, "sample é.vcf"), "rCRS", submitted))


def queued(job: Job, now: datetime = NOW) -> Job:
    """The job after its input was accepted."""
    return job.moved(JobEvent.INPUT_ACCEPTED, now, accepted_input=AcceptedInput("e1", 10), due=now)


def claimed(job: Job, holder: str, now: datetime = NOW) -> Job:
    """The job as an annotator wants to hold it."""
    return job.claimed(holder, now, timedelta(seconds=60))


def a_result(fence: int = 1) -> Result:
    """A result of the attempt with that fence."""
    stem = f"gas/{USER}/job-1~f{fence}~sample"
    return Result(
        bucket="gas-results",
        outputs={
            Output.RESULT: StoredOutput(f"{stem}.annot.vcf.gz", 5, "ab" * 32),
            Output.LOG: StoredOutput(f"{stem}.log", 3, "cd" * 32),
            "of a newer release": StoredOutput(f"{stem}.new", 4, "ef" * 32),
        },
        variants=3,
        annotated_variants=2,
    )


def a_user(user_id: str = USER, plan: Plan = Plan.FREE) -> User:
    """A user who is not due."""
    return User(user_id, "ada@example.org", "Ada Ångström", PlanStanding(plan, NOW))
