"""Where the places of each user's unfinished jobs are counted."""

from typing import Protocol

from gas.domain.quota import ActiveJobs


class QuotaStore(Protocol):
    """One small record per user; errors as in `JobStore`."""

    def active_jobs(self, user_id: str) -> ActiveJobs:
        """Who holds the user's places (a consistent read); nobody when nothing was ever written."""
        ...

    def forget(self, user_id: str) -> None:
        """Remove the user's record; again is no error."""
        ...

    def commit(self, user_id: str, before: ActiveJobs, after: ActiveJobs) -> None:
        """Write who holds the places, on condition that the version is still `before`'s.

        Raises:
            ConflictError: somebody wrote in between; nothing was written.
        """
        ...
