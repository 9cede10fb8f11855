"""Becoming premium, and free again."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from gas.domain.plan import Plan
from gas.services.change_plan import change_plan
from gas.services.leave_premium import what_leaving_does
from gas_web.audit import note_act
from gas_web.authentication import page_principal
from gas_web.metrics import Act
from gas_web.next_path import local_path
from gas_web.notices import Notice, notify
from gas_web.services import web_services

blueprint = Blueprint("subscription", __name__)


@blueprint.get("/subscribe")
def offer() -> str:
    """What the plans are, and the button to change."""
    return render_template(
        "subscribe.html",
        principal=page_principal(),
        offer=web_services().cases.offer,
        sells=web_services().payments.sells,
        next_path=local_path(request.args["next"]) if "next" in request.args else None,
    )


@blueprint.post("/subscribe")
def subscribe() -> AnyResponse:
    """Pay, and be premium: at once where one click pays, else by the payment service's own word."""
    services, user = web_services(), page_principal().user
    back = local_path(request.form.get("next"))
    checkout = services.payments.subscribe(user, f"{services.public_origin}{back}")
    if not checkout.paid:
        return redirect(checkout.address or "/subscribe", code=303)
    _change(Plan.PREMIUM)
    notify(Notice.NOW_PREMIUM)
    return redirect(back, code=303)


@blueprint.get("/unsubscribe")
def leave() -> AnyResponse | str:
    """What leaving the premium plan does to how many results, and the button that does it."""
    principal, cases = page_principal(), web_services().cases
    if not principal.premium:
        return redirect("/subscribe", code=303)
    leaving = what_leaving_does(cases.jobs, principal.user.user_id, cases.offer.retention)
    return render_template("leave.html", principal=principal, offer=cases.offer, leaving=leaving)


@blueprint.post("/unsubscribe")
def unsubscribe() -> AnyResponse:
    """End the subscription, and be free."""
    web_services().payments.unsubscribe(page_principal().user)
    _change(Plan.FREE)
    notify(Notice.NOW_FREE)
    return redirect("/profile", code=303)


def _change(plan: Plan) -> None:
    services, user = web_services(), page_principal().user
    change_plan(services.users, services.publisher, user.user_id, plan, services.clock.now())
    note_act(Act.PLAN_CHANGED, user_id=user.user_id, by=user.user_id, plan=plan.value)
