"""The operators' page. Others do not learn that it exists."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from gas.domain.bulletin import MAX_BANNER_LENGTH, written
from gas.domain.errors import NotFoundError, UsageError
from gas_web.authentication import page_principal
from gas_web.notices import Notice, notify
from gas_web.principal import Principal
from gas_web.services import web_services

MOST_DUE = 200
"""How many due jobs are counted: whether there are more matters more than how many."""

blueprint = Blueprint("operations", __name__, url_prefix="/operations")


@blueprint.get("")
def show() -> str:
    """How many jobs wait for the controllers, and what everybody is told."""
    _operator()
    return _page()


@blueprint.post("/bulletin")
def announce() -> AnyResponse | tuple[str, int]:
    """Hang up a bulletin: a banner on every page, and whether new jobs are taken."""
    _operator()
    banner = request.form.get("banner", "")
    try:
        bulletin = written(banner, paused=request.form.get("paused") == "yes")
    except UsageError as error:
        return _page(str(error), banner), 400
    web_services().bulletin.write(bulletin)
    notify(Notice.BULLETIN_WRITTEN)
    return redirect("/operations", code=303)


def _page(problem: str | None = None, banner: str | None = None) -> str:
    services = web_services()
    due = services.cases.jobs.due_before(services.clock.now(), MOST_DUE)
    return render_template(
        "operations.html",
        due=len(due),
        most=MOST_DUE,
        problem=problem,
        banner=services.bulletin().banner if banner is None else banner,
        longest=MAX_BANNER_LENGTH,
    )


def _operator() -> Principal:
    principal = page_principal()
    if not principal.operator:
        raise NotFoundError("There is nothing here, or it is not yours.")
    return principal
