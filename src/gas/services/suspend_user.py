"""Suspending a user: out at once everywhere, for every request reads the user afresh."""

from dataclasses import replace
from datetime import datetime

from gas.domain.plan import User
from gas.ports.stores import UserStore
from gas.services.edit_user import edit_user


def suspend_user(users: UserStore, user_id: str, now: datetime) -> User:
    """Let the user in nowhere from now on: not by a session, not by a token, not by signing in. Jobs stay as they are.

    Where they have asked to be forgotten, what keeps them out is not. Their sessions end for good; their tokens hold again when they are let in. Again changes nothing.

    Raises:
        NotFoundError: there is no such user.
        ConflictError: others kept writing.
    """
    return edit_user(
        users,
        user_id,
        lambda user: user if user.suspended else replace(user, suspended=now, signed_out_everywhere=now),
    )


def let_in_again(users: UserStore, user_id: str, now: datetime) -> User:
    """End the suspension; errors as before. Who asked to be forgotten meanwhile is due to be."""
    return edit_user(
        users,
        user_id,
        lambda user: replace(user, suspended=None, due=now if user.delete_requested else user.due),
    )
