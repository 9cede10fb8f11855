"""Jobs: submit, list, look, ask."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request, url_for

from gas.domain import job as domain
from gas.domain.access_token import Scope
from gas.services.get_job import get_job
from gas.services.list_jobs import JobFilter, list_jobs
from gas.services.submit_job import Submission
from gas.tracing import traceparent
from gas_web.api import schemas
from gas_web.api.access import caller, requires
from gas_web.api.blueprint import blueprint
from gas_web.asked.marks import Mark, mark
from gas_web.asked.request_line import about_job
from gas_web.guards.pause import job_starts
from gas_web.metrics import Door, submission_counted
from gas_web.services import web_services

ACCEPTED = 202


@blueprint.post("/jobs")
@job_starts(Door.API)
@requires(Scope.WRITE)
@blueprint.input(schemas.NewJob, location="json", arg_name="wanted")
@blueprint.output(schemas.Job, status_code=201, description="The new job.")
@blueprint.doc(
    operation_id="submitJob",
    tags=["jobs"],
    responses={200: "The job that the same submission made before."},
)
def submit(wanted: schemas.NewJob) -> Any:
    """Submit an uploaded file as a job.

    Send an Idempotency-Key of your own to be safe to send again: the same key and body always name the same job, and
    the same key with another body is refused with 409. Without one, one upload makes one job. Jobs made of one upload
    by several keys share its file: deleting one of them deletes the input of all, never their results. `ownKey` names a second
    upload whose variants or regions are looked up for this job; it is kept, and deleted, with the input.
    """
    submission, idempotency_key = (
        Submission(wanted.key, wanted.reference, wanted.own_key),
        request.headers.get("Idempotency-Key"),
    )
    submit_job, user = web_services().cases.submit_job, caller().user
    submitted = submission_counted(
        Door.API, lambda: submit_job(user, submission, idempotency_key, traceparent=traceparent())
    )
    about_job(submitted.job.job_id)
    location = url_for("api.get_one", job_id=submitted.job.job_id)
    return _view(submitted.job), 201 if submitted.is_new else 200, {"Location": location}


@blueprint.get("/jobs")
@requires(Scope.READ)
@blueprint.input(schemas.JobQuery, location="query", arg_name="wanted")
@blueprint.output(schemas.JobList, description="One page of jobs.")
@blueprint.doc(operation_id="listJobs", tags=["jobs"])
def get_list(wanted: schemas.JobQuery) -> dict[str, Any]:
    """List jobs, newest first."""
    page = list_jobs(
        web_services().cases.jobs,
        caller().user.user_id,
        JobFilter(wanted.states, wanted.name),
        wanted.cursor,
        wanted.limit,
    )
    unread = [record.job_id for record in page.unread]
    return {"jobs": [_view(job) for job in page.jobs], "cursor": page.cursor, "unread": unread}


@blueprint.get("/jobs/<string:job_id>")
@requires(Scope.READ)
@blueprint.output(schemas.Job, description="The job.")
@blueprint.doc(
    operation_id="getJob",
    tags=["jobs"],
    responses={304: "The job is as it was under the ETag sent in If-None-Match."},
)
def get_one(job_id: str) -> Response:
    """Look at a job."""
    job = get_job(web_services().cases.jobs, caller().user.user_id, job_id)
    view = _view(job).model_dump(mode="json", by_alias=True)
    response = jsonify(view)
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()[:32])
    response.make_conditional(request)
    return response


@blueprint.delete("/jobs/<string:job_id>")
@requires(Scope.WRITE)
@blueprint.output(
    schemas.Job, status_code=ACCEPTED, description="The job; its files are about to be deleted."
)
@blueprint.doc(operation_id="deleteJob", tags=["jobs"])
def delete(job_id: str) -> schemas.Job:
    """Delete all files of a job, for good."""
    return _view(web_services().cases.ask_job.delete(caller().user, job_id))


@blueprint.post("/jobs/<string:job_id>/restore")
@requires(Scope.WRITE)
@blueprint.input(schemas.RestoreWish, location="json", arg_name="wish")
@blueprint.output(
    schemas.Job, status_code=ACCEPTED, description="The job; its result is about to be restored."
)
@blueprint.doc(operation_id="restoreJob", tags=["jobs"])
def restore(job_id: str, wish: schemas.RestoreWish) -> schemas.Job:
    """Restore an archived result. For users whose plan restores results, such as premium, and operators."""
    who = caller()
    ask = web_services().cases.ask_job
    return _view(ask.restore(who.user, job_id, wish.tier, operator=who.operator))


def _asking(verb: str, promise: str, description: str, *marks: Mark) -> Callable[..., Any]:
    def ask(job_id: str) -> schemas.Job:
        job: domain.Job = getattr(web_services().cases.ask_job, verb)(caller().user, job_id)
        return _view(job)

    ask.__name__, ask.__doc__ = verb, promise
    documented = blueprint.doc(operation_id=f"{verb}Job", tags=["jobs"])(ask)
    answering = blueprint.output(schemas.Job, status_code=ACCEPTED, description=description)(documented)
    guarded = mark(*marks)(requires(Scope.WRITE)(answering))
    added: Callable[..., Any] = blueprint.post(f"/jobs/<string:job_id>/{verb}")(guarded)
    return added


cancel = _asking("cancel", "Stop an unfinished job.", "The job; one that was finished stays as it is.")
retry = _asking(
    "retry", "Run a failed job once more.", "The job; it is about to be queued again.", Mark.STARTS_WORK
)


def _view(job: domain.Job) -> schemas.Job:
    who = caller()
    return schemas.Job.model_validate(web_services().view(job, who.user, operator=who.operator))
