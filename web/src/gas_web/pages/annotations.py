"""The pages about submitting and watching jobs. Nothing here changes anything by GET, but that a form takes a place."""

import hashlib
from contextlib import suppress
from http import HTTPStatus

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gas.domain.catalogue import Entry
from gas.domain.errors import GasError, SizeRefusedError, TransientError, UsageError
from gas.domain.explanation import comes_back, reason_of
from gas.domain.job import UNFINISHED, Job, JobStatus
from gas.domain.keys import InputKey
from gas.domain.own_file import is_too_large_for_any_plan
from gas.domain.plan import Plans, PlanTerms, User
from gas.domain.plan_limits import has_grown
from gas.domain.reasons import Reason
from gas.services.get_job import get_job
from gas.services.job_view import BundleView, Withdrawal
from gas.services.list_jobs import JobFilter, list_jobs
from gas.services.start_upload import CONTENT_TYPES, OWN_CONTENT_TYPES
from gas.services.submit_job import Submission
from gas.tracing import traceparent
from gas_web.answers.errors import note_retry_after, status_of
from gas_web.answers.notices import Notice, notify
from gas_web.asked.marks import Mark, mark
from gas_web.asked.principal import Principal, current_principal
from gas_web.asked.request_line import about_job, note_failure
from gas_web.guards.authentication import page_principal
from gas_web.guards.csrf import from_elsewhere
from gas_web.guards.pause import job_starts, upload_starts
from gas_web.metrics import Door, submission_counted, upload_counted
from gas_web.pages.job_search import read_search
from gas_web.pages.refused_line import refused_line
from gas_web.services import web_services

PAGE_SIZE = 25

LIVE = frozenset({JobStatus.PENDING, JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.RESTORING})
"""States that something moves a job out of without anybody asking."""

RETRY_HELPS = frozenset({Reason.ATTEMPTS_EXHAUSTED})
"""Why a job failed when the same file may well succeed another time. After every other reason it needs another file."""

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> str:
    """What GAS is, for everybody."""
    services = web_services()
    return render_template(
        "home.html",
        offer=services.cases.offer,
        references=_references(),
        endings=list(CONTENT_TYPES),
        address=services.public_origin,
    )


@blueprint.get("/annotate")
def annotate() -> str:
    """Choose a file; the limits come first."""
    return _annotate_page(page_principal())


@blueprint.get("/annotate/form")
@mark(Mark.SECRETIVE)
@upload_starts
def plain_form() -> str | tuple[str, int]:
    """For browsers without scripts: the form for a file of this name, which the store sends back here.

    A form takes one of the user's places: who comes by another site's link presses the button first.
    """
    principal, services = page_principal(), web_services()
    name = request.args.get("name", "").strip()
    if from_elsewhere(request.headers.get("Sec-Fetch-Site")):
        return _annotate_page(principal, name=name)
    back = f"{services.public_origin}{url_for('.uploaded')}"
    try:
        with upload_counted():
            upload = services.cases.start_upload(principal.user, name, redirect=back)
    except UsageError as error:
        note_retry_after(error)
        return _annotate_page(principal, str(error), name), status_of(error)
    most = services.cases.offer.max_input_bytes(principal.user)
    return render_template("plain_form.html", upload=upload, max_bytes=most)


@blueprint.get("/annotate/uploaded")
def uploaded() -> str | tuple[str, int]:
    """Where the store sends a browser after a plain upload: one button starts the annotation.

    The store took more than the plan does, so that it is here that people read of it.
    """
    user, cases, key = page_principal().user, web_services().cases, request.args.get("key", "")
    own_key = request.args.get("own") or None
    if not all(_is_own(each, user) for each in (key, own_key) if each is not None):
        # Whoever sends somebody a link could else let this page say that a file of theirs has arrived.
        abort(HTTPStatus.NOT_FOUND)
    reference = request.args.get("reference", "")
    try:
        cases.submit_job.check_upload(user, key)
    except SizeRefusedError as error:
        return _start_page(key, reference, str(error), own_key), status_of(error)
    except (UsageError, TransientError):
        # Starting the job tells it, and can be tried again.
        pass
    return _start_page(key, reference, own_key=own_key)


@blueprint.post("/annotations")
@job_starts(Door.PAGE)
def submit() -> AnyResponse | tuple[str, int]:
    """Make a job of an upload. What is refused can be tried again from the page that says why."""
    user, cases = page_principal().user, web_services().cases
    key = request.form.get("key", "")
    own_key = request.form.get("own") or None
    submission = Submission(key, request.form.get("reference") or _references()[0].name, own_key)
    try:
        submitted = submission_counted(
            Door.PAGE, lambda: cases.submit_job(user, submission, traceparent=traceparent())
        )
    except (UsageError, TransientError) as error:
        return _start_page(key, submission.reference, _said(error), own_key), status_of(error)
    about_job(submitted.job.job_id)
    notify(Notice.JOB_RECEIVED)
    return redirect(url_for(".job", job_id=submitted.job.job_id), code=303)


@blueprint.get("/annotations/<job_id>/received")
def received(job_id: str) -> AnyResponse:
    """Where a confirmation stood that grew old: the page of the job says it now, and what has come of it."""
    found = get_job(web_services().cases.jobs, page_principal().user.user_id, job_id)
    return redirect(url_for(".job", job_id=found.job_id), code=303)


