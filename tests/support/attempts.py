"""An annotator at work on one attempt, as plain values."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gas.domain.job import Job
from gas.domain.keys import attempt_keys
from gas.domain.outputs import Output
from gas.domain.reasons import Reason
from gas.domain.record import Result, StoredOutput
from tests.support.jobs import PREFIX, RESULTS
from tests.support.simulated_stores import SIZE

LEASE = timedelta(minutes=1)


@dataclass
class Annotator:
    """One annotator; it may be dead, or slow enough to have lost its lease."""

    held: Job
    writes_until: datetime

    @property
    def keys(self) -> dict[Output, str]:
        """Where it writes."""
        held = self.held
        return attempt_keys(PREFIX, held.user_id, held.job_id, held.input.file_name, held.fence)

    @property
    def files(self) -> dict[str, str]:
        """Everything it writes: each object holds words that name it and the attempt."""
        return {key: self._word(output) for output, key in self.keys.items()}

    def ended(self, job: Job, how: str, now: datetime) -> Job:
        """The job, as this annotator holds it now, after its end."""
        if how == "hands back":
            return job.handed_back(now)
        if how == "is refused":
            return job.refused_with(Reason.INPUT_REFUSED, "line 3 is no VCF.", now)
        result = Result(
            bucket=RESULTS,
            outputs={
                output: StoredOutput(key, SIZE, self._word(output)) for output, key in self.keys.items()
            },
            variants=7,
            annotated_variants=6,
        )
        return job.finished_with(result, now)

    def _word(self, output: Output) -> str:
        return f"{output.value} by {self.held.fence}"
