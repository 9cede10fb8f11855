"""How many unfinished jobs a user may have at a time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True)
class ActiveJobs:
    """The jobs that hold a user's places, and since when. `version` counts writes; 0: never written."""

    since: Mapping[str, datetime] = field(default_factory=dict)
    version: int = 0

    def __len__(self) -> int:
        """How many places are taken."""
        return len(self.since)

    def __contains__(self, job_id: object) -> bool:
        """True when that job holds a place."""
        return job_id in self.since

    def with_job(self, job_id: str, now: datetime) -> "ActiveJobs":
        """These and one more."""
        return replace(self, since={**self.since, job_id: now})

    def without(self, job_ids: Collection[str]) -> "ActiveJobs":
        """These but for some."""
        return replace(self, since={key: time for key, time in self.since.items() if key not in job_ids})
