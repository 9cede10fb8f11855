"""Where people go on who were stopped in the middle of something, so that nothing they did is lost."""

from urllib.parse import urlencode

from flask import current_app, g, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from gas_web.asked.marks import Mark, marked
from gas_web.asked.next_path import stays_here

_BEGINNINGS = {
    "profile": "profile.show",
    "subscription": "subscription.offer",
    "operations": "operations.show",
}
"""The page of each part's buttons, for those that have no page at their own address."""

_OF_AN_UPLOAD = ("key", "own", "reference")
"""All that the form sends which starts a job: it comes along, or another job would be started than was chosen."""


def way_back() -> str | None:
    """The page from which the request can be made again, or what it was about can be seen; None when there is none."""
    if request.method == "GET":
        return _same_page()
    form = _sent()
    if upload_arrived():
        upload = {name: form[name] for name in _OF_AN_UPLOAD if form.get(name)}
        return f"{url_for('pages.uploaded')}?{urlencode(upload, safe='/')}"
    if _has_a_page():
        return _own_page(form.get("next"))
    if request.blueprint == "job_wishes":
        return url_for("pages.job", **(request.view_args or {}))
    beginning = _BEGINNINGS.get(request.blueprint or "")
    return url_for(beginning) if beginning else None


def upload_arrived() -> bool:
    """True when the request was to start the job of an upload: the file is there, and would be orphaned."""
    return request.endpoint == "pages.submit" and "key" in _sent()


def _sent() -> MultiDict[str, str]:
    """The fields of the form; none where the body is no form that can be read."""
    try:
        return request.form
    except HTTPException:
        return MultiDict()


def _has_a_page() -> bool:
    """True when the form has a page at its own address."""
    rule = request.url_rule
    found = current_app.url_map.iter_rules() if rule else ()
    return any(each.rule == rule.rule and "GET" in (each.methods or ()) for each in found if rule)


def _own_page(following: str | None) -> str | None:
    """The page of the form, as a link of ours leads there: with where to go on afterwards."""
    page = request.path if following is None else f"{request.path}?{urlencode({'next': following})}"
    return page if stays_here(page) else None


def _same_page() -> str | None:
    """This page, to be looked at again. A form would have to be sent again, and what may lead elsewhere is no link."""
    wanted = request.full_path.rstrip("?")
    return wanted if request.method == "GET" and stays_here(wanted) else None


def typed() -> list[tuple[str, str]]:
    """The fields of a form that somebody typed into, to be sent again as they are."""
    if request.method != "POST" or not marked(Mark.TYPED) or not g.get("started_here"):
        return []
    return list(_sent().items(multi=True))
