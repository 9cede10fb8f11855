"""The operators' page. Others do not learn that it exists."""

import hashlib
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from gas.domain.bulletin import MAX_BANNER_LENGTH, Bulletin, written
from gas.domain.errors import NotFoundError, UsageError
from gas.domain.job import JobStatus
from gas.domain.names import user_id_is_valid
from gas.domain.overview import Overview, rough, troubles
from gas.domain.plan import PlanTerms
from gas.services.change_plan import change_plan
from gas.services.leave_plan import what_leaving_does
from gas.services.suspend_user import let_in_again, suspend_user
from gas_web.answers.notices import Notice, notify
from gas_web.asked.marks import Mark, mark
from gas_web.asked.principal import Principal, current_principal
from gas_web.audit import note_act
from gas_web.guards.authentication import page_principal
from gas_web.metrics import Act
from gas_web.services import web_services

MOST_DUE = 200
"""How many due jobs are counted: whether there are more matters more than how many."""

blueprint = Blueprint("operations", __name__, url_prefix="/operations")


@blueprint.get("")
def show() -> str:
    """What hurts, how much there is to do, and the announcement to all users."""
    _refuse_others(page_principal())
    return _page()


@blueprint.get("/overview")
def overview() -> AnyResponse:
    """The part of the page that changes. A browser that has it already gets 304."""
    principal = current_principal()
    if principal is None:
        # Sending a script to the sign-in page would put that page into this one.
        abort(HTTPStatus.UNAUTHORIZED)
    _refuse_others(principal)
    shown = _shown()
    response: Response = make_response(render_template("_overview.html", **shown))
    response.set_etag(shown["version"])
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@blueprint.post("/bulletin")
@mark(Mark.TYPED)
def announce() -> AnyResponse | tuple[str, int]:
    """Hang up a bulletin: a banner on every page, and whether new jobs are taken."""
    _refuse_others(page_principal())
    banner, paused = request.form.get("banner", ""), request.form.get("paused") == "yes"
    try:
        bulletin = written(banner, paused=paused)
    except UsageError as error:
        return _page(str(error), Bulletin(banner, paused)), 400
    web_services().bulletin.write(bulletin)
    notify(Notice.BULLETIN_WRITTEN)
    return redirect("/operations", code=303)


@blueprint.post("/plan")
@mark(Mark.TYPED)
def put_on_plan() -> AnyResponse | str | tuple[str, int]:
    """Put a user on a plan: the only way to one that is not sold. What it does to their results is said, and asked, first."""
    operator = page_principal()
    _refuse_others(operator)
    services, user_id = web_services(), request.form.get("user", "").strip()
    terms = services.cases.offer.plans.called(request.form.get("plan", ""))
    if terms is None or not user_id_is_valid(user_id):
        return _page(plan_problem="Tell the user's id, 26 letters and digits, and a plan."), 400
    if request.form.get("sure") != "yes":
        return _ask_about(user_id, terms)
    try:
        change_plan(services.users, services.publisher, user_id, terms.plan, services.clock.now())
    except NotFoundError as error:
        return _page(plan_problem=str(error)), 404
    note_act(Act.PLAN_CHANGED, user_id=user_id, by=operator.user.user_id, plan=terms.plan.value)
    notify(Notice.PLAN_CHANGED)
    return redirect("/operations", code=303)


def _ask_about(user_id: str, terms: PlanTerms) -> str | tuple[str, int]:
    """What that plan would do to how many results of the user, and the button that puts them on it."""
    services = web_services()
    user = services.users.get(user_id)
    if user is None:
        return _page(plan_problem=f"There is no user {user_id}."), 404
    own = services.cases.offer.plans.known(user.standing)
    if own == terms:
        return _page(plan_problem=f"User {user_id} is on the {terms.word} plan already."), 409
    jobs, retention = services.cases.jobs, terms.retention
    leaving = None if retention is None else what_leaving_does(jobs, user_id, retention)
    return render_template("put_on_plan.html", user=user, own=own, terms=terms, leaving=leaving)


