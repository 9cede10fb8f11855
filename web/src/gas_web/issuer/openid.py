"""The OpenID issuer that people sign in with: the way there, and what may be believed of what comes back."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.integrations.base_client import (  # type: ignore[import-untyped]
    BaseApp,
    OAuth2Mixin,
    OAuthError,
    OpenIDMixin,
)
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]
from joserfc.errors import JoseError
from joserfc.jws import extract_compact
from requests import RequestException

from gas.domain.errors import FatalError, TransientError, UsageError
from gas.domain.plan import Profile
from gas.domain.session import Identity, LoginAttempt

ALGORITHMS = ("RS256", "RS512")
"""How ID tokens may be signed; Globus Auth uses RS512. What the issuer's metadata says cannot widen this."""

SECONDS = 5
"""How long the issuer may take for one answer: a request that waits holds a thread."""

LEEWAY_SECONDS = 60
"""How far the issuer's clock may be off."""

_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class LoginRefusedError(UsageError):
    """What came back from the issuer cannot be believed, or says no; `reason` is for the log."""

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True)
class Departure:
    """Where to send the browser, and what has to come back with it."""

    address: str
    state: str
    nonce: str
    code_verifier: str


@dataclass(frozen=True)
class Arrival:
    """Who came back, as the issuer vouches for it."""

    identity: Identity
    profile: Profile
    access_token: str


class _Client(OAuth2Mixin, OpenIDMixin, BaseApp):  # type: ignore[misc]  # Authlib has no types
    client_cls = OAuth2Session


@dataclass(frozen=True)
class Registration:
    """How GAS is known at the issuer. `refused_key_id` is the local issuer's key, when that must not be believed."""

    issuer_url: str
    client_id: str
    client_secret: str
    redirect_uri: str
    pkce: bool = True
    refused_key_id: str | None = None
    more_scope: str = ""
    """What is asked for beyond who somebody is."""
    vouches_for_email: bool = False
    """Whether an address is to be believed of which the issuer does not say if it was verified: Globus Auth has it from
    the institution and says no more. One that it says is not verified is never believed."""


