"""Signing out everywhere: every session, and every access token where that is asked for."""

from dataclasses import replace
from datetime import datetime

from gas.ports.sessions import AccessTokenStore
from gas.ports.stores import UserStore
from gas.services.edit_user import edit_user


def sign_out_everywhere(users: UserStore, user_id: str, now: datetime) -> None:
    """End every session of the user.

    Raises:
        NotFoundError: there is no such user.
    """
    users.sign_out_everywhere(user_id, now)


def revoke_everything(users: UserStore, tokens: AccessTokenStore, user_id: str, now: datetime) -> None:
    """End every session and every access token of the user.

    The moment is what ends the tokens: their list may lag behind, and one that it lacks is revoked all the same.

    Raises:
        NotFoundError: there is no such user.
        ConflictError: others kept writing.
    """
    edit_user(users, user_id, lambda user: replace(user, signed_out_everywhere=now, tokens_revoked=now))
    for token in tokens.tokens_of_user(user_id):
        tokens.revoke(user_id, token.token_id)
