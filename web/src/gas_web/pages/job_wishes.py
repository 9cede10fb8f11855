"""What its owner may ask of a job: each a POST that notes a wish, which the controllers fulfil."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from gas.services.get_job import get_job
from gas_web.answers.notices import Notice, notify
from gas_web.asked.marks import Mark, mark
from gas_web.guards.authentication import page_principal
from gas_web.services import web_services

blueprint = Blueprint("job_wishes", __name__, url_prefix="/annotations/<job_id>")


@blueprint.post("/cancel")
def cancel(job_id: str) -> AnyResponse:
    """Stop an unfinished job."""
    web_services().cases.ask_job.cancel(page_principal().user, job_id)
    return _back(job_id, Notice.CANCEL_ASKED)


@blueprint.post("/retry")
@mark(Mark.STARTS_WORK)
def retry(job_id: str) -> AnyResponse:
    """Run a failed job once more."""
    web_services().cases.ask_job.retry(page_principal().user, job_id)
    return _back(job_id, Notice.RETRY_ASKED)


@blueprint.post("/restore")
def restore(job_id: str) -> AnyResponse:
    """Restore an archived result."""
    principal = page_principal()
    web_services().cases.ask_job.restore(principal.user, job_id, operator=principal.operator)
    return _back(job_id, Notice.RESTORE_ASKED)


@blueprint.get("/delete")
@mark(Mark.ABOUT_A_JOB)
def confirm_delete(job_id: str) -> str:
    """Ask whether all files of the job shall go, and say whether anything could bring them back."""
    principal, services = page_principal(), web_services()
    job = get_job(services.cases.jobs, principal.user.user_id, job_id)
    view = services.view(job, principal.user, operator=principal.operator)
    keeps_versions = services.cases.keeps_versions
    return render_template("delete.html", job=view, keeps_versions=keeps_versions)


@blueprint.post("/delete")
def delete(job_id: str) -> AnyResponse:
    """Delete all files of the job."""
    web_services().cases.ask_job.delete(page_principal().user, job_id)
    return _back(job_id, Notice.DELETE_ASKED)


def _back(job_id: str, notice: Notice) -> AnyResponse:
    notify(notice)
    return redirect(url_for("pages.job", job_id=job_id), code=303)
