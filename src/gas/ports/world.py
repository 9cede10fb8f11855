"""What a pass finds and changes beside the records: the bytes and queues of a job, and its resource in the cluster."""

from typing import Protocol

from gas.domain.absence import Absent
from gas.domain.admission import RefuseResource, SeenResource
from gas.domain.decision import AnyFact, Effect, FactValue
from gas.domain.job import Job


class World(Protocol):
    """The world round one job. Every method raises a `GasError` when something outside did not answer, or refused."""

    def read(self, fact: AnyFact, job: Job) -> FactValue:
        """Read one fact about a job's things."""
        ...

    def run(self, effect: Effect, job: Job) -> str | None:
        """Run one effect; again changes nothing. Returns what the archive calls the copy of a file that was to be stored.

        Raises:
            NotTakenError: the cluster takes no resource of this job now; the job goes on without one.
            GasError: it did not happen, or not wholly.
        """
        ...

    def resource(self, job_id: str, job: Job | None) -> SeenResource | Absent | None:
        """The resource of that name as last seen, or the absence of one that the record says is there.

        It is of a lower generation than its record knows only if the cluster says so now, which then was set back to a backup.
        None when there is none and none is missed, and while nobody can tell. `job` is the record of that name, if any.
        """
        ...

    def absence(self, job: Job) -> Absent | None:
        """The absence of a job's resource in whose place another's was seen; None while nobody can tell."""
        ...

    def recorded(self, job: Job) -> None:
        """Take note that the record knows now what the sight, or the absence, of its resource was taken for."""
        ...

    def remove(self, job_id: str, uid: str) -> None:
        """Remove the resource of that name if it is still that one."""
        ...

    def refuse(self, seen: SeenResource, refusal: RefuseResource) -> None:
        """Tell a resource why it has no effect."""
        ...

    def show(self, job: Job) -> None:
        """Make the job's resource show its record; where there is none, nothing happens."""
        ...

    def look_again_seconds(self, job: Job) -> float:
        """After how long the job's resource is to be looked for again; infinite when it is not missed."""
        ...
