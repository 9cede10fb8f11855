"""What to do with a job now: the policies in order, the first that wants something decides.

Pure: no I/O and no clock. The shell round it reads what is asked for, runs the effects, commits and comes back.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from gas.domain import annotation_policies, retrieval_policies, storage_policies, upkeep_policies
from gas.domain.copies import given_up
from gas.domain.decision import (
    AnyFact,
    Ask,
    BringBack,
    CreateResource,
    Decision,
    DeleteArchived,
    DeleteInput,
    DeleteOwnFile,
    DeleteResultObjects,
    Effect,
    Fact,
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
    FatalError,
    GasError,
    NotFoundError,
    RetrievalRefusedError,
    TransientError,
    UsageError,
    VerificationError,
)
from gas.domain.job import Job
from gas.domain.outputs import Output
from gas.domain.own_file import OWN_FILE_WORDS
from gas.domain.plan import PlanStanding
from gas.domain.reasons import Reason
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
    annotation_policies.reference_pinned,
    annotation_policies.input_checked,
    annotation_policies.retried,
    # Of one user's jobs a few at a time come into line.
    annotation_policies.turn_awaited,
    # Whoever took it up keeps its message until the bundle is there.
    annotation_policies.reference_awaited,
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
    view = View(_readable(job, facts), plan, facts, now, rules)
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
            else retrieval_policies.retrieval_failed(view, _why(error))
        )
    if isinstance(effect, DeleteInput | DeleteOwnFile | DeleteResultObjects | DeleteArchived):
        return upkeep_policies.deletion_refused(view, _said(error)) if isinstance(error, FatalError) else None
    if isinstance(effect, StoreInArchive):
        return _after_storing(effect, error, view)
    return _after_bringing_back(error, view) if isinstance(effect, BringBack) else None


def _after_storing(effect: StoreInArchive, error: GasError, view: View) -> Job | None:
    if isinstance(error, ArchivedObjectError):
        # A rule of the bucket moved it just now: the next look sees that.
        return replace(view.job, due=view.now)
    if isinstance(error, FatalError):
        return storage_policies.archiving_refused(view, _said(error))
    # Verified or not, what cannot be archived cannot be downloaded: the hot object is not what was recorded.
    if not isinstance(error, NotFoundError | VerificationError):
        return None
    if effect.output is Output.RESULT:
        return storage_policies.result_missing(view, (effect.output,))
    return replace(given_up(view.job, (effect.output,)), due=view.now)


def _after_bringing_back(error: GasError, view: View) -> Job | None:
    if isinstance(error, ArchivedObjectError):
        return retrieval_policies.retrieval_expired(view)
    if isinstance(error, VerificationError) or not isinstance(error, TransientError):
        return retrieval_policies.retrieval_failed(view, _why(error))
    return None


def after_unread(fact: AnyFact, error: FatalError, view: View) -> Job | None:
    """The job after the file store refused to let a fact be read, to tell people; None when there is nothing new to tell."""
    what = _READ.get(fact)
    if what is None:
        return None
    told = storage_policies.refused(view, Reason.STORAGE_REFUSED, f"{what}{_said(error)}")
    before = view.job.refusal
    same = before is not None and told.refusal is not None and before.detail == told.refusal.detail
    ahead = view.job.due if view.job.due is not None and view.job.due > view.now else None
    if same and ahead is not None:
        return None
    # Whoever makes passes reads the facts again and again meanwhile. Were the job left due, it would be among the longest due
    # for as long as the refusal lasts, and with enough others keep the sweep from all that could be done.
    return replace(told, due=min(look for look in (told.due, ahead) if look is not None))


_READ: dict[AnyFact, str] = {
    Fact.INPUT: "read the input",
    Fact.OWN_FILE: f"read {OWN_FILE_WORDS}",
    Fact.HOT_RESULT: "read the result",
    Fact.ARCHIVED_RESULT: "read the result in the archive",
    Fact.CATALOGUE: "read the references catalogue",
}


def _said(error: GasError) -> str:
    return f" ({error.said})" if isinstance(error, FatalError) and error.said else ""


def _why(error: GasError) -> str:
    """Why a retrieval failed, for people: without AWS's own words where operations alone can do something about it."""
    if isinstance(error, FatalError) and error.said:
        return f"the file store does not let this service fetch it{_said(error)}. Operations have to put that right."
    return str(error)


def _readable(job: Job, facts: Facts) -> Job:
    """The job without the word that it cannot be read, once it could be."""
    refusal = job.refusal
    read = refusal is not None and refusal.reason is Reason.STORAGE_REFUSED and any(map(facts.knows, _READ))
    return replace(job, refusal=None) if read else job


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
                if answer.alone:
                    break
            case None:
                continue
            case _:
                assert_never(answer)
    return Decision("settled", replace(view.job, due=min(looks, default=None)))
