"""The files of a job: one operation each, all alike."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import redirect

from gas.domain.access_token import Scope
from gas.services.open_file import JOB_FILES, JobFile, SubmittedFile
from gas_web.api import schemas
from gas_web.api.access import caller, requires
from gas_web.api.blueprint import blueprint
from gas_web.services import web_services

_REDIRECT: dict[int | str, dict[str, str | dict[str, dict[str, Any]]]] = {
    303: {
        "description": "Follow this to the file. The link holds for a minute; ask again for a fresh one.",
        "headers": {"Location": {"description": "The link.", "schema": {"type": "string"}}},
    }
}


_UPLOADED = {
    SubmittedFile.INPUT: "Download the file that was submitted.",
    SubmittedFile.OWN_FILE: "Download the file of their own that its owner brought beside the input. Most jobs have none.",
}


def _promise(file: JobFile) -> str:
    if isinstance(file, SubmittedFile):
        return _UPLOADED[file]
    told = f"Download the {file.value}: {file.note}.{'' if file.always else ' Some results have none.'}"
    return f"{told} It stays when the result is archived." if file.stays_hot else told


def _opening(file: JobFile) -> Callable[..., Any]:
    def open_file(job_id: str, how: schemas.LinkQuery) -> Any:
        link = web_services().cases.open_file(caller().user, job_id, file)
        return redirect(link.url, 303) if how.redirect else asdict(link)

    open_file.__name__, open_file.__doc__ = f"get_{file.value}", _promise(file)
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


for _file in JOB_FILES:
    _opening(_file)
