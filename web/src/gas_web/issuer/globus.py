"""What only Globus Auth has: its own ways to revoke a token, to sign people out, and to tell their other identities."""

import uuid
from typing import Any
from urllib.parse import urlencode

from globus_sdk import ConfidentialAppAuthClient, GlobusError
from globus_sdk.transport import RequestsTransport, RetryConfig

from gas.domain.errors import TransientError
from gas_web.issuer.openid import SECONDS, Arrival, LoginRefusedError, Registration

LINKED_SCOPE = "urn:globus:auth:scope:auth.globus.org:view_identity_set"
"""The right to see which identities a person has linked. It is asked for together with the sign-in."""

MOST_IDENTITIES = 50
"""More of one person are not looked up: each is a read."""

_REVOKE_SECONDS = 2
"""Whoever signs out does not wait longer. The SDK alone would try six times for a minute each."""


def revoke_at_globus(registration: Registration, access_token: str) -> None:
    """Ask Globus Auth to forget an access token.

    Raises:
        TransientError: it does not answer, or refuses.
    """
    try:
        _client(registration, _REVOKE_SECONDS).oauth2_revoke_token(access_token)
    except GlobusError as error:
        raise TransientError("Globus Auth did not revoke the token.") from error


def linked_at_globus(registration: Registration, arrival: Arrival) -> tuple[str, ...]:
    """The subjects of the other identities that Globus Auth says are the same person's, at most `MOST_IDENTITIES`.

    Raises:
        LoginRefusedError: what it says is not about the identity that has arrived.
        TransientError: it does not answer.
    """
    try:
        answer = _client(registration, SECONDS).oauth2_token_introspect(
            arrival.access_token, include="identity_set"
        )
    except GlobusError as error:
        raise TransientError("The sign-in service does not answer now: try again in a minute.") from error
    return linked_subjects(answer.data, arrival.identity.subject)


def linked_subjects(told: Any, subject: str) -> tuple[str, ...]:
    """The other identities in an introspection's answer; what is no identity of Globus Auth's is left out.

    Raises:
        LoginRefusedError: the token does not hold, or is another's, or the set is not the subject's.
    """
    if not isinstance(told, dict) or told.get("active") is not True or told.get("sub") != subject:
        raise _foreign("token")
    linked = told.get("identity_set")
    if not isinstance(linked, list):
        return ()
    found = dict.fromkeys(each for each in linked if isinstance(each, str) and _is_uuid(each))
    if subject not in found:
        raise _foreign("identity set")
    del found[subject]
    return tuple(found)[:MOST_IDENTITIES]


def globus_sign_out_address(registration: Registration, back_to: str) -> str:
    """Where Globus Auth signs people out, with the way back here."""
    query = urlencode({"client_id": registration.client_id, "redirect_uri": back_to, "redirect_name": "GAS"})
    return f"{registration.issuer_url}/v2/web/logout?{query}"


def _client(registration: Registration, seconds: int) -> ConfidentialAppAuthClient:
    return ConfidentialAppAuthClient(
        registration.client_id,
        registration.client_secret,
        base_url=registration.issuer_url,
        transport=RequestsTransport(http_timeout=seconds),
        retry_config=RetryConfig(max_retries=0),
    )


def _foreign(what: str) -> LoginRefusedError:
    return LoginRefusedError(
        "The sign-in could not be verified, so nobody was signed in: start again.", f"introspection: {what}"
    )


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
