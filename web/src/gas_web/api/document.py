"""The API's document: OpenAPI 3.1, made from the operations themselves."""

from functools import cache
from http import HTTPStatus
from typing import Any

from apiflask import APIFlask
from flask import Response, jsonify

from gas_web.api import schemas
from gas_web.api.access import SCOPES_ATTRIBUTE
from gas_web.api.blueprint import PREFIX, blueprint
from gas_web.api.links import links_of
from gas_web.api.service import VERSION

SCHEME = "accessToken"

_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
_EVERYWHERE = (HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_KNOWN_CALLERS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_ABOUT_A_THING = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_WITH_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of your own: with the same one, the same job.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of an earlier answer.",
    "schema": {"type": "string", "pattern": '^"[0-9a-f]+"$'},
}
_ASKED_WITH = {"submitJob": _IDEMPOTENCY_KEY, "getJob": _IF_NONE_MATCH}


def _told(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "required": True, "schema": schema}


_RETRY_AFTER = _told("How many seconds later it is worth trying again.", type="integer", minimum=0)
_AUTHENTICATE = _told("How to prove who one is (RFC 6750).", type="string", pattern="^Bearer ")
_ERROR_HEADERS = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": _AUTHENTICATE},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": _RETRY_AFTER},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": _RETRY_AFTER},
}
_LOCATION = {"Location": _told("Where the job is from now on.", type="string", pattern=f"^{PREFIX}/jobs/")}
_ETAG = {"ETag": _told("A tag that changes whenever the job does.", type="string", pattern='^"[0-9a-f]+"$')}
_ANSWER_HEADERS = {
    ("submitJob", "201"): _LOCATION,
    ("submitJob", "200"): _LOCATION,
    ("getJob", "200"): _ETAG,
    ("getJob", "304"): _ETAG,
}
"""What else an answer says, by operation and status."""


@blueprint.get("/openapi.json")
@blueprint.doc(hide=True)
def openapi() -> Response:
    """The document."""
    response = jsonify(document())
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@cache
def document() -> dict[str, Any]:
    """The document, made once."""
    maker = APIFlask("gas_web.api.maker", title="GAS", version=VERSION, spec_path=None, docs_path=None)
    maker.config.update(
        OPENAPI_VERSION="3.1.0",
        DESCRIPTION="Annotate VCF files: upload, submit, watch, download.",
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_404_RESPONSE=False,
        AUTO_SERVERS=False,
        TAGS=[
            {"name": "jobs", "description": "Uploading, submitting, watching and asking."},
            {"name": "files", "description": "Links to the files of a job."},
            {"name": "references", "description": "What files are annotated against."},
            {"name": "tokens", "description": "Access tokens."},
            {"name": "service", "description": "What is offered, and to whom."},
        ],
    )
    maker.register_blueprint(blueprint)
    spec: dict[str, Any] = maker.spec  # type: ignore[assignment]  # a dict, as asked for JSON
    schemes = spec.setdefault("components", {})
    schemes.setdefault("schemas", {})["Problem"] = schemas.Problem.model_json_schema()
    schemes["securitySchemes"] = {
        SCHEME: {"type": "http", "scheme": "bearer", "description": "An access token from the profile page."}
    }
    for path, method, operation in operations(spec):
        _complete(operation, path, _scopes_of(maker, path, method))
    return spec


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Every operation of a document: path, method, and what is said of it."""
    methods = ("get", "post", "put", "patch", "delete")
    return [
        (path, method, item[method])
        for path, item in spec["paths"].items()
        for method in methods
        if method in item
    ]


def _complete(operation: dict[str, Any], path: str, scopes: list[str]) -> None:
    statuses = [*_EVERYWHERE]
    operation["security"] = [{SCHEME: scopes}] if scopes else []
    if scopes:
        statuses += _KNOWN_CALLERS
    if "{" in path or "requestBody" in operation:
        statuses += _ABOUT_A_THING
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    # Any request may carry a body, asked for or not.
    statuses += _WITH_BODY
    name, responses = operation["operationId"], operation["responses"]
    if name in _ASKED_WITH:
        operation.setdefault("parameters", []).append(_ASKED_WITH[name])
    for status in statuses:
        responses[str(status.value)] = {
            "description": responses.get(str(status.value), {}).get("description", status.phrase),
            "content": {"application/problem+json": {"schema": _PROBLEM_REF}},
        }
        _add(responses[str(status.value)], "headers", _ERROR_HEADERS.get(status))
    for empty in ("204", "304"):
        responses.get(empty, {}).pop("content", None)
    if "200" in responses and "201" in responses:
        responses["200"]["content"] = responses["201"]["content"]
    for code, answer in responses.items():
        _add(answer, "headers", _ANSWER_HEADERS.get((name, code)))
        _add(answer, "links", links_of(name).get(code))
    operation["responses"] = dict(sorted(responses.items()))


def _add(answer: dict[str, Any], name: str, more: dict[str, Any] | None) -> None:
    if more:
        answer[name] = {**answer.get(name, {}), **more}


def _scopes_of(maker: APIFlask, path: str, method: str) -> list[str]:
    wanted = path.replace("{", "<string:").replace("}", ">")
    for rule in maker.url_map.iter_rules():
        if rule.rule == wanted and method.upper() in (rule.methods or ()):
            scopes = getattr(maker.view_functions[rule.endpoint], SCOPES_ATTRIBUTE, ())
            return [str(scope.value) for scope in scopes]
    raise LookupError(f"{method} {path} is documented and not routed under {PREFIX}")
