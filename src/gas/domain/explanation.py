"""The sentence that a person reads about a job, once for all ways to read it.

Owners read the same in the browser, the e-mail and the command, operators theirs by `kubectl describe`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from gas.domain.job import Job, JobStatus
from gas.domain.outputs import Output
from gas.domain.own_file import is_about_own_file, without_own_file_words
from gas.domain.plan import Plans, PlanTerms
from gas.domain.plan_limits import advice, has_grown, what_happened
from gas.domain.problems import of_another_reference, shortfall
from gas.domain.reasons import FOR_OPERATORS, OF_OWN_FILE, OF_OWN_FILE_FOR_OPERATORS, SENTENCES, Reason
from gas.domain.record import ReferenceWait
from gas.domain.sizes import size_words
from gas.domain.spec import ArchivePolicy

_DEFAULT_REASONS = {
    JobStatus.PENDING: Reason.CHECKING_INPUT,
    JobStatus.QUEUED: Reason.WAITING_FOR_ANNOTATOR,
    JobStatus.RUNNING: Reason.ANNOTATING,
    JobStatus.COMPLETED: Reason.RETENTION_RUNNING,
    JobStatus.ARCHIVED: Reason.RETENTION_OVER,
    JobStatus.RESTORING: Reason.RETRIEVAL_EXPEDITED,
    JobStatus.RESTORED: Reason.RETENTION_RUNNING,
    JobStatus.FAILED: Reason.INPUT_REFUSED,
    JobStatus.CANCELLED: Reason.CANCELLED,
    JobStatus.DELETED: Reason.DELETED,
}

_MAIL = "An e-mail tells when the result is ready."
_CORRECT = "Nothing more happens by itself. Correct the file and submit it as a new job."
_RETRY = "Nothing more happens by itself. The job can be retried."
_AGAIN = "Nothing more happens by itself. Submit the file as a new job."
_STAYS = "Nothing changes as long as that is so."

_NEXT = {
    Reason.CHECKING_INPUT: "Once it is accepted, the job waits for an annotator.",
    Reason.SUSPENDED: "Nothing happens until they let it go on. You can cancel it.",
    Reason.WAITING_FOR_ANNOTATOR: f"It starts as soon as one is free. {_MAIL}",
    Reason.WAITING_FOR_TURN: f"It comes into the line by itself, as those are taken up. {_MAIL}",
    Reason.WAKING_ANNOTATOR: f"It starts as soon as that one is up. {_MAIL}",
    Reason.WAITING_FOR_REFERENCE: f"It starts by itself once that is there. {_MAIL}",
    Reason.RETRYING: f"It starts as soon as an annotator is free. {_MAIL}",
    Reason.ANNOTATING: _MAIL,
    Reason.RETENTION_RUNNING: "When it is archived, its log, statistics and preview stay here.",
    Reason.PREMIUM: _STAYS,
    Reason.POLICY_NEVER: _STAYS,
    Reason.RETENTION_OVER: "Its log, statistics and preview stay here.",
    Reason.POLICY_IMMEDIATE: "{restorers} and operators can restore it for a while.",
    Reason.RETRIEVAL_FAILED: "It can be restored again.",
    Reason.RESULT_MISSING: "It is looked for again every hour.",
    Reason.RETRIEVAL_EXPEDITED: "An e-mail tells when it can be downloaded again.",
    Reason.RETRIEVAL_STANDARD: "An e-mail tells when it can be downloaded again.",
    Reason.COPYING_BACK: "An e-mail tells when it can be downloaded again.",
    Reason.INPUT_NOT_FOUND: _CORRECT,
    Reason.INPUT_NOT_OWNED: _CORRECT,
    Reason.INPUT_TOO_LARGE: "Nothing more happens by itself. Submit a smaller file{or_more}.",
    Reason.INPUT_CHANGED: _CORRECT,
    Reason.INPUT_REFUSED: _CORRECT,
    Reason.REFERENCE_UNKNOWN: "Nothing more happens by itself. Submit the file as a new job, with a reference that is offered.",
    Reason.REFERENCE_MISMATCH: (
        "Nothing more happens by itself. Choose the reference that the file was made on, or lift the file over to this one."
    ),
    Reason.LIMIT_EXCEEDED: "Nothing more happens by itself. Submit a smaller file as a new job.",
    # It counts from the submission: a retry under the same deadline would fail at once.
    Reason.DEADLINE_EXCEEDED: (
        "Nothing more happens by itself. Once operations have set a later deadline, the job can be retried."
    ),
    Reason.ATTEMPTS_EXHAUSTED: _RETRY,
    Reason.CANCELLED: "Nothing more happens. Submit the file again for a new job.",
    Reason.DELETED: "Nothing more happens.",
}
"""What comes after each reason that a job can stand in."""


class Reader(Enum):
    """Whom a sentence is for."""

    OWNER = "owner"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Outlook:
    """What happens next, and when, as far as that is known."""

    sentence: str
    time: datetime | None = None


def outlook(job: Job, plans: Plans, own: PlanTerms | None = None) -> Outlook:
    """What happens to the job next, unless somebody asks for something else; `own` is the owner's plan now."""
    reason, wish = _reason_on(job, own), _wish(job)
    if job.refusal is not None:
        when = job.refusal.next_try
        return Outlook(f"It is tried again about {clock_time(when)}.", when)
    if wish is not None:
        return Outlook(wish)
    if own is not None and comes_back(job, own):
        return Outlook(f"You are {own.a_user} now: it is about to be restored.")
    if reason is Reason.RETRIEVAL_FAILED and job.retrieval is not None and job.retrieval.next_try is not None:
        when = job.retrieval.next_try
        return Outlook(f"It is tried again about {clock_time(when)}.", when)
    sentence = _NEXT.get(reason, "Nothing more happens by itself.").format(**_plan_words(plans, own))
    if has_grown(reason, job.detail or "", plans, own):
        return Outlook(_RETRY if reason is Reason.LIMIT_EXCEEDED else _AGAIN)
    if (
        reason is Reason.RETENTION_RUNNING
        and not (own is not None and own.keeps_results)
        and job.policy.archive_policy is not ArchivePolicy.IMMEDIATE
    ):
        sentence = f"{sentence} Results of {plans.keeping_users} are not archived."
    return Outlook(sentence, job.restore_expected or downloadable_until(job, own))