@blueprint.get("/signed-in")
def signed_in() -> str:
    """For whoever signed in beside a page that still holds what they chose or typed."""
    page_principal()
    return render_template("signed_in.html")


@blueprint.get("/annotations")
def jobs() -> str:
    """The user's jobs, newest first. What is looked for, and where in the list, stands in the address."""
    principal, services = page_principal(), web_services()
    search = read_search(request.args)
    page = list_jobs(
        services.cases.jobs, principal.user.user_id, search.wanted, search.cursor, limit=PAGE_SIZE
    )
    return render_template(
        "jobs.html",
        page=page,
        search=search,
        principal=principal,
        live=any(job.status in LIVE for job in page.jobs),
        version=_version(*page.jobs),
        states=[state for state in JobStatus if state is not JobStatus.DELETED],
    )


@blueprint.get("/annotations/<job_id>")
@mark(Mark.ABOUT_A_JOB)
def job(job_id: str) -> str:
    """Everything about one job, and what may be asked for."""
    return render_template("job.html", **_shown(page_principal(), job_id))


@blueprint.get("/annotations/<job_id>/status")
def job_status(job_id: str) -> AnyResponse:
    """The part of the page that changes. A browser that has it already gets 304."""
    principal = current_principal()
    if principal is None:
        # Sending a script to the sign-in page would put that page into this one.
        abort(HTTPStatus.UNAUTHORIZED)
    shown = _shown(principal, job_id)
    response: Response = make_response(render_template("_job.html", **shown))
    response.set_etag(shown["version"])
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def _shown(principal: Principal, job_id: str) -> dict[str, object]:
    services = web_services()
    found = get_job(services.cases.jobs, principal.user.user_id, job_id)
    view = services.view(found, principal.user, operator=principal.operator)
    reason = reason_of(found)
    grown = has_grown(reason, found.detail or "", services.cases.offer.plans, principal.own)
    return {
        "job": view,
        "live": found.status in LIVE or _expects_a_move(found, principal),
        "version": _version(
            found,
            beside=(principal.own, view.newer_reference, view.reference_unlisted, view.reference_withdrawn),
        ),
        "retry_helps": reason in RETRY_HELPS or (reason is Reason.LIMIT_EXCEEDED and grown),
        "plans_help": reason is Reason.INPUT_TOO_LARGE
        and not grown
        and not is_too_large_for_any_plan(found.detail),
        "refused_line": refused_line(found, services.cases),
        "principal": principal,
    }


def _expects_a_move(job: Job, principal: Principal) -> bool:
    """True when a wish is noted, or a due time near, or a plan was changed, that will move a job at rest."""
    if job.status is JobStatus.DELETED:
        return False
    if comes_back(job, principal.own):
        return True
    return job.intents.delete_requested is not None or job.due is not None


def _version(
    *shown: Job, beside: tuple[PlanTerms, BundleView | None, str | None, Withdrawal | None] | None = None
) -> str:
    """A tag that changes whenever something that is shown does: heartbeats move no version, so progress counts too."""
    seen = [(job.job_id, job.version, job.progress_percent, job.status.value) for job in shown]
    return hashlib.sha256(repr((beside, seen)).encode()).hexdigest()[:16]


def _annotate_page(principal: Principal, problem: str | None = None, name: str = "") -> str:
    offer, references = web_services().cases.offer, _references()
    most = offer.max_active_jobs(principal.user)
    return render_template(
        "annotate.html",
        offer=offer,
        max_bytes=offer.max_input_bytes(principal.user),
        active_jobs=most,
        under_way=_under_way(principal.user, most),
        larger=_larger(offer.plans, principal.own),
        endings=list(CONTENT_TYPES),
        own_endings=list(OWN_CONTENT_TYPES),
        max_own_bytes=offer.max_own_bytes(principal.user),
        problem=problem,
        name=name,
        references=references,
        reference=references[0].name,
        principal=principal,
    )


def _references() -> tuple[Entry, ...]:
    return web_services().catalogue().offered


def _under_way(user: User, most: int) -> int:
    # As far as the list of unfinished jobs looks back. Whoever submits is counted exactly; here nobody is kept from the
    # page because the list does not answer.
    with suppress(GasError):
        return len(list_jobs(web_services().cases.jobs, user.user_id, JobFilter(UNFINISHED), limit=most).jobs)
    return 0


def _larger(plans: Plans, own: PlanTerms) -> str:
    larger = next(iter(plans.above(own)), None)
    return f"Become {larger.word} for larger files, or split it." if larger else "Split it by chromosome."


def _is_own(key: str, user: User) -> bool:
    with suppress(UsageError):
        return InputKey.from_key(key).user_id == user.user_id
    return False


def _start_page(key: str, reference: str, problem: str | None = None, own_key: str | None = None) -> str:
    try:
        name = InputKey.from_key(key).file_name
        own_name = None if own_key is None else InputKey.from_key(own_key).file_name
    except UsageError:
        abort(HTTPStatus.NOT_FOUND)
    references = _references()
    return render_template(
        "start.html",
        key=key,
        file_name=name,
        own_key=own_key,
        own_name=own_name,
        problem=problem,
        reference=reference or references[0].name,
        references=references,
    )


def _said(error: GasError) -> str:
    if status_of(error) < HTTPStatus.INTERNAL_SERVER_ERROR:
        return str(error)
    # What the outside world said is for operators; what we say is for people.
    note_failure(error)
    return "GAS could not start the job now: try again in a moment."