@blueprint.post("/suspend")
@mark(Mark.TYPED)
def suspend() -> AnyResponse | tuple[str, int]:
    """Let a user in nowhere, or again."""
    operator = page_principal()
    _refuse_others(operator)
    services, user_id = web_services(), request.form.get("user", "").strip()
    if not user_id_is_valid(user_id):
        return _page(suspend_problem="Tell the user's id, 26 letters and digits."), 400
    if user_id == operator.user.user_id:
        return _page(suspend_problem="You cannot suspend yourself: another operator can."), 400
    try:
        if request.form.get("let_in") == "yes":
            let_in_again(services.users, user_id, services.clock.now())
            act, notice = Act.USER_LET_IN, Notice.USER_LET_IN
        else:
            suspend_user(services.users, user_id, services.clock.now())
            act, notice = Act.USER_SUSPENDED, Notice.USER_SUSPENDED
    except NotFoundError as error:
        return _page(suspend_problem=str(error)), 404
    note_act(act, user_id=user_id, by=operator.user.user_id)
    notify(notice)
    return redirect(f"/operations?user={user_id}#suspend", code=303)


def _looked_up() -> dict[str, Any] | None:
    """How a user stands whose id the address names, and where their newest jobs are; None when it names none."""
    services, user_id = web_services(), request.args.get("user", "")
    user = services.users.get(user_id) if user_id_is_valid(user_id) else None
    if user is None:
        return None
    jobs = services.cases.jobs.jobs_of_user(user_id).jobs
    unfinished = sum(not job.finished for job in jobs)
    return {"user": user, "unfinished": unfinished, "finished": len(jobs) - unfinished}


def _page(
    problem: str | None = None,
    typed: Bulletin | None = None,
    plan_problem: str | None = None,
    suspend_problem: str | None = None,
) -> str:
    """The page; what was typed and is no bulletin stands in the form as it was sent."""
    typed = typed or web_services().bulletin()
    return render_template(
        "operations.html",
        live=True,
        problem=problem,
        plan_problem=plan_problem,
        suspend_problem=suspend_problem,
        looked_up=_looked_up(),
        plans=[terms.word for terms in web_services().cases.offer.plans.terms],
        typed_user=request.form.get("user", ""),
        typed_plan=request.form.get("plan", ""),
        banner=typed.banner,
        paused=typed.paused,
        longest=MAX_BANNER_LENGTH,
        **_shown(),
    )


def _shown() -> dict[str, Any]:
    services = web_services()
    now, seen = services.clock.now(), services.overviews.read()
    due = len(services.cases.jobs.due_before(now, MOST_DUE))
    hurting = troubles(seen, now)
    return {
        "overview": seen,
        "troubles": hurting,
        "due": due,
        "most": MOST_DUE,
        "now": now,
        "silent": seen is not None and now - seen.time > seen.silent_after,
        "phases": _phases(seen) if seen else [],
        "channels": (seen.channels or tuple(seen.dead_letters)) if seen else (),
        "restoring": JobStatus.RESTORING,
        "rough": rough,
        "version": _version(seen, due, [trouble.sentence for trouble in hurting]),
        "spoken": " ".join(trouble.sentence for trouble in hurting) or "Nothing hurts.",
    }


def _phases(seen: Overview) -> list[tuple[JobStatus, int, list[tuple[str, int]]]]:
    """Each phase with how many jobs stand in it, and for which reasons, the most frequent first."""
    return [
        (
            phase,
            seen.jobs_in(phase),
            sorted(
                ((s.reason.value, n) for s, n in seen.situations.items() if s.phase is phase and n),
                key=lambda pair: (-pair[1], pair[0]),
            ),
        )
        for phase in JobStatus
    ]


def _version(seen: Overview | None, due: int, sentences: list[str]) -> str:
    """A tag that changes whenever something that is shown does, but for how old it is."""
    time: datetime | None = seen.time if seen else None
    return hashlib.sha256(repr((time, due, sentences)).encode()).hexdigest()[:16]


def _refuse_others(principal: Principal) -> None:
    if not principal.operator:
        raise NotFoundError("There is nothing here, or it is not yours.")
