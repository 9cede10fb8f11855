"""The files of a job: one operation each, all alike."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import redirect

from gas.domain.access_token import Scope
from gas.services.open_file import JobFile
from gas_web.api import schemas
from gas_web.api.access import caller, requires
from gas_web.api.blueprint import blueprint
from gas_web.services import web_services

_PROMISES = {
    JobFile.INPUT: "Download the file that was submitted.",
    JobFile.RESULT: "Download the annotated file.",
    JobFile.INDEX: "Download the index of the annotated file.",
    JobFile.TABLE: "Download a table with a row for each allele, gzipped.",
    JobFile.PROBLEMS: "Download the records and alleles without consequences, gzipped. They stay when the result is archived.",
    JobFile.LOG: "Download the log. It stays when the result is archived.",
    JobFile.PREVIEW: "Download the first annotated records as JSON. They stay when the result is archived.",
    JobFile.STATISTICS: "Download the statistics as JSON. They stay when the result is archived.",
    JobFile.SUMMARY: "Download the counts as a text that MultiQC reads. It stays when the result is archived.",
    JobFile.PROVENANCE: "Download what the result was made of and with, as JSON.",
}

_REDIRECT: dict[int | str, dict[str, str | dict[str, dict[str, Any]]]] = {
    303: {
        "description": "Follow this to the file. The link holds for a minute; ask again for a fresh one.",
        "headers": {"Location": {"description": "The link.", "schema": {"type": "string"}}},
    }
}


def _opening(file: JobFile) -> Callable[..., Any]:
    def open_file(job_id: str, how: schemas.LinkQuery) -> Any:
        link = web_services().cases.open_file(caller().user, job_id, file)
        return redirect(link.url, 303) if how.redirect else asdict(link)

    open_file.__name__, open_file.__doc__ = f"get_{file.value}", _PROMISES[file]
    view = blueprint.doc(
        operation_id=f"get{file.value.capitalize()}",
        tags=["files"],
        responses=_REDIRECT,
    )(open_file)
    view = blueprint.output(schemas.Link, description="The link, when redirect is false.")(view)
    view = blueprint.input(schemas.LinkQuery, location="query", arg_name="how")(view)
    added: Callable[..., Any] = blueprint.get(f"/jobs/<string:job_id>/{file.value}")(
        requires(Scope.READ)(view)
    )
    return added


for _file in JobFile:
    _opening(_file)