class OpenIdIssuer:
    """Signs people in by the authorization code flow. It talks to nobody before the first sign-in."""

    def __init__(self, registration: Registration) -> None:
        self._registration = registration
        self._client: Any = None

    @property
    def registration(self) -> Registration:
        """How GAS is known there."""
        return self._registration

    def depart(self) -> Departure:
        """Begin a sign-in.

        Raises:
            TransientError: the issuer does not answer.
            FatalError: it is not the issuer that was configured.
        """
        made = self._ready().create_authorization_url(self._registration.redirect_uri)
        return Departure(made["url"], made["state"], made["nonce"], made.get("code_verifier", ""))

    def arrive(self, attempt: LoginAttempt | None, answer: Mapping[str, str]) -> Arrival:
        """Who came back with this answer to that attempt.

        Raises:
            LoginRefusedError: it cannot be believed, or the issuer refused.
            TransientError: the issuer does not answer.
        """
        if attempt is None:
            raise _refused("no sign-in under way")
        if not hmac.compare_digest(attempt.state.encode(), answer.get("state", "").encode()):
            raise _refused("state")
        if "iss" in answer and answer["iss"].rstrip("/") != self._registration.issuer_url:
            raise _refused("answer of another issuer")
        if "error" in answer:
            raise LoginRefusedError(
                "You were not signed in: the sign-in was declined or cancelled.", "declined"
            )
        if not answer.get("code"):
            raise _refused("no code")
        return self._believed(attempt, answer["code"])

    def sign_out_address(self, back_to: str) -> str | None:
        """Where the issuer itself signs people out, with the way back; None when it cannot or does not answer."""
        try:
            address = self._ready().server_metadata.get("end_session_endpoint")
        except (TransientError, FatalError):
            return None
        if not isinstance(address, str):
            return None
        query = urlencode({"client_id": self._registration.client_id, "post_logout_redirect_uri": back_to})
        return f"{address}?{query}"

    def revoke(self, access_token: str) -> None:
        """Ask the issuer to forget an access token (RFC 7009).

        Raises:
            TransientError: it does not answer.
        """
        client = self._ready()
        address = client.server_metadata.get("revocation_endpoint")
        if not isinstance(address, str):
            return
        try:
            with client._get_oauth_client() as session:  # noqa: SLF001 - Authlib offers no other way to one
                session.revoke_token(address, token=access_token, token_type_hint="access_token")  # noqa: S106 - the kind of token
        except (RequestException, OAuthError) as error:
            raise TransientError("The issuer did not revoke the token.") from error

    def _believed(self, attempt: LoginAttempt, code: str) -> Arrival:
        client = self._ready()
        verifier = {"code_verifier": attempt.code_verifier} if attempt.code_verifier else {}
        try:
            token = client.fetch_access_token(
                redirect_uri=self._registration.redirect_uri, code=code, state=attempt.state, **verifier
            )
            if not token.get("id_token"):
                # Without one, Authlib would verify nothing and say nothing.
                raise _refused("no ID token")
            claims = client.parse_id_token(
                token,
                nonce=attempt.nonce,
                claims_options=self._claims(client.server_metadata["issuer"]),
                leeway=LEEWAY_SECONDS,
            )
            self._refuse_local_key(token["id_token"])
        except RequestException as error:
            raise _unreachable() from error
        except (OAuthError, JoseError, ValueError, TypeError, KeyError) as error:
            raise _refused(_reason(error)) from error
        return self._arrival(claims, token)

    def _claims(self, issuer: str) -> dict[str, Any]:
        """Authlib by itself takes a token for another audience whose authorized party is us."""
        return {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": self._registration.client_id},
        }

    def _arrival(self, claims: Mapping[str, Any], token: Mapping[str, Any]) -> Arrival:
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise _refused("no subject")
        name, email = (str(claims.get(each) or "") for each in ("name", "email"))
        # `true` as a text, or as 1, is not what the standard says.
        verified = claims.get("email_verified", self._registration.vouches_for_email) is True
        called = name or str(claims.get("preferred_username") or "").partition("@")[0]
        institution = str(claims.get("organization") or claims.get("institution") or "")
        return Arrival(
            Identity(self._registration.issuer_url, subject),
            Profile(called, email if verified else "", institution),
            str(token.get("access_token") or ""),
        )

    def _refuse_local_key(self, id_token: str) -> None:
        refused = self._registration.refused_key_id
        if refused is not None and extract_compact(id_token.encode()).headers().get("kid") == refused:
            raise _refused("signed by the local issuer's key")

    def _ready(self) -> Any:
        """The client with the issuer's metadata, checked once and kept only when it is right."""
        if self._client is not None:
            return self._client
        wanted = self._registration
        client = _Client(
            None,
            "issuer",
            client_id=wanted.client_id,
            client_secret=wanted.client_secret,
            server_metadata_url=f"{wanted.issuer_url}/.well-known/openid-configuration",
            client_kwargs={
                "scope": f"openid email profile {wanted.more_scope}".rstrip(),
                "default_timeout": SECONDS,
                "token_endpoint_auth_method": "client_secret_basic",
                **({"code_challenge_method": "S256"} if wanted.pkce else {}),
            },
        )
        try:
            metadata = client.load_server_metadata()
        except (RequestException, ValueError) as error:
            raise _unreachable() from error
        self._check(metadata)
        offered = metadata.get("id_token_signing_alg_values_supported", [])
        metadata["id_token_signing_alg_values_supported"] = [a for a in ALGORITHMS if a in offered]
        self._client = client
        return client

    def _check(self, metadata: Mapping[str, Any]) -> None:
        wanted = self._registration.issuer_url
        if str(metadata.get("issuer", "")).rstrip("/") != wanted:
            raise FatalError(
                f"The issuer at {wanted} says that it is another one: check GAS_WEB__ISSUER_URL."
            )
        scheme = urlsplit(wanted).scheme
        if any(urlsplit(str(metadata.get(each, ""))).scheme != scheme for each in _ENDPOINTS):
            raise FatalError(f"The issuer at {wanted} names an address that is missing or not {scheme}.")


def _refused(reason: str) -> LoginRefusedError:
    return LoginRefusedError(
        "The sign-in could not be verified, so nobody was signed in: start again.", reason
    )


def _unreachable() -> TransientError:
    return TransientError("The sign-in service does not answer now: try again in a minute.")


def _reason(error: Exception) -> str:
    # The text may quote what was sent; the kind, and the claim's name, cannot.
    claim = getattr(error, "claim", "")
    return f"{type(error).__name__} {claim}".strip()
