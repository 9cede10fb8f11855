"""The API's blueprint: what holds for every operation."""

from apiflask import APIBlueprint, settings
from apiflask.exceptions import HTTPError
from flask import Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import UnsupportedMediaType

from gas_web.answers.errors import error_answer

PREFIX = "/api/v1"

blueprint = APIBlueprint("api", __name__, url_prefix=PREFIX, tag="GAS")


@blueprint.record
def _configure(state: BlueprintSetupState) -> None:
    """Give a plain Flask application the settings that this blueprint's decorators look up."""
    for name in filter(str.isupper, dir(settings)):
        state.app.config.setdefault(name, getattr(settings, name))
    state.app.config["VALIDATION_ERROR_STATUS_CODE"] = 400


@blueprint.before_request
def _only_json() -> None:
    """Refuse a body that is not said to be JSON: a form on another site can send nothing that is."""
    if request.content_length and not request.is_json:
        raise UnsupportedMediaType("Send JSON, with 'Content-Type: application/json'.")


@blueprint.after_request
def _private(response: Response) -> Response:
    """Keep answers out of shared caches: they are one person's."""
    if not response.headers.get("Cache-Control"):
        response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(HTTPError)
def _invalid(error: HTTPError) -> Response:
    """Say which part of a request is wrong, and how."""
    places = error.detail if isinstance(error.detail, dict) else {}
    faults = [
        f"{name}: {', '.join(map(_said, messages if isinstance(messages, list) else [messages]))}"
        for fields in places.values()
        for name, messages in (fields.items() if isinstance(fields, dict) else [("request", fields)])
    ]
    return error_answer(error.status_code, f"The request is not valid. {'; '.join(faults) or error.message}.")


def _said(message: object) -> str:
    """A fault without the word that pydantic puts before sentences of our own."""
    return str(message).removeprefix("Value error, ")
