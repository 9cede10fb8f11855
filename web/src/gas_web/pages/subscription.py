"""Taking the plan that is sold, and leaving it."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from gas.domain.plan import PlanTerms
from gas.services.change_plan import change_plan
from gas.services.leave_plan import what_leaving_does
from gas_web.answers.notices import Notice, notify
from gas_web.asked.next_path import local_path
from gas_web.audit import note_act
from gas_web.guards.authentication import page_principal
from gas_web.metrics import Act
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
    """Pay, and be on the plan that is sold: at once where one click pays, else by the payment service's own word."""
    services, principal = web_services(), page_principal()
    back = local_path(request.form.get("next"))
    checkout = services.payments.subscribe(principal.user, f"{services.public_origin}{back}")
    sold = services.cases.offer.plans.sold
    if not checkout.paid or sold is None:
        return redirect(checkout.address or "/subscribe", code=303)
    _change(sold)
    notify(Notice.PLAN_BEGUN)
    return redirect(back, code=303)


@blueprint.get("/unsubscribe")
def leave() -> AnyResponse | str:
    """What leaving the plan does to how many results, and the button that does it."""
    principal, cases = page_principal(), web_services().cases
    first = cases.offer.plans.default
    if principal.own == first:
        return redirect("/subscribe", code=303)
    assert first.retention is not None
    leaving = what_leaving_does(cases.jobs, principal.user.user_id, first.retention)
    return render_template("leave.html", principal=principal, first=first, leaving=leaving)


@blueprint.post("/unsubscribe")
def unsubscribe() -> AnyResponse:
    """End the subscription, and be on the first plan."""
    services = web_services()
    services.payments.unsubscribe(page_principal().user)
    _change(services.cases.offer.plans.default)
    notify(Notice.PLAN_LEFT)
    return redirect("/profile", code=303)


def _change(terms: PlanTerms) -> None:
    services, user = web_services(), page_principal().user
    change_plan(services.users, services.publisher, user.user_id, terms.plan, services.clock.now())
    note_act(Act.PLAN_CHANGED, user_id=user.user_id, by=user.user_id, plan=terms.plan.value)
