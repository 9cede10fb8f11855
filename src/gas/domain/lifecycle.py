"""What to do with a job now: the policies in order, the first that wants something decides.

Pure: no I/O and no clock. The shell round it reads what is asked for, runs the effects, commits and comes back.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from gas.domain import annotation_policies, retrieval_policies, storage_policies, upkeep_policies
from gas.domain.decision import (
    Ask,
    BringBack,
    CreateResource,
    Decision,
    Effect,
    Facts,
    RequestRetrieval,
    Rules,
    Stay,
    Step,
    StoreInArchive,
    View,
)
from gas.domain.errors import (
    ArchivedObjectError,
    GasError,
    NotFoundError,
    RetrievalRefusedError,
    TransientError,
    UsageError,
    VerificationError,
)
from gas.domain.job import Job
from gas.domain.plan import PlanStanding
from gas.domain.record import ResourceRef, ResourceState

Policy = Callable[[View], Step | Stay | Ask | None]

POLICIES: tuple[Policy, ...] = (
    # What people asked for comes first: deleting ends everything, cancelling ends a run.
    upkeep_policies.deleted,
    annotation_policies.cancelled,
    annotation_policies.deadline_passed,
    annotation_policies.suspended,
    # The resource is made early, so that operations see the job from its first state on.
    upkeep_policies.resource_made,
    annotation_policies.input_checked,
    annotation_policies.retried,
    annotation_policies.published,
    annotation_policies.lease_lost,
    upkeep_policies.mail_owed,
    # A copy that is not needed goes before a new one is made.
    storage_policies.archived_copy_removed,
    storage_policies.restore_served_while_hot,
    storage_policies.hot_kept_or_archived,
    retrieval_policies.archived_wanted_hot,
    storage_policies.hot_bytes_removed,
    retrieval_policies.retrieved,
    upkeep_policies.leftovers_removed,
    upkeep_policies.resource_expired,
    # What is forgotten cannot be looked for: it comes after everything that looks.
    upkeep_policies.forgotten,
)


def decide(job: Job, plan: PlanStanding | None, facts: Facts, now: datetime, rules: Rules) -> Decision:
    """Decide what to do with a job; `Decision` says what the caller owes.

    A step that stays in its state gets its next due time in the same decision, which saves a write. A step on the
    resource does not: it stays due until the resource itself has been seen to.
    """
    view = View(job, plan, facts, now, rules)
    decision = _first(view)
    after = decision.after
    moved = after.status is not job.status or after.resource != job.resource
    if decision.asks or decision.policy == "settled" or moved:
        return decision
    follow = _first(replace(view, job=decision.after, facts=Facts()))
    if follow.policy != "settled":
        return decision
    return replace(decision, after=follow.after)


def after_failure(effect: Effect, error: GasError, view: View) -> Job | None:
    """The job after an effect failed, when the failure itself decides something; None when it is just tried again."""
    job = view.job
    if isinstance(effect, CreateResource):
        if isinstance(error, NotFoundError) or not isinstance(error, UsageError):
            return None
        # The name is taken in the cluster: the job goes on without a resource. The time keeps a restore, which
        # wants its resource back, from trying again and again.
        return replace(job, resource=ResourceRef(ResourceState.EXPIRED, created=view.now), due=view.now)
    if isinstance(effect, RequestRetrieval):
        if isinstance(error, RetrievalRefusedError):
            return retrieval_policies.retrieval_refused(view)
        return (
            None
            if isinstance(error, TransientError)
            else retrieval_policies.retrieval_failed(view, str(error))
        )
    if isinstance(effect, StoreInArchive):
        # Verified or not, what cannot be archived cannot be downloaded: the hot object is not what was recorded.
        missing = isinstance(error, NotFoundError | VerificationError)
        return storage_policies.result_missing(view) if missing else None
    if not isinstance(effect, BringBack):
        return None
    if isinstance(error, ArchivedObjectError):
        return retrieval_policies.retrieval_expired(view)
    if isinstance(error, VerificationError) or not isinstance(error, TransientError):
        return retrieval_policies.retrieval_failed(view, str(error))
    return None


def _first(view: View) -> Decision:
    looks = list[datetime]()
    for policy in POLICIES:
        answer = policy(view)
        match answer:
            case Ask():
                return Decision(policy.__name__, view.job, asks=answer.fact)
            case Step():
                # A crash after the commit must leave the job due, so that the sweep finds what remains to do.
                after = replace(answer.after, due=answer.due or view.now)
                return Decision(policy.__name__, after, answer.effects, drift=answer.drift)
            case Stay():
                # Nearly every policy leaves the job as it is: a copy for each would be most of a decision's time.
                if answer.job is not view.job:
                    view = replace(view, job=answer.job)
                if answer.until is not None:
                    looks.append(answer.until)
    return Decision("settled", replace(view.job, due=min(looks, default=None)))
