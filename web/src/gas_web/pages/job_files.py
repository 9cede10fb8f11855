"""The files of a job: a fresh link for every click, and the small ones shown on pages."""

from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from gas.domain.errors import ArchivedObjectError, NotFoundError
from gas.domain.job import Job
from gas.domain.outputs import Output
from gas.services.get_job import get_job
from gas.services.job_view import JobView
from gas.services.open_file import JOB_FILES, JobFile, SubmittedFile
from gas.services.read_file import read_file
from gas_web.asked.marks import Mark, mark
from gas_web.guards.authentication import page_principal
from gas_web.pages.first_records import MOST_RECORDS, MOST_SEARCHED, START_BYTES, with_first_records
from gas_web.pages.result_preview import Preview, read_preview, read_statistics
from gas_web.services import web_services

blueprint = Blueprint("job_files", __name__, url_prefix="/annotations/<job_id>")

_DOWNLOADS = {file.value: file for file in JOB_FILES}


@blueprint.get("/download/<file>")
def download(job_id: str, file: str) -> AnyResponse | tuple[str, int]:
    """Go to a link that was made for this click. The page never holds one, so none grows old on it."""
    if file not in _DOWNLOADS:
        abort(HTTPStatus.NOT_FOUND)
    return _to_file(job_id, _DOWNLOADS[file])


@blueprint.get("/input")
def input_file(job_id: str) -> AnyResponse | tuple[str, int]:
    """The file that was submitted."""
    return _to_file(job_id, SubmittedFile.INPUT)


@blueprint.get("/result")
def result(job_id: str) -> AnyResponse | tuple[str, int]:
    """The annotated file; while it is in the archive, a page that says when it comes back."""
    return _to_file(job_id, Output.RESULT)


@blueprint.get("/log")
@mark(Mark.ABOUT_A_JOB)
def log(job_id: str) -> str:
    """The log, to read."""
    job = _own_job(job_id)
    text = _content(job, Output.LOG).decode("utf-8", errors="replace")
    return render_template("log.html", log=text, job=_view(job))


@blueprint.get("/preview")
@mark(Mark.ABOUT_A_JOB)
def preview(job_id: str) -> str:
    """Statistics and the first records. They stay while the result is in the archive."""
    job = _own_job(job_id)
    statistics = read_statistics(_content(job, Output.STATISTICS))
    wanted = request.args.get("q", "").strip()[:100]
    impact = request.args.get("impact", "")
    records = _first_records(job, MOST_SEARCHED if wanted or impact else MOST_RECORDS)
    found = records.found(wanted, impact)
    return render_template(
        "preview.html",
        job=_view(job),
        statistics=statistics,
        preview=records,
        found=found[:MOST_RECORDS],
        matches=len(found),
        elsewhere=() if records.whole else statistics.of_the_whole_file(wanted, impact),
        q=wanted,
        impact=impact,
    )


def _to_file(job_id: str, file: JobFile) -> AnyResponse | tuple[str, int]:
    principal, cases = page_principal(), web_services().cases
    try:
        link = cases.open_file(principal.user, job_id, file)
    except ArchivedObjectError as error:
        page = render_template(
            "in_archive.html",
            job=_view(_own_job(job_id)),
            said=str(error),
            upgrade=not principal.may_restore,
        )
        return page, HTTPStatus.CONFLICT
    return redirect(link.url, code=303)


def _first_records(job: Job, most: int) -> Preview:
    """The preview; while the result is hot, at most so many records of its start."""
    cases = web_services().cases
    preview = read_preview(_content(job, Output.PREVIEW))
    try:
        result = cases.open_file.find(job, Output.RESULT)
        return with_first_records(
            preview, cases.objects.read_start(result.bucket, result.key, START_BYTES), most
        )
    except (ArchivedObjectError, NotFoundError):
        return preview


def _content(job: Job, file: JobFile) -> bytes:
    cases = web_services().cases
    return read_file(cases.objects, cases.open_file.find(job, file))


def _own_job(job_id: str) -> Job:
    """The job as it is now: read once for a page, so that all of the page is about the same moment."""
    return get_job(web_services().cases.jobs, page_principal().user.user_id, job_id)


def _view(job: Job) -> JobView:
    principal = page_principal()
    return web_services().view(job, principal.user, operator=principal.operator)
