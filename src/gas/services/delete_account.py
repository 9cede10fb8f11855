"""Asking to have one's account deleted. The wish is noted, and whoever has made it is out; the controllers fulfil it."""

from dataclasses import replace
from datetime import datetime

from gas.domain.messages import UserHint
from gas.domain.names import Channel
from gas.domain.plan import User
from gas.ports.messaging import Publisher
from gas.ports.stores import UserStore
from gas.services.edit_user import edit_user
from gas.services.hint import send


def ask_account_deletion(users: UserStore, publisher: Publisher, user: User, now: datetime) -> None:
    """Note the wish; again changes nothing. Sessions and access tokens are worth nothing from then on.

    Raises:
        NotFoundError: there is no such user.
    """
    edit_user(
        users,
        user.user_id,
        lambda found: found if found.delete_requested else replace(found, delete_requested=now, due=now),
    )
    send(publisher, Channel.RESTORE, UserHint(user.user_id))
