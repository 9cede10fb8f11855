"""The e-mails that a job owes its owner, and the claims that keep each from being sent twice. Pure.

What each of them says is composed in `services/send_mail.py`.
"""

from dataclasses import dataclass, replace
from enum import Enum

from gas.domain.job import Job, JobStatus
from gas.domain.plan import PlanTerms


class MailKind(Enum):
    """The e-mails that a job may cause."""

    COMPLETED = "completed"
    FAILED = "failed"
    RESTORED = "restored"
    RESTORED_BY_PLAN = "restored-by-plan"


@dataclass(frozen=True)
class OwedMail:
    """One mail. Its claim is noted on the record before it is sent: a crash may lose a mail and never doubles one."""

    kind: MailKind
    claim: str


def owed_mails(job: Job, plan: PlanTerms | None) -> tuple[OwedMail, ...]:
    """The mails that nobody has claimed yet.

    A result that was restored is told of even when it has moved on since: the mail may have waited for long.
    """
    owed: list[OwedMail] = []
    if job.complete_time is not None and job.annotated:
        owed.append(OwedMail(MailKind.COMPLETED, "completed"))
    if job.status is JobStatus.FAILED:
        owed.append(OwedMail(MailKind.FAILED, f"failed:{job.last_move.isoformat()}"))
    if job.restore_time is not None and job.annotated:
        unasked = job.restore_hold_from != job.restore_time
        by_plan = unasked and plan is not None and plan.keeps_results
        kind = MailKind.RESTORED_BY_PLAN if by_plan else MailKind.RESTORED
        owed.append(OwedMail(kind, f"restored:{job.restore_time.isoformat()}"))
    return tuple(mail for mail in owed if mail.claim not in job.claimed_mails)


def with_claim(job: Job, claim: str) -> Job:
    """The job with a claim, which takes the place of an older one for the same cause: no older mail is ever owed."""
    others = {known for known in job.claimed_mails if _cause(known) != _cause(claim)}
    return replace(job, claimed_mails=frozenset({*others, claim}))


def without_claim(job: Job, claim: str) -> Job:
    """The job with a claim taken back: its mail is owed again."""
    return replace(job, claimed_mails=job.claimed_mails - {claim})


def _cause(claim: str) -> str:
    return claim.partition(":")[0]
