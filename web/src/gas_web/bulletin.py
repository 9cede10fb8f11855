"""The operators' bulletin on every page, and the pause that they may order."""

from flask import Flask, g, request
from werkzeug.exceptions import ServiceUnavailable

from gas.domain.bulletin import Bulletin
from gas_web.metrics import (
    Door,
    SubmissionOutcome,
    UploadOutcome,
    count_refusal_while_paused,
    count_submission,
    count_upload,
)
from gas_web.services import web_services

COME_BACK_SECONDS = 300

STARTS_WORK = frozenset(
    {"pages.plain_form", "pages.submit", "job_wishes.retry", "api.start_upload", "api.submit", "api.retry"}
)
"""What is refused while submissions are paused: whatever gives the annotators more to do."""


def install(app: Flask) -> None:
    """Show the banner on every page, and refuse new work while submissions are paused."""

    @app.before_request
    def refuse_while_paused() -> None:
        if request.endpoint in STARTS_WORK and web_services().bulletin().paused:
            g.refused_while_paused = True
            _count_refusal(request.endpoint)
            raise ServiceUnavailable(
                "New jobs are not taken at the moment. Jobs that were submitted go on, and results can be downloaded.",
                retry_after=COME_BACK_SECONDS,
            )

    @app.context_processor
    def tell() -> dict[str, Bulletin]:
        return {"bulletin": web_services().bulletin()}


def _count_refusal(endpoint: str) -> None:
    count_refusal_while_paused()
    match endpoint:
        case "pages.plain_form" | "api.start_upload":
            count_upload(UploadOutcome.PAUSED)
        case "pages.submit":
            count_submission(Door.PAGE, SubmissionOutcome.PAUSED)
        case "api.submit":
            count_submission(Door.API, SubmissionOutcome.PAUSED)
        case _:
            pass
