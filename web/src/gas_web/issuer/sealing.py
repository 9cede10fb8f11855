"""Sealing the issuer's access token: what lies in the table can only be read with the secret in the cookie."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


def seal(token: str, secret: str) -> str:
    """The token, encrypted and authenticated."""
    return _box(secret).encrypt(token.encode()).decode()


def unseal(sealed: str, secret: str) -> str | None:
    """The token again; None when it was sealed with another secret."""
    try:
        return _box(secret).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box(secret: str) -> Fernet:
    # The secret has 192 random bits, so one hash makes a key of it; the prefix keeps it apart from the handle.
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"sealing key:{secret}".encode()).digest()))
