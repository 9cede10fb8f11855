"""Where people go on who were signed out in the middle of something, so that nothing they did is lost."""

from urllib.parse import urlencode

from flask import current_app, request, url_for

from gas_web.asked.marks import Mark, marked
from gas_web.asked.next_path import local_path

_BEGINNINGS = {
    "profile": "profile.show",
    "subscription": "subscription.offer",
    "operations": "operations.show",
}
"""The page of each part's buttons, for those that have no page at their own address."""


def way_back() -> str | None:
    """The page from which the request can be made again, or what it was about can be seen; None when there is none."""
    if request.method == "GET":
        return same_page()
    form = request.form
    if request.endpoint == "pages.submit" and "key" in form:
        # The upload has arrived, and would be orphaned.
        return url_for("pages.uploaded", **{n: form[n] for n in ("key", "reference") if n in form})
    if _has_a_page():
        # As a link of ours leads there: with where to go on afterwards.
        return f"{request.path}?{urlencode({'next': form['next']})}" if "next" in form else request.path
    if request.blueprint == "job_wishes":
        return url_for("pages.job", **(request.view_args or {}))
    beginning = _BEGINNINGS.get(request.blueprint or "")
    return url_for(beginning) if beginning else None


def _has_a_page() -> bool:
    """True when the form has a page at its own address."""
    rule = request.url_rule
    found = current_app.url_map.iter_rules() if rule else ()
    return any(each.rule == rule.rule and "GET" in (each.methods or ()) for each in found if rule)


def same_page() -> str | None:
    """This page, to be looked at again. A form would have to be sent again, and what may lead elsewhere is no link."""
    wanted = request.full_path.rstrip("?")
    return wanted if request.method == "GET" and local_path(wanted) == wanted else None


def typed() -> list[tuple[str, str]]:
    """The fields of a form that somebody typed into, to be sent again once they are signed in."""
    if request.method != "POST" or not marked(Mark.TYPED):
        return []
    return list(request.form.items(multi=True))
