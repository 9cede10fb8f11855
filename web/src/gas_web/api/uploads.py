"""Uploads."""

from dataclasses import asdict
from typing import Any

from gas.domain.access_token import Scope
from gas_web.api import schemas
from gas_web.api.access import caller, requires
from gas_web.api.blueprint import blueprint
from gas_web.asked.request_line import about_job
from gas_web.guards.pause import upload_starts
from gas_web.metrics import upload_counted
from gas_web.services import web_services

TOO_MANY = "Too many uploads, or too many of their bytes, are not submitted: submit one or wait. Or too many requests came at once."


@blueprint.post("/uploads")
@upload_starts
@requires(Scope.WRITE)
@blueprint.input(schemas.NewUpload, location="json", arg_name="wanted")
@blueprint.output(schemas.UploadForm, status_code=201, description="A form to send the file with.")
@blueprint.doc(operation_id="startUpload", tags=["jobs"], responses={429: TOO_MANY})
def start_upload(wanted: schemas.NewUpload) -> dict[str, Any]:
    """Get a form to upload a file with.

    The form holds for a few minutes, for one file of at most the size that was told, or that the plan allows. The file goes
    straight to the object store; POST /jobs makes a job of it, or of two: what has the use `own` comes with another. A user holds only so many uploads that are not submitted; what is
    not submitted within a day is removed, and cannot be submitted any more.
    """
    with upload_counted():
        upload = web_services().cases.start_upload(
            caller().user, wanted.file_name, wanted.size_bytes, use=wanted.use
        )
    about_job(upload.job_id)
    form = asdict(upload.form)
    return {"job_id": upload.job_id, "key": upload.key, "max_bytes": upload.max_bytes, **form}
