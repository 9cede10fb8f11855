"""ID tokens, good and forged. Every forgery is one thing wrong with an otherwise good token."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from gas.config import LOCAL_KEY_ID

Claims = dict[str, Any]
Change = Callable[[Claims], Claims]

LIFE_SECONDS = 600
_ANY_ALGORITHM = JWSRegistry(algorithms=["RS384", "RS512"])

_CLAIM_FORGERIES: dict[str, Change] = {
    "iss": lambda claims: claims | {"iss": "https://issuer.evil.example"},
    "iss-missing": lambda claims: _without(claims, "iss"),
    "aud": lambda claims: claims | {"aud": "another-client"},
    "aud-among-others": lambda claims: claims | {"aud": [claims["aud"], "another-client"]},
    "aud-with-our-azp": lambda claims: claims | {"aud": "another-client", "azp": claims["aud"]},
    "azp": lambda claims: claims | {"azp": "another-client"},
    "nonce": lambda claims: claims | {"nonce": "another-nonce"},
    "nonce-missing": lambda claims: _without(claims, "nonce"),
    "expired": lambda claims: claims | {"exp": claims["exp"] - LIFE_SECONDS - 200},
    "exp-missing": lambda claims: _without(claims, "exp"),
    "iat-future": lambda claims: claims | {"iat": claims["iat"] + 3600},
    "nbf-future": lambda claims: claims | {"nbf": claims["iat"] + 3600},
    "sub-missing": lambda claims: _without(claims, "sub"),
    "sub-empty": lambda claims: claims | {"sub": ""},
    "at-hash": lambda claims: claims | {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}
_SIGNATURE_FORGERIES = frozenset({"alg-none", "hs256", "rs384", "key", "kid", "jku", "tampered", "garbage"})
RESPONSE_FORGERIES = frozenset({"no-id-token", "token-error"})
CALLBACK_FORGERIES = frozenset({"state", "state-missing", "mix-up", "declined", "code", "code-missing"})
TOKEN_FORGERIES = frozenset({*_CLAIM_FORGERIES, *_SIGNATURE_FORGERIES})
INTROSPECTION_FORGERIES = frozenset({"introspect-inactive", "introspect-subject", "introspect-set"})

FORGERIES = TOKEN_FORGERIES | RESPONSE_FORGERIES | CALLBACK_FORGERIES | INTROSPECTION_FORGERIES
"""Every kind that `POST /_issuer/forge` takes."""


@dataclass(frozen=True)
class Keys:
    """The key that signs, and one that only claims to."""

    own: RSAKey
    foreign: RSAKey

    @classmethod
    def made(cls) -> "Keys":
        """Fresh keys; the name of the own one is what production refuses."""
        parameters: Any = {"kid": LOCAL_KEY_ID, "use": "sig", "alg": "RS512"}
        return cls(RSAKey.generate_key(2048, parameters), RSAKey.generate_key(2048, parameters))

    @property
    def public(self) -> dict[str, Any]:
        """The set of keys that everybody may read."""
        return {"keys": [self.own.as_dict(private=False)]}


def id_token(keys: Keys, claims: Claims, access_token: str, forgery: str | None) -> str:
    """A signed ID token with at most one thing wrong."""
    now = int(time.time())
    good = {"iat": now, "exp": now + LIFE_SECONDS, "at_hash": _half_hash(access_token)} | claims
    change = _CLAIM_FORGERIES.get(forgery or "")
    return _signed(keys, change(good) if change else good, forgery)


def _signed(keys: Keys, claims: Claims, forgery: str | None) -> str:
    header: Claims = {"alg": "RS512", "kid": LOCAL_KEY_ID, "typ": "JWT"}
    key = keys.own
    match forgery:
        case "garbage":
            return "not.a.token"
        case "alg-none":
            return f"{_part({'alg': 'none', 'kid': LOCAL_KEY_ID})}.{_part(claims)}."
        case "hs256":
            # The public key as the secret of an HMAC: fools who lets the token choose the algorithm.
            start = f"{_part(header | {'alg': 'HS256'})}.{_part(claims)}"
            mac = hmac.new(keys.own.as_pem(private=False), start.encode(), hashlib.sha256)
            return f"{start}.{_base64(mac.digest())}"
        case "rs384":
            header["alg"] = "RS384"
        case "key":
            key = keys.foreign
        case "jku":
            # Fools who lets the token say where its key is.
            header["jku"], key = "https://issuer.evil.example/jwk.json", keys.foreign
        case "kid":
            header["kid"], key = "another-key", keys.foreign
        case _:
            header |= {}  # What is forged, if anything, is another part of the token.
    # The key says RS512; a forger does not care.
    bare = RSAKey.import_key({name: v for name, v in key.as_dict(private=True).items() if name != "alg"})
    token = jwt.encode(header, claims, bare, registry=_ANY_ALGORITHM)
    if forgery == "tampered":
        start, _, end = token.split(".")
        return f"{start}.{_part(claims | {'sub': 'somebody-else'})}.{end}"
    return token


def _half_hash(text: str) -> str:
    digest = hashlib.sha512(text.encode()).digest()
    return _base64(digest[: len(digest) // 2])


def _part(value: Claims) -> str:
    return _base64(json.dumps(value).encode())


def _base64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _without(claims: Claims, name: str) -> Claims:
    return {each: value for each, value in claims.items() if each != name}
