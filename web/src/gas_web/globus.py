"""What only Globus Auth has: its own way to revoke a token and to sign people out."""

from urllib.parse import urlencode

from globus_sdk import ConfidentialAppAuthClient, GlobusError
from globus_sdk.transport import RequestsTransport, RetryConfig

from gas.domain.errors import TransientError
from gas_web.openid import Registration

_SECONDS = 2
"""Whoever signs out does not wait longer. The SDK alone would try six times for a minute each."""


def revoke_at_globus(registration: Registration, access_token: str) -> None:
    """Ask Globus Auth to forget an access token.

    Raises:
        TransientError: it does not answer, or refuses.
    """
    client = ConfidentialAppAuthClient(
        registration.client_id,
        registration.client_secret,
        base_url=registration.issuer_url,
        transport=RequestsTransport(http_timeout=_SECONDS),
        retry_config=RetryConfig(max_retries=0),
    )
    try:
        client.oauth2_revoke_token(access_token)
    except GlobusError as error:
        raise TransientError("Globus Auth did not revoke the token.") from error


def globus_sign_out_address(registration: Registration, back_to: str) -> str:
    """Where Globus Auth signs people out, with the way back here."""
    query = urlencode({"client_id": registration.client_id, "redirect_uri": back_to, "redirect_name": "GAS"})
    return f"{registration.issuer_url}/v2/web/logout?{query}"
