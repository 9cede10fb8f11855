"""What the next page tells after a redirect. A cookie names one of these sentences; it never carries text."""

from enum import Enum

from flask import Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from gas_web.asked.cookies import Cookies

_SECONDS = 60
"""A notice that no page has shown by then is stale."""


class Notice(Enum):
    """The sentences."""

    SIGNED_OUT = "You are signed out."
    SIGNED_OUT_EVERYWHERE = "You are signed out on every device."
    SIGNED_OUT_AND_TOKENS_REVOKED = (
        "You are signed out on every device, and all your access tokens are revoked."
    )
    PROFILE_SAVED = "Your profile is saved."
    ACCOUNT_DELETED = (
        "Your account is being deleted, with everything in it. An e-mail tells you when it is done."
    )
    LETTER_SENT = "A letter is on its way to that address: open the link in it, within a day, to have your e-mail sent there."
    EMAIL_CONFIRMED = "Your e-mail goes to that address from now on."
    TOKEN_REVOKED = "The token is revoked: whoever still uses it is refused."  # noqa: S105 - a sentence
    PLAN_BEGUN = "You are on the {own} plan. Results that the {first} plan had archived are being restored."
    PLAN_LEFT = "You are on the {own} plan. Results are archived when their time is over."
    USER_SUSPENDED = "The user is suspended: signed out everywhere, and refused with every token."
    USER_LET_IN = "The user may sign in again, and their tokens hold again."
    PLAN_CHANGED = "The user is on that plan. Their results follow within a few seconds."
    JOB_RECEIVED = (
        "Your job is received. You may close this page: an e-mail tells you when the result is ready."
    )
    CANCEL_ASKED = "The job is being cancelled."
    RETRY_ASKED = "The job is tried again."
    RESTORE_ASKED = "The result is being restored."
    BULLETIN_WRITTEN = "Everybody sees it within a few seconds."
    DELETE_ASKED = "The job's files are being deleted."


def notify(notice: Notice) -> None:
    """Let the next page tell this."""
    g.notice = notice


def told_by(cookies: Cookies) -> Notice | None:
    """What this page should tell."""
    name = request.cookies.get(cookies.notice)
    return Notice.__members__.get(name) if name else None


def keep_or_drop(response: AnyResponse, cookies: Cookies) -> None:
    """Carry a notice to the next page, or forget the one that this page has told."""
    if not isinstance(response, Response):
        return
    notice = g.get("notice")
    if isinstance(notice, Notice):
        cookies.put(response, cookies.notice, notice.name, _SECONDS)
    elif g.get("notice_told"):
        cookies.drop(response, cookies.notice)
