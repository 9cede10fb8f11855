"""Access tokens of the caller."""

from typing import Any

from gas.domain.access_token import AccessToken, Scope
from gas.domain.errors import NotAllowedError
from gas.services.issue_token import issue_token
from gas.services.kept_tokens import kept_tokens
from gas.services.revoke_token import revoke_token
from gas_web.api import schemas
from gas_web.api.access import caller, requires
from gas_web.api.blueprint import blueprint
from gas_web.audit import note_act
from gas_web.metrics import Act
from gas_web.services import web_services


def revokes_itself(token_id: str) -> bool:
    """True when the token that is shown is the one that is to be revoked."""
    return caller().token_id == token_id


@blueprint.get("/tokens")
@requires(Scope.TOKENS)
@blueprint.output(schemas.TokenList, description="The tokens.")
@blueprint.doc(operation_id="listTokens", tags=["tokens"])
def list_tokens() -> dict[str, Any]:
    """List access tokens, newest first; the tokens themselves are not kept."""
    tokens = kept_tokens(web_services().tokens, caller().user)
    return {"tokens": [_view(token) for token in tokens]}


@blueprint.post("/tokens")
@requires(Scope.TOKENS)
@blueprint.input(schemas.NewToken, location="json", arg_name="wanted")
@blueprint.output(schemas.MadeToken, status_code=201, description="The new token, shown this once.")
@blueprint.doc(operation_id="createToken", tags=["tokens"])
def create(wanted: schemas.NewToken) -> dict[str, Any]:
    """Make an access token. Only a signed-in browser may."""
    who, services = caller(), web_services()
    if who.by_token:
        # Or a token that leaked could make others, and revoking it would help nobody.
        raise NotAllowedError("An access token cannot make another one: make it on your profile page.")
    issued = issue_token(
        services.tokens,
        who.user,
        wanted.name,
        hallmark=services.hallmark,
        scopes=frozenset(wanted.scopes),
        days=wanted.days,
        now=services.clock.now(),
    )
    note_act(Act.TOKEN_MADE, user_id=who.user.user_id, token_id=issued.token.token_id)
    return {**_view(issued.token), "token": issued.text}


@blueprint.delete("/tokens/<string:token_id>")
@requires(Scope.TOKENS, unless=revokes_itself)
@blueprint.doc(operation_id="revokeToken", tags=["tokens"], responses={204: "It is revoked."})
def revoke(token_id: str) -> tuple[str, int]:
    """Revoke an access token, at once. Each may revoke itself."""
    user = caller().user
    revoke_token(web_services().tokens, user.user_id, token_id)
    note_act(Act.TOKEN_REVOKED, user_id=user.user_id, token_id=token_id)
    return "", 204


def _view(token: AccessToken) -> dict[str, Any]:
    return {
        "id": token.token_id,
        "name": token.name,
        "scopes": sorted(scope.value for scope in token.scopes),
        "created": token.created,
        "expires": token.expires,
        "last_used": token.last_used,
    }
