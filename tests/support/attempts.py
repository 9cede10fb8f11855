"""An annotator at work on one attempt, as plain values."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gas.domain.job import Job
from gas.domain.keys import Output, attempt_keys
from gas.domain.reasons import Reason
from gas.domain.record import Result
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
        """Everything it writes: each object holds a word that names the attempt."""
        return dict.fromkeys(self.keys.values(), self._word)

    def ended(self, job: Job, how: str, now: datetime) -> Job:
        """The job, as this annotator holds it now, after its end."""
        if how == "hands back":
            return job.handed_back(now)
        if how == "is refused":
            return job.refused_with(Reason.INPUT_REFUSED, "line 3 is no VCF.", now)
        keys = self.keys
        result = Result(
            bucket=RESULTS,
            key=keys[Output.RESULT],
            size_bytes=SIZE,
            sha256=self._word,
            variants=7,
            annotated_variants=6,
            log_key=keys[Output.LOG],
            preview_key=keys[Output.PREVIEW],
            statistics_key=keys[Output.STATISTICS],
            provenance_key=keys[Output.PROVENANCE],
            index_key=keys[Output.INDEX],
            table_key=keys[Output.TABLE],
            problems_key=keys[Output.PROBLEMS],
            summary_key=keys[Output.SUMMARY],
        )
        return job.finished_with(result, now)

    @property
    def _word(self) -> str:
        return f"by {self.held.fence}"
