"""`gas-absences`: shows which resources are missing, and lets an operator say whether that was meant or a mistake.

It runs beside the controllers, in their pod, and talks to them by the records alone: each says what an operator decided.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from gas.bootstrap import aws_ports
from gas.config import Settings
from gas.domain.errors import ConflictError, GasError
from gas.domain.job import UNFINISHED, Job
from gas.domain.record import ResourceRef, ResourceState
from gas.domain.spec import DeletionPolicy
from gas.ports.stores import JobStore
from gas_controllers.cluster import Cluster
from gas_controllers.main import kubernetes_client
from gas_controllers.sweep import missing

PROGRAM = "gas-absences"

MOST_TRIES = 10
"""Nobody writes a record so often that each of these meets another write."""


def main(argv: Sequence[str] | None = None) -> int:
    """Show, or note what the operator says; 1 when something outside failed or has changed, in one sentence."""
    options = _parser().parse_args(argv)
    try:
        settings = Settings()
        ports = aws_ports(settings)
        cluster = Cluster(kubernetes_client(settings), settings.names.namespace)
        found = missing_jobs(ports.jobs, cluster, ports.clock.now())
        decided = options.meant if options.meant is not None else options.mistake
        if decided is None:
            return _show(found, settings.controllers.absence_limit)
        if decided != len(found):
            sys.stderr.write(
                f"{PROGRAM}: {len(found)} resources are missing now, not {decided}: look at the list again.\n"
            )
            return 1
        noted = note(ports.jobs, found, meant if options.meant is not None else mistaken, ports.clock.now())
    except (GasError, ValueError) as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return 1
    follows = "taken for deleted" if options.meant is not None else "made again"
    sys.stdout.write(f"Noted. Within a minute {noted} of {len(found)} resources are {follows}.\n")
    return 0


def missing_jobs(jobs: JobStore, cluster: Cluster, now: datetime) -> list[Job]:
    """The jobs whose record knows a resource that the cluster does not have, by name."""
    listed = {body["metadata"]["name"] for body in cluster.list_all()}
    found = jobs.get_many(sorted(missing(jobs, listed, now)))
    return [job for _, job in sorted(found.items()) if job.resource.state is ResourceState.PRESENT]


def meant(job: Job, now: datetime) -> Job:
    """The record of a job whose resource was meant to be deleted, however many others were."""
    return replace(job, resource=replace(job.resource, meant=now), due=now)


def mistaken(job: Job, now: datetime) -> Job:
    """The record of a job whose resource is to be made again."""
    return replace(job, resource=ResourceRef(), due=now)


def note(jobs: JobStore, found: Sequence[Job], decided: Callable[[Job, datetime], Job], now: datetime) -> int:
    """Note the decision in the record of each resource that is still the one that was looked at; how many were noted."""
    return sum(_note_one(jobs, job, decided, now) for job in found)


def _note_one(jobs: JobStore, looked_at: Job, decided: Callable[[Job, datetime], Job], now: datetime) -> bool:
    """Note one, over whatever else is written to the record meanwhile: controllers and annotators go on with the job."""
    job: Job | None = looked_at
    for _ in range(MOST_TRIES):
        if job is None or (job.resource.state, job.resource.uid) != (
            ResourceState.PRESENT,
            looked_at.resource.uid,
        ):
            return False
        try:
            jobs.commit(job, decided(job, now))
        except ConflictError:
            job = jobs.get(job.job_id)
        else:
            return True
    return False


def consequence(job: Job) -> str:
    """What follows for a job when its resource is taken for deleted."""
    lost = "its data is deleted" if job.policy.deletion_policy is DeletionPolicy.DELETE else "its data stays"
    return f"is cancelled, {lost}" if job.status in UNFINISHED else lost


def _show(found: Sequence[Job], limit: int) -> int:
    if not found:
        sys.stdout.write("No resource is missing.\n")
        return 0
    for job in found:
        sys.stdout.write(f"{job.job_id}\t{job.status.value}\t{consequence(job)}\n")
    many = len(found)
    sys.stdout.write(
        f"\n{many} missing"
        + (
            f", more than the limit of {limit}: none is taken for deleted until you say so.\n"
            if many > limit
            else ".\n"
        )
        + f"They were meant to be deleted:  {PROGRAM} --meant {many}\n"
        + f"It was a mistake, make them again:  {PROGRAM} --mistake {many}\n"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Shows which AnnotationJobs are missing, and decides."
    )
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--meant",
        type=int,
        metavar="COUNT",
        help="they were meant to be deleted; COUNT is how many the list has",
    )
    either.add_argument("--mistake", type=int, metavar="COUNT", help="make them again from the records")
    return parser
