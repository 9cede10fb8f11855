"""The operators' bulletin on every page, and the pause that they may order."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from flask import Flask, current_app, g, request
from werkzeug.exceptions import ServiceUnavailable

from gas.domain.bulletin import Bulletin
from gas_web.asked.marks import Mark, mark, marked
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

P = ParamSpec("P")
R = TypeVar("R")

_COUNT = "gas_count_while_paused"


def install(app: Flask) -> None:
    """Show the banner on every page, and refuse new work while submissions are paused."""

    @app.before_request
    def refuse_while_paused() -> None:
        if marked(Mark.STARTS_WORK) and web_services().bulletin().paused:
            g.refused_while_paused = True
            _count_refusal()
            raise ServiceUnavailable(
                "New jobs are not taken at the moment. Jobs that were submitted go on, and results can be downloaded.",
                retry_after=COME_BACK_SECONDS,
            )

    @app.context_processor
    def tell() -> dict[str, Bulletin]:
        return {"bulletin": web_services().bulletin()}


def upload_starts(view: Callable[P, R]) -> Callable[P, R]:
    """Say of a view that an upload starts there."""
    return _starts_work(view, partial(count_upload, UploadOutcome.PAUSED))


def job_starts(door: Door) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Say of a view that a job is submitted there, by that door."""
    return lambda view: _starts_work(view, partial(count_submission, door, SubmissionOutcome.PAUSED))


def _starts_work(view: Callable[P, R], count: Callable[[], None]) -> Callable[P, R]:
    setattr(view, _COUNT, count)
    return mark(Mark.STARTS_WORK)(view)


def _count_refusal() -> None:
    count_refusal_while_paused()
    count = getattr(current_app.view_functions[request.endpoint or ""], _COUNT, None)
    if count is not None:
        count()