def _wish(job: Job) -> str | None:
    """What somebody has asked for and the controllers are about to do, if anything."""
    if job.intents.delete_requested is not None and job.status is not JobStatus.DELETED:
        return "Its files are about to be deleted."
    if not job.finished and job.cancel_wanted:
        return "It is about to be cancelled."
    if job.retry_wanted:
        return "It is about to be queued again."
    if job.restore_wanted:
        return "It is about to be restored from the archive."
    return None


def comes_back(job: Job, own: PlanTerms) -> bool:
    """True for a result that was archived before its owner's plan kept it: the controllers restore it unasked."""
    return own.keeps_results and job.status is JobStatus.ARCHIVED and reason_of(job) is Reason.RETENTION_OVER


def reason_of(job: Job) -> Reason:
    """Why the job stands where it stands: the recorded reason, or its state's usual one before anyone has looked."""
    if job.refusal is not None:
        return job.refusal.reason
    return job.reason or _DEFAULT_REASONS[job.status]


def downloadable_until(job: Job, own: PlanTerms | None) -> datetime | None:
    """When the result of an owner on that plan is archived; None where it is not, or nobody knows yet."""
    return None if _reason_on(job, own) is Reason.PREMIUM else job.retain_until


def _reason_on(job: Job, own: PlanTerms | None) -> Reason:
    """The job's reason, of which its owner's plan now makes another one until the controllers have looked."""
    reason = reason_of(job)
    if own is None or job.policy.archive_policy is not ArchivePolicy.FOLLOW_PLAN:
        return reason
    if reason is Reason.RETENTION_RUNNING and own.keeps_results:
        return Reason.PREMIUM
    if reason is Reason.PREMIUM and not own.keeps_results:
        return Reason.RETENTION_RUNNING
    return reason


def explain(
    job: Job,
    plans: Plans,
    reason: Reason | None = None,
    *,
    reader: Reader = Reader.OWNER,
    own: PlanTerms | None = None,
) -> str:
    """The sentence for the job's reason, or for another one, with its times and names filled in.

    `own` is the plan of an owner who reads: they are told nothing of what they have done already, and of a plan's limit
    what they can do about it now.
    """
    reason = reason or _reason_on(job, own)
    if reason is Reason.RETENTION_RUNNING and job.retain_until is None:
        return "The result can be downloaded."
    if reason is Reason.RETENTION_OVER and own is not None and own.keeps_results:
        return "The result is in the archive."
    deadline, detail = job.policy.active_deadline, what_happened(_detail(job, reason), plans)
    sentence = _sentences(job, reader)[reason].format(
        attempts=job.attempts,
        retain_until=clock_time(job.retain_until),
        detail=detail,
        expected=clock_time(job.retrieval.expected if job.retrieval else None),
        bucket=job.input.bucket,
        key=job.input.key,
        own_bucket=job.own_place.bucket if job.own_place else "",
        own_key=job.own_place.key if job.own_place else "",
        of_own_file=without_own_file_words(detail),
        user_id=job.user_id,
        reference=job.reference,
        coming=_coming(job.reference_wait, reader),
        job_id=job.job_id,
        deadline=f" of {deadline.total_seconds():.0f} seconds" if deadline else "",
        **_plan_words(plans, own),
    )
    further = (
        remark(job, reader) if reason is Reason.RESULT_STORED else None,
        advice(reason, detail, plans, own) if reader is Reader.OWNER else None,
    )
    return " ".join([sentence, *(each for each in further if each)])


