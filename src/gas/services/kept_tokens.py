"""Which access tokens a user still has: asked here by everybody who lists or counts them."""

from gas.domain.access_token import AccessToken
from gas.domain.plan import User
from gas.ports.sessions import AccessTokenStore


def kept_tokens(tokens: AccessTokenStore, user: User) -> list[AccessToken]:
    """The user's tokens, newest first, expired ones for as long as they are kept; none that was revoked.

    The moment at which all of them were revoked counts, for the list may lag behind it.
    """
    revoked = user.tokens_revoked
    return [
        token for token in tokens.tokens_of_user(user.user_id) if revoked is None or token.created > revoked
    ]
