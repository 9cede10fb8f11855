"""What follows from an answer: how an operation goes on with what another one gave (OpenAPI's links)."""

from typing import Any

from gas.services.open_file import JOB_FILES

Json = dict[str, Any]

_WISHES = ("cancelJob", "retryJob", "restoreJob", "deleteJob")
_ABOUT_A_JOB = ("getJob", *_WISHES, *(f"get{file.value.capitalize()}" for file in JOB_FILES))


def links_of(operation_id: str) -> dict[str, dict[str, Json]]:
    """The links of an operation: by the status of the answer that they start from, then by name."""
    match operation_id:
        case "startUpload":
            body = {"key": "$response.body#/key", "reference": "rCRS"}
            said = "Once the file is sent with the form, make a job of it: with the reference that is wanted."
            return {"201": {"submitJob": _link("submitJob", said, requestBody=body)}}
        case "submitJob":
            made = _about_a_job("$response.body#/id")
            return {"201": made, "200": made}
        case "listJobs":
            return {
                "200": {"getJob": _link("getJob", _ON, parameters={"job_id": "$response.body#/jobs/0/id"})}
            }
        case "getJob":
            return {"200": _about_a_job("$request.path.job_id")}
        case "createToken":
            return {"201": _token("$response.body#/id")}
        case "listTokens":
            return {"200": _token("$response.body#/tokens/0/id")}
        case _:
            return {}


_ON = "Go on with that job."


def _about_a_job(job_id: str) -> dict[str, Json]:
    return {name: _link(name, _ON, parameters={"job_id": job_id}) for name in _ABOUT_A_JOB}


def _token(token_id: str) -> dict[str, Json]:
    said = "Revoke that token."
    return {"revokeToken": _link("revokeToken", said, parameters={"token_id": token_id})}


def _link(operation_id: str, description: str, **more: Json) -> Json:
    return {"operationId": operation_id, "description": description, **more}