def _sentences(job: Job, reader: Reader) -> dict[Reason, str]:
    """The sentences for that reader, of the input or of the own file, whichever the job failed for."""
    own = is_about_own_file(job.detail)
    if reader is Reader.OPERATOR:
        return SENTENCES | FOR_OPERATORS | (OF_OWN_FILE_FOR_OPERATORS if own else {})
    return SENTENCES | OF_OWN_FILE if own else SENTENCES


def _coming(wait: ReferenceWait | None, reader: Reader) -> str:
    """What is known of a bundle that a job waits for."""
    if wait is None:
        return "it is being fetched."
    when = clock_time(wait.until)
    if wait.why is None:
        size = "" if wait.size_bytes is None else f" ({size_words(wait.size_bytes)})"
        return f"it is being fetched{size}, expected about {when}."
    if reader is Reader.OPERATOR:
        return f"{wait.why} The next try is about {when}."
    return f"it cannot be had. Operations have to put that right; it is tried again about {when}."


def _plan_words(plans: Plans, own: PlanTerms | None) -> dict[str, str]:
    """What sentences say of plans to somebody who is on that one, or of whom nobody knows which."""
    more = plans.above(own or plans.default)
    return {
        "a_keeper": own.a_user if own is not None and own.keeps_results else plans.a_keeping_user,
        "restorers": _capital(plans.restoring_users),
        "or_more": f", or subscribe to the {more[0].word} plan" if more else "",
    }


def _capital(sentence: str) -> str:
    return f"{sentence[:1].upper()}{sentence[1:]}"


def _detail(job: Job, reason: Reason) -> str:
    if job.refusal is not None and job.refusal.reason is reason:
        return job.refusal.detail
    return job.detail or "no more is known."


def remark(job: Job, reader: Reader = Reader.OWNER) -> str | None:
    """What is to be known of a finished job's result besides where it is, if there is something."""
    remarks = (_of_the_variants(job), _of_the_own_file(job, reader), lost_files(job))
    told = [each for each in remarks if each is not None]
    return " ".join(told) or None


def lost_files(job: Job) -> str | None:
    """Which files of the result there were and are no more, if any."""
    if job.result is None or not job.result.lost:
        return None
    titles = " and ".join(output.title.lower() for output in job.result.lost)
    return f"Lost since the result was stored, with no other copy: {titles}. The annotated VCF is whole."


def _of_the_variants(job: Job) -> str | None:
    result = job.result
    if result is None or result.annotated_variants is None:
        return None
    if result.variants == 0:
        return "The file holds no variants, so its result is the header alone."
    told = shortfall(result.variants, result.annotated_variants, result.problems)
    if told is None or result.annotated_variants or not of_another_reference(result.problems):
        return told
    return f"{told} The file may have been made for another reference than {job.reference}."


def _of_the_own_file(job: Job, reader: Reader) -> str | None:
    if job.result is None or job.own_file is None or job.own_sha256 is not None:
        return None
    file, advised = (
        ("The file that spec.ownFile names", "Submit the job again, under another metadata.name.")
        if reader is Reader.OPERATOR
        else ("The file of your own variants", "Submit both files again.")
    )
    return f"{file} was not looked up, for a part of an older release worked on the job. {advised}"


def counted(job: Job) -> str | None:
    """The same in the few words that a list has room for; None where all is annotated, or was not counted."""
    result = job.result
    if (
        result is None
        or result.annotated_variants is None
        or result.annotated_variants >= result.variants > 0
    ):
        return None
    return (
        f"{result.annotated_variants:,} of {result.variants:,} annotated"
        if result.variants
        else "no variants"
    )


def without_index(job: Job) -> str | None:
    """What to do where a result has no index; None where it has one, or there is no result.

    The record does not keep the reason, and the log does: what is usual is said as that and no more.
    """
    if job.result is None or Output.INDEX in job.result.outputs:
        return None
    if Output.INDEX in job.result.lost:
        return "It was lost. Tabix makes another of the annotated VCF (tabix -p vcf)."
    return (
        "The log says why: an index needs records in order of their positions, on contigs that are not too long or too many. "
        "Where they are not in order, sort the file (bcftools sort) and submit it again."
    )


def clock_time(moment: datetime | None) -> str:
    """A time as people read it, in UTC to the second; the browser turns it into local time."""
    return "an unknown time" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S UTC")
