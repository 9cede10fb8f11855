"""Changing a user's plan: one write, and a hint that has results restored sooner than the sweep would."""

from contextlib import suppress
from datetime import datetime

from gas.domain.errors import ConflictError
from gas.domain.messages import UserHint
from gas.domain.names import Channel
from gas.domain.plan import Plan, User
from gas.ports.messaging import Publisher
from gas.ports.stores import UserStore
from gas.services.hint import send

_TRIES = 3


def change_plan(users: UserStore, publisher: Publisher, user_id: str, plan: Plan, now: datetime) -> User:
    """Put the user on a plan; again is no change.

    Raises:
        NotFoundError: there is no such user.
        ConflictError: other changes of the same user's plan kept coming in between.
    """
    user = _changed(users, user_id, plan, now)
    send(publisher, Channel.RESTORE, UserHint(user_id))
    return user


def _changed(users: UserStore, user_id: str, plan: Plan, now: datetime) -> User:
    for _ in range(_TRIES - 1):
        with suppress(ConflictError):
            return users.change_plan(user_id, plan, now)
    return users.change_plan(user_id, plan, now)
