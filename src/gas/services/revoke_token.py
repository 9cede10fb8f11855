"""Revoking one access token."""

from gas.domain.access_token import token_id_is_valid
from gas.domain.errors import NotFoundError
from gas.ports.sessions import AccessTokenStore


def revoke_token(tokens: AccessTokenStore, user_id: str, token_id: str) -> None:
    """Revoke a token of that user, at once.

    Raises:
        NotFoundError: there is none of that id, or it is another user's: nobody learns which.
    """
    if not (token_id_is_valid(token_id) and tokens.revoke(user_id, token_id)):
        raise NotFoundError("You have no access token of that id: look at the list on your profile page.")
