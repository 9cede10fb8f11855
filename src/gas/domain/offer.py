"""What an installation offers to whom."""

from dataclasses import dataclass

from gas.domain.own_file import MAX_OWN_BYTES
from gas.domain.plan import Plans, PlanTerms, User
from gas.domain.uploads import UploadQuota


@dataclass(frozen=True)
class Offer:
    """The plans."""

    plans: Plans

    def terms(self, user: User) -> PlanTerms:
        """What the user's plan means; the smallest terms where it is not known."""
        return self.plans.of(user.standing)

    def max_input_bytes(self, user: User) -> int:
        """The largest input that the user may submit."""
        return self.terms(user).max_input_bytes

    def max_own_bytes(self, user: User) -> int:
        """The largest file that the user may bring to a job beside its input."""
        return min(self.max_input_bytes(user), MAX_OWN_BYTES)

    def max_active_jobs(self, user: User) -> int:
        """How many unfinished jobs the user may have at a time."""
        return self.terms(user).max_active_jobs

    def upload_quota(self, user: User) -> UploadQuota:
        """What the user may have open in uploads at a time."""
        terms = self.terms(user)
        return UploadQuota(terms.max_open_uploads, terms.max_open_bytes)

    def too_large(self, user: User, size_bytes: int, subject: str = "The file") -> str | None:
        """Why a file of that size is too large for the user, and what to do; None when it is not."""
        own = self.terms(user)
        if size_bytes <= own.max_input_bytes:
            return None
        said = (
            f"{subject} has {size_bytes:,} bytes, and the {own.word} plan takes files of up to "
            f"{own.max_input_bytes:,} bytes."
        )
        larger = next((terms for terms in self.plans.above(own) if size_bytes <= terms.max_input_bytes), None)
        if larger is None:
            return f"{said} Compress it with bgzip, or split it by chromosome."
        return (
            f"{said} Subscribe to the {larger.word} plan for files of up to {larger.max_input_bytes:,} bytes, "
            "or split the file."
        )
