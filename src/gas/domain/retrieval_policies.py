"""The policies that restore a result from the archive, and what a failed retrieval means."""

from dataclasses import replace
from datetime import timedelta

from gas.domain.copies import (
    copied,
    hot_bytes_are_there,
    hot_bytes_kept_until,
    restored,
    retrieval_reason,
    retrieval_started,
    wanted_now,
    where_they_lie,
    without_the_lost,
)
from gas.domain.decision import Ask, BringBack, Fact, RequestRetrieval, Stay, Step, View
from gas.domain.job import Job, JobEvent, JobStatus
from gas.domain.objects import Retrieved
from gas.domain.outputs import Output
from gas.domain.reasons import Reason
from gas.domain.spec import RetrievalTier
from gas.domain.tier import StorageTier

MAX_RETRIEVAL_TRIES = 3
RETRIEVAL_BACKOFF = timedelta(minutes=5)
"""After a failed retrieval: 5 minutes, then 10. After the third, a person has to ask again."""

LONG_COPY_BYTES = 64 * 1024**2
"""From this size copying back takes long enough, seconds, to be worth a word to the person who waits."""


def archived_wanted_hot(view: View) -> Step | Stay | Ask | None:
    """An archived result that is wanted hot is Restored at once where its hot bytes are certain, else retrieved.

    Hot bytes whose deletion was begun are not certain, though they are still there: it may land at any moment.
    """
    job = view.job
    if job.status is not JobStatus.ARCHIVED or wanted_now(view).tier is not StorageTier.HOT:
        return None
    if job.hot_deletion is None:
        if not view.facts.knows(Fact.HOT_RESULT):
            return Ask(Fact.HOT_RESULT)
        if hot_bytes_are_there(view):
            return Step(restored(view))
    last = job.retrieval
    if last is None or _asked_again(view):
        return Step(retrieval_started(view))
    if out_of_tries(job):
        return Stay(job)
    if last.tries > 0 and last.next_try is not None and view.now < last.next_try:
        return Stay(job, last.next_try)
    return Step(retrieval_started(view, last.tries))


def retrieved(view: View) -> Step | Stay | Ask | None:
    """A restoring result is asked for, waited for, and copied back when the bytes of all its files can be read."""
    job = view.job
    if job.status is not JobStatus.RESTORING or job.retrieval is None:
        return None
    if not view.facts.knows(Fact.ARCHIVED_RESULT):
        return Ask(Fact.ARCHIVED_RESULT)
    assert job.result is not None
    copies = {output: view.facts.archived_result.get(output) for output in job.result.archivable}
    found = {
        output: copy
        for output, copy in copies.items()
        # What is wrong with the annotated VCF, who fetches it says; for any other file nobody has to wait in vain.
        if copy is not None and (output is Output.RESULT or copied(view, output))
    }
    if len(found) < len(copies):
        return _archived_copy_missing(view)
    # The result comes last: by its archive id alone a notice that bytes are ready finds the job.
    asleep = [output for output, copy in reversed(found.items()) if copy.retrieved is Retrieved.NO]
    if asleep:
        asked = tuple(RequestRetrieval(output, job.retrieval.tier) for output in asleep)
        accepted = _accepted(retrieval_expired(view), view)
        return Step(accepted, effects=asked, due=view.now + view.rules.retrieval_poll)
    if any(copy.retrieved is Retrieved.RUNNING for copy in found.values()):
        return Stay(_accepted(job, view), view.now + view.rules.retrieval_poll)
    if sum(copy.size_bytes for copy in found.values()) >= LONG_COPY_BYTES and not job.retrieval.ready:
        return Step(replace(job, retrieval=replace(job.retrieval, ready=True), reason=Reason.COPYING_BACK))
    return Step(restored(view), effects=tuple(map(BringBack, found)))


def retrieval_refused(view: View) -> Job:
    """The job after the archive refused its tier: asked again at the standard pace, or failed when that was it."""
    job = view.job
    assert job.retrieval is not None
    if job.retrieval.tier is not RetrievalTier.EXPEDITED:
        return retrieval_failed(view, f"the archive refused a {job.retrieval.tier.value} retrieval.")
    expected = view.now + view.rules.expected_retrieval[RetrievalTier.STANDARD]
    slower = replace(job.retrieval, tier=RetrievalTier.STANDARD, expected=expected)
    return replace(job, retrieval=slower, reason=Reason.RETRIEVAL_STANDARD, due=view.now)


def retrieval_expired(view: View) -> Job:
    """The job after its retrieved copy expired before it was copied back: it is asked for again."""
    assert view.job.retrieval is not None
    again = replace(view.job.retrieval, requested=None, ready=False)
    return replace(view.job, retrieval=again, reason=retrieval_reason(again.tier), due=view.now)


def retrieval_failed(view: View, detail: str) -> Job:
    """The job back in Archived after a failed retrieval, to be tried again later, at most three times."""
    job = view.job
    assert job.retrieval is not None
    tries = job.retrieval.tries + 1
    again = replace(
        job.retrieval,
        requested=None,
        expected=None,
        ready=False,
        tries=tries,
        next_try=None if tries >= MAX_RETRIEVAL_TRIES else view.now + RETRIEVAL_BACKOFF * 2 ** (tries - 1),
    )
    return job.moved(
        JobEvent.RETRIEVAL_FAILED,
        view.now,
        retrieval=again,
        # A copy back that broke off may have left hot bytes that no link and no state speaks of.
        delete_hot_after=hot_bytes_kept_until(view) if job.result and job.result.copies else None,
        reason=Reason.RETRIEVAL_FAILED,
        detail=detail if detail.endswith(".") else f"{detail}.",
        due=view.now,
    )


def out_of_tries(job: Job) -> bool:
    """True when the result is not asked for any more until a person asks, or the plan changes."""
    failed = job.retrieval is not None and job.retrieval.tries >= MAX_RETRIEVAL_TRIES
    return failed and job.status is JobStatus.ARCHIVED


def _accepted(job: Job, view: View) -> Job:
    retrieval = job.retrieval
    assert retrieval is not None
    if retrieval.requested is not None:
        return job
    expected = view.now + view.rules.expected_retrieval[retrieval.tier]
    return replace(job, retrieval=replace(retrieval, requested=view.now, expected=expected))


def _asked_again(view: View) -> bool:
    """True when a person asked for what the last retrieval was not begun for, or the plan changed after it failed."""
    job, request = view.job, view.job.unserved_restore
    if (
        request is not None
        and job.retrieval is not None
        and request.request_time not in job.retrieval.answers
    ):
        return True
    changed = view.plan.since if view.plan else None
    # A change that is still to come is some clock's mistake; taken at its word it would be newer than every failure.
    return changed is not None and job.last_move < changed <= view.now


def _archived_copy_missing(view: View) -> Step | Ask:
    if not view.facts.knows(Fact.HOT_RESULT):
        return Ask(Fact.HOT_RESULT)
    if hot_bytes_are_there(view):
        return Step(restored(view), drift=True)
    lying = where_they_lie(view)
    if lying is not None and lying != view.job:
        # What has no right copy is at its own key, most likely moved by a rule: it is retrieved where it lies.
        return Step(retrieval_expired(replace(view, job=lying)), drift=True)
    rest = without_the_lost(view)
    if rest is not None:
        return Step(rest, drift=True)
    # What lies at the hot key, right or wrong, may be all that is left: it stays.
    failed = retrieval_failed(view, "the archived copy cannot be found.")
    return Step(replace(failed, delete_hot_after=None), drift=True)
