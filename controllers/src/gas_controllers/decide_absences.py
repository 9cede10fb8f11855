"""`gas-absences`: shows which resources are missing, and lets an operator say whether that was meant or a mistake.

It runs beside the controllers, in their pod, and talks to them by the records alone: each says what an operator decided.
"""

import argparse
import hashlib
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gas.bootstrap import aws_ports
from gas.config import Settings
from gas.domain.absence import awaited
from gas.domain.admission import SeenResource
from gas.domain.errors import ConflictError, GasError
from gas.domain.job import UNFINISHED, Job
from gas.domain.record import ResourceRef, ResourceState
from gas.domain.spec import DeletionPolicy
from gas.ports.stores import JobStore
from gas_controllers.cluster.annotation_job import seen_without_record
from gas_controllers.cluster.kubernetes_api import Cluster
from gas_controllers.lanes.sweep import missing
from gas_controllers.main import kubernetes_client

PROGRAM = "gas-absences"

MOST_TRIES = 10
"""Nobody writes a record so often that each of these meets another write."""

TAKEN = "another job's resource has the name, and by --mistake the job goes on without one"
"""No resource is made again under a name that is taken."""

HASH_CHARACTERS = 8
"""So that no two lists of an installation are called the same."""


def main(argv: Sequence[str] | None = None) -> int:
    """Show, or note what the operator says; 1 when something outside failed or has changed, in one sentence."""
    options = _parser().parse_args(argv)
    try:
        settings = Settings()
        ports = aws_ports(settings)
        cluster = Cluster(kubernetes_client(settings), settings.names.namespace)
        listed = resources_in(cluster)
        found = missing_jobs(ports.jobs, listed, ports.clock.now())
        taken = [job.job_id for job in found if job.job_id in listed]
        decided = options.meant if options.meant is not None else options.mistake
        if decided is None:
            overview = ports.overviews.read()
            second_look = timedelta(seconds=settings.controllers.second_look_seconds)
            paused = overview is not None and overview.absences_paused
            sys.stdout.write(shown(found, second_look, paused=paused, taken=taken))
            return 0
        if decided != list_id(found):
            sys.stderr.write(
                f"{PROGRAM}: {decided} is not the list of now, which is {list_id(found)}: look at the list again.\n"
            )
            return 1
        noted = note(ports.jobs, found, meant if options.meant is not None else mistaken, ports.clock.now())
    except (GasError, ValueError) as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return 1
    follows = "taken for deleted" if options.meant is not None else "made again"
    sys.stdout.write(f"Noted. Within a minute {noted} of {len(found)} resources are {follows}.\n")
    if taken and options.meant is None:
        sys.stdout.write(f"But not of {len(taken)} jobs: {TAKEN}.\n")
    if noted < len(found):
        sys.stdout.write(f"Of the others it was decided meanwhile: {PROGRAM} shows what is left.\n")
    return 0


def resources_in(cluster: Cluster) -> dict[str, SeenResource | None]:
    """The names of all resources; beside each that shows no record what it is, for another job's may have the name."""
    return {body["metadata"]["name"]: seen_without_record(body) for body in cluster.list_all()}


def missing_jobs(jobs: JobStore, listed: Mapping[str, SeenResource | None], now: datetime) -> list[Job]:
    """The jobs that have no resource in the cluster and of which it can still be decided what that means, by name.

    Not those whose records cannot be read, which the log names: whether they should have one is not known.
    """
    read = (record for record in missing(jobs, listed, now) if isinstance(record, Job))
    return sorted(read, key=lambda job: job.job_id)


def list_id(found: Sequence[Job]) -> str:
    """What a list is called: by how many there are, and by which. Whoever says it has read this very list."""
    names = "\n".join(f"{job.job_id} {job.resource.uid}" for job in found)
    return f"{len(found)}-{hashlib.sha256(names.encode()).hexdigest()[:HASH_CHARACTERS]}"


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
        if job is None or not awaited(job) or job.resource.uid != looked_at.resource.uid:
            return False
        try:
            jobs.commit(job, decided(job, now))
        except ConflictError:
            job = jobs.get(job.job_id)
        else:
            return True
    return False


def consequence(job: Job, second_look: timedelta, *, paused: bool) -> str:
    """What follows for a job when its resource is taken for deleted, or has followed and is still to follow."""
    if job.resource.state is ResourceState.DELETED:
        if paused or job.resource.believed is None:
            return "was taken for deleted, its data waits for what you say"
        return f"was taken for deleted, its data goes at {(job.resource.believed + second_look).astimezone(UTC):%H:%M} UTC"
    lost = "its data is deleted" if job.policy.deletion_policy is DeletionPolicy.DELETE else "its data stays"
    return f"is cancelled, {lost}" if job.status in UNFINISHED else lost


def shown(found: Sequence[Job], second_look: timedelta, *, paused: bool, taken: Collection[str] = ()) -> str:
    """The list, what is to become of it, and what to type for each answer; `taken` are names that other jobs' resources have."""
    if not found:
        return "No resource is missing.\n"
    lines = [
        f"{job.job_id}\t{job.status.value}\t{consequence(job, second_look, paused=paused)}"
        f"{', its name is taken' if job.job_id in taken else ''}\n"
        for job in found
    ]
    many = f"{len(found)} missing"
    pause = ", and none is taken for deleted, and no data goes, until you say so"
    return "".join(
        [
            *lines,
            f"\n{many}{pause if paused else ''}.\n",
            f"They were meant to be deleted:  {PROGRAM} --meant {list_id(found)}\n",
            f"It was a mistake, make them again:  {PROGRAM} --mistake {list_id(found)}\n",
            f"\nOf {len(taken)} {TAKEN}. To have it made again delete that one first: kubectl delete aj NAME\n"
            if taken
            else "",
        ]
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Shows which AnnotationJobs are missing, and decides."
    )
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--meant",
        metavar="LIST",
        help="they were meant to be deleted; LIST is what the end of the list calls it, such as 212-0a1b2c3d",
    )
    either.add_argument("--mistake", metavar="LIST", help="make them again from the records")
    return parser
