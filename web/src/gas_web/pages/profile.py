"""The profile page: who one is, the plan, and access tokens."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gas.domain.access_token import Scope
from gas.domain.errors import NotFoundError, UsageError
from gas.domain.plan import Profile, User
from gas.domain.session import handle_of
from gas.services.change_profile import letter_holds
from gas.services.delete_account import ask_account_deletion
from gas.services.issue_token import IssuedToken, issue_token
from gas.services.kept_tokens import kept_tokens
from gas.services.revoke_token import revoke_token as revoke_one
from gas.services.sign_out import revoke_everything, sign_out_everywhere
from gas_web.answers.errors import status_of
from gas_web.answers.notices import Notice, notify
from gas_web.asked.marks import Mark, mark
from gas_web.audit import note_act
from gas_web.guards.authentication import page_principal
from gas_web.issuer.sealing import seal, unseal
from gas_web.metrics import Act
from gas_web.services import web_services

TOKEN_DAYS = (7, 30, 90, 365)
"""The lives that the page offers."""

SCOPE_WORDS = {
    Scope.READ: "read jobs and results",
    Scope.WRITE: "submit and change jobs",
    Scope.PROFILE: "read your name and e-mail address",
    Scope.TOKENS: "list and revoke your access tokens",
}
"""What each scope allows, in words."""

USUAL_SCOPES = frozenset({Scope.READ, Scope.WRITE})
"""What a token is offered with: what the `gas` command needs."""

blueprint = Blueprint("profile", __name__, url_prefix="/profile")

_Page = str | tuple[str, int]

_SHOWN_WITHIN = 60
"""Seconds within which the browser goes on to the page that shows a new token."""


@dataclass(frozen=True)
class TokenWish:
    """What somebody chose for a new token, as the form shows it: at first, and after it could not be made."""

    name: str = ""
    scopes: frozenset[Scope] = USUAL_SCOPES
    days: int = 90

    @classmethod
    def of_form(cls) -> "TokenWish":
        """What the form says; no days at all where it says no number."""
        form = request.form
        chosen, days = set(form.getlist("scope")), form.get("days", "")
        return cls(
            form.get("name", ""),
            frozenset(scope for scope in Scope if scope.value in chosen),
            int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else 0,  # noqa: PLR2004 - 365 has three digits
        )


@blueprint.get("")
@mark(Mark.SECRETIVE)
def show() -> AnyResponse:
    """The page; the first time after a token was made, with it."""
    services = web_services()
    issued = _carried_token()
    response = make_response(_page(issued=issued))
    if services.cookies.token in request.cookies:
        services.cookies.drop(response, services.cookies.token)
    return response


@blueprint.post("")
@mark(Mark.TYPED)
def save() -> AnyResponse | _Page:
    """Save what users say about themselves; what cannot be is told beside what was typed."""
    user = page_principal().user
    typed = Profile(*(request.form.get(each, "") for each in ("name", "email", "institution")))
    try:
        changed = web_services().change_profile(user, typed)
    except NotFoundError:
        raise
    except UsageError as error:
        return _page(profile=typed, problem=str(error)), status_of(error)
    _note_asked(user, changed)
    notify(Notice.LETTER_SENT if changed.letter_owed else Notice.PROFILE_SAVED)
    return _back()


@blueprint.post("/email/again")
def write_again() -> AnyResponse:
    """Send another letter to the address that waits to be confirmed."""
    user = page_principal().user
    _note_asked(user, web_services().change_profile.write_again(user))
    notify(Notice.LETTER_SENT)
    return _back()


@blueprint.get("/email/<secret>")
def ask_to_confirm(secret: str) -> str | tuple[str, int]:
    """What the link in a letter shows: one button. A mail program that follows links confirms nothing."""
    user = page_principal().user
    holds = letter_holds(user, secret, web_services().clock.now())
    page = _letter_page(user, secret, holds=holds)
    return page if holds else (page, 404)


@blueprint.post("/email/<secret>")
def confirm(secret: str) -> AnyResponse | _Page:
    """Send e-mail to the confirmed address from now on; a letter that is none any more is told as its link tells it."""
    user = page_principal().user
    try:
        web_services().change_profile.confirm(user, secret)
    except UsageError as error:
        return _letter_page(user, secret, holds=False), status_of(error)
    note_act(Act.ADDRESS_CONFIRMED, user_id=user.user_id)
    notify(Notice.EMAIL_CONFIRMED)
    return _back()


@blueprint.get("/delete")
def confirm_delete() -> str:
    """Ask whether the account shall go, and say what brings it back."""
    keeps_versions = web_services().cases.keeps_versions
    return render_template("delete_account.html", principal=page_principal(), keeps_versions=keeps_versions)


@blueprint.post("/delete")
def delete() -> AnyResponse:
    """Delete the account, and be out."""
    services, user = web_services(), page_principal().user
    ask_account_deletion(services.users, services.publisher, user, services.clock.now())
    note_act(Act.ACCOUNT_DELETION_ASKED, user_id=user.user_id)
    notify(Notice.ACCOUNT_DELETED)
    return redirect("/login", code=303)


@blueprint.get("/export")
def export() -> Response:
    """What is kept about the user, as a file: whole before the first byte of it is sent, or it is an error."""
    export_account, user = web_services().export_account, page_principal().user
    account = export_account.account(user, with_tokens=True)
    response = Response(
        _packed(_exported(account, export_account.all_jobs(user))), mimetype="application/zip"
    )
    response.headers["Content-Disposition"] = 'attachment; filename="gas-account.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/tokens")
@mark(Mark.TYPED)
def create_token() -> AnyResponse | _Page:
    """Make a token, and let the next page show it this once: sent again, that page makes no other."""
    services, user = web_services(), page_principal().user
    wish = TokenWish.of_form()
    try:
        issued = issue_token(
            services.tokens,
            user,
            wish.name,
            hallmark=services.hallmark,
            scopes=wish.scopes,
            days=wish.days,
            now=services.clock.now(),
        )
    except UsageError as error:
        return _page(token_problem=str(error), wish=wish), 400
    note_act(Act.TOKEN_MADE, user_id=user.user_id, token_id=issued.token.token_id)
    response = make_response(redirect(f"{url_for('.show')}#tokens", code=303))
    secret = request.cookies[services.cookies.session]
    services.cookies.put(response, services.cookies.token, seal(issued.text, secret), _SHOWN_WITHIN)
    return response


@blueprint.post("/tokens/<token_id>/revoke")
def revoke_token(token_id: str) -> AnyResponse:
    """Revoke a token of one's own; another's is as if it did not exist."""
    user = page_principal().user
    revoke_one(web_services().tokens, user.user_id, token_id)
    note_act(Act.TOKEN_REVOKED, user_id=user.user_id, token_id=token_id)
    notify(Notice.TOKEN_REVOKED)
    return _back()


@blueprint.post("/sign-out-everywhere")
@mark(Mark.TYPED)
def end_sessions() -> AnyResponse:
    """End every session of the user, this one too, and their access tokens where that is ticked."""
    services, user = web_services(), page_principal().user
    now, tokens_too = services.clock.now(), request.form.get("tokens") == "yes"
    if tokens_too:
        revoke_everything(services.users, services.tokens, user.user_id, now)
    else:
        sign_out_everywhere(services.users, user.user_id, now)
    note_act(Act.SIGNED_OUT_EVERYWHERE, user_id=user.user_id, tokens="revoked" if tokens_too else "kept")
    notify(Notice.SIGNED_OUT_AND_TOKENS_REVOKED if tokens_too else Notice.SIGNED_OUT_EVERYWHERE)
    return redirect("/login", code=303)


def _carried_token() -> IssuedToken | None:
    """The token that this browser has just made, if it is on its way to be shown; only its session can open it."""
    services, user = web_services(), page_principal().user
    sealed = request.cookies.get(services.cookies.token)
    text = unseal(sealed, request.cookies.get(services.cookies.session, "")) if sealed else None
    token = services.tokens.get(handle_of(text)) if text else None
    return IssuedToken(token, text) if text and token and token.user_id == user.user_id else None


def _letter_page(user: User, secret: str, *, holds: bool) -> str:
    return render_template("confirm_email.html", holds=holds, secret=secret, address=user.asked_email)


def _page(
    profile: Profile | None = None,
    problem: str | None = None,
    token_problem: str | None = None,
    issued: IssuedToken | None = None,
    wish: TokenWish | None = None,
) -> str:
    services, principal = web_services(), page_principal()
    user = principal.user
    tokens = kept_tokens(services.tokens, user)
    if issued is not None and issued.token not in tokens:
        # The list may lag a moment behind.
        tokens = [issued.token, *tokens]
    return render_template(
        "profile.html",
        principal=principal,
        profile=profile or Profile(user.name, _wanted_address(user), user.institution),
        problem=problem,
        token_problem=token_problem,
        wish=wish or TokenWish(),
        issued=issued,
        tokens=tokens,
        token_days=TOKEN_DAYS,
        scopes=list(Scope),
        scope_words=SCOPE_WORDS,
        now=services.clock.now(),
    )


def _packed(parts: Iterator[str]) -> bytes:
    """A zip file of one JSON file. Unpacked, ten thousand jobs would be more than a pod can keep for slow readers."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("gas-account.json", "w") as written,
    ):
        for part in parts:
            written.write(part.encode())
    return packed.getvalue()


def _exported(account: dict[str, Any], jobs: Iterator[dict[str, Any]]) -> Iterator[str]:
    """One JSON document, a job at a time."""
    yield f'{{"account": {json.dumps(account)}, "jobs": ['
    for number, job in enumerate(jobs):
        yield f"{', ' if number else ''}{json.dumps(job)}"
    yield "]}\n"


def _note_asked(before: User, after: User) -> None:
    """Note that a letter was asked for. The address is not told: the log holds none."""
    if after.asked_email is not None and after.asked_email != before.asked_email:
        note_act(Act.ADDRESS_ASKED, user_id=after.user_id)


def _wanted_address(user: User) -> str:
    return user.asked_email.address if user.asked_email is not None else user.email


def _back() -> AnyResponse:
    return redirect("/profile", code=303)
