"""Who may call an operation: each declares the scope that it needs, and the document tells it."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from gas.domain.access_token import Scope
from gas.domain.errors import NotAllowedError
from gas_web.asked.principal import Principal, current_principal

P = ParamSpec("P")
R = TypeVar("R")

SCOPES_ATTRIBUTE = "gas_scopes"
"""Where an operation's scopes are noted, for the document."""


def requires(
    *scopes: Scope, unless: Callable[..., bool] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only those call an operation who are known and whose proof has all the scopes, or of whom `unless` is true.

    Once for an operation: what is noted for the document is what is asked for.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            lacking = [scope.value for scope in scopes if scope not in caller().scopes]
            if lacking and not (unless and unless(*args, **kwargs)):
                raise NotAllowedError(
                    f"This access token may not do that: it lacks the scope {' and '.join(lacking)}. Make one that has "
                    "it on your profile page."
                )
            return view(*args, **kwargs)

        assert not hasattr(view, SCOPES_ATTRIBUTE), "one `requires` with all scopes"
        setattr(guarded, SCOPES_ATTRIBUTE, scopes)
        return guarded

    return decorate


def caller() -> Principal:
    """Who calls.

    Raises:
        Unauthorized: nobody who is known.
    """
    principal = current_principal()
    if principal is None:
        raise Unauthorized(
            "Send an access token as 'Authorization: Bearer gas_…': make one on your profile page.",
            www_authenticate=WWWAuthenticate("bearer", {"realm": "gas"}),
        )
    return principal
