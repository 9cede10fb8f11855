"""Access tokens: what scripts show instead of a signed-in browser."""

import base64
import re
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

MAX_DAYS = 365
"""A token that nobody renews for a year is one that nobody remembers."""

MAX_TOKENS = 20
"""The most tokens of one user."""

MAX_NAME_LENGTH = 60

TOUCH_AFTER = timedelta(hours=1)
"""How fresh "last used" is: a write per request would cost more than the request."""

_FORM = re.compile(r"gas_([a-z2-7]{52})([0-9a-f]{8})")
_ID = re.compile(r"[0-9a-f]{32}")


class Scope(Enum):
    """What an access token may be used for."""

    READ = "jobs:read"
    WRITE = "jobs:write"
    PROFILE = "profile:read"
    TOKENS = "tokens:write"


@dataclass(frozen=True)
class AccessToken:
    """A token as it is kept: everything but the token itself."""

    token_id: str
    user_id: str
    name: str
    scopes: frozenset[Scope]
    created: datetime
    expires: datetime
    last_used: datetime | None = None

    def holds(self, now: datetime, all_revoked: datetime | None = None) -> bool:
        """True until it expires, if it was made after its user last revoked all of them."""
        return now < self.expires and (all_revoked is None or self.created > all_revoked)


def token_text(secret: bytes) -> str:
    """The token of 32 bytes, as a person is shown it once; prefix and checksum let scanners find one that leaked."""
    body = base64.b32encode(secret).decode().rstrip("=").lower()
    return f"gas_{body}{_checksum(body)}"


def token_is_well_formed(text: str) -> bool:
    """True when the checksum is right: what is not is refused without asking the store."""
    found = _FORM.fullmatch(text)
    return found is not None and _checksum(found[1]) == found[2]


def token_id_is_valid(text: str) -> bool:
    """True when the text can be a token's id, which is the handle of its text: no store is asked for anything else."""
    return _ID.fullmatch(text) is not None


def token_of(text: str) -> bytes | None:
    """The bytes that are written so; None when none are."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    secret = base64.b32decode(f"{found[1].upper()}====")
    # A text that ends in other bits says the same, and is another.
    return secret if token_text(secret) == text else None


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
