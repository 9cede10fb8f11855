"""What an installation offers to whom."""

from dataclasses import dataclass
from datetime import timedelta

from gas.domain.plan import Plan, PlanLimits, User
from gas.domain.uploads import UploadQuota


@dataclass(frozen=True)
class Offer:
    """The limits of each plan, the known references, and how long a free user's result stays hot."""

    limits: PlanLimits
    free_active_jobs: int
    premium_active_jobs: int
    references: tuple[str, ...]
    retention: timedelta
    free_uploads: UploadQuota = UploadQuota(20)  # noqa: RUF009 - frozen
    premium_uploads: UploadQuota = UploadQuota(50)  # noqa: RUF009 - frozen

    def max_input_bytes(self, user: User) -> int:
        """The largest input that the user may submit."""
        return self.limits.max_input_bytes(user.standing)

    def max_active_jobs(self, user: User) -> int:
        """How many unfinished jobs the user may have at a time."""
        premium = user.standing.plan is Plan.PREMIUM
        return self.premium_active_jobs if premium else self.free_active_jobs

    def upload_quota(self, user: User) -> UploadQuota:
        """What the user may have open in uploads at a time."""
        premium = user.standing.plan is Plan.PREMIUM
        return self.premium_uploads if premium else self.free_uploads

    def too_large(self, user: User, size_bytes: int) -> str | None:
        """Why a file of that size is too large for the user, and what to do; None when it is not."""
        limit = self.max_input_bytes(user)
        if size_bytes <= limit:
            return None
        larger = self.limits.premium_max_input_bytes
        said = f"The file has {size_bytes:,} bytes, and the {plan_word(user)} plan takes files of up to {limit:,} bytes."
        if user.standing.plan is not Plan.PREMIUM and size_bytes <= larger:
            return f"{said} Subscribe to the premium plan for files of up to {larger:,} bytes, or split the file."
        return f"{said} Compress it with bgzip, or split it by chromosome."


def plan_word(user: User) -> str:
    """The user's plan as people call it."""
    return "premium" if user.standing.plan is Plan.PREMIUM else "free"
