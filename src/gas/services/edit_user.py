"""Changing a user's row: read, change, write on condition, and anew when somebody wrote in between."""

from collections.abc import Callable
from contextlib import suppress

from gas.domain.errors import ConflictError, NotFoundError
from gas.domain.plan import User
from gas.ports.stores import UserStore

TRIES = 5
"""A person changes their profile seldom, and the controllers write a user now and then."""


def edit_user(users: UserStore, user_id: str, edit: Callable[[User], User]) -> User:
    """The user after the edit, which may be asked for more than once.

    Raises:
        NotFoundError: there is no such user.
        ConflictError: others kept writing.
    """
    for _ in range(TRIES):
        before = users.get(user_id)
        if before is None:
            raise NotFoundError(f"There is no user {user_id}.")
        with suppress(ConflictError):
            return users.commit(before, edit(before))
    raise ConflictError("Your profile was changed at the same moment elsewhere: look at it and try again.")
