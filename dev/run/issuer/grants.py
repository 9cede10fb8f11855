"""What the local issuer remembers: codes that were given out, tokens that hold, and the next forgery."""

import base64
import hashlib
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from dev.run.issuer.people import PEOPLE, Person


@dataclass(frozen=True)
class Grant:
    """A code, and what it was given for."""

    person: Person
    client_id: str
    redirect_uri: str
    nonce: str
    challenge: str
    scope: str = ""


@dataclass
class Identities:
    """Which identities are one person's, as a test says: people by their logins, or anything at all as the answer."""

    linked: frozenset[str] = frozenset()
    raw: Any = None
    fails: bool = False

    def set_of(self, person: Person) -> Any:
        """What an introspection answers as the identity set of somebody."""
        if self.raw is not None:
            return self.raw
        others = self.linked - {person.login} if person.login in self.linked else frozenset()
        return [person.subject, *(PEOPLE[login].subject for login in sorted(others))]


@dataclass
class Grants:
    """All of it, behind one lock."""

    codes: dict[str, Grant] = field(default_factory=dict)
    access_tokens: dict[str, Grant] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    introspections: int = 0
    forgery: str | None = None
    identities: Identities = field(default_factory=Identities)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def code_for(self, grant: Grant) -> str:
        """A new code."""
        code = secrets.token_urlsafe(24)
        with self._lock:
            self.codes[code] = grant
        return code

    def take(self, code: str) -> Grant | None:
        """What the code was given for; it works once."""
        with self._lock:
            return self.codes.pop(code, None)

    def token_for(self, grant: Grant) -> str:
        """A new access token."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            self.access_tokens[token] = grant
        return token

    def person_of(self, token: str) -> Person | None:
        """Whose access token it is, while it holds."""
        grant = self.access_tokens.get(token)
        return None if grant is None else grant.person

    def revoke(self, token: str) -> None:
        """Forget an access token."""
        with self._lock:
            if self.access_tokens.pop(token, None) is not None:
                self.revoked.append(token)

    def take_forgery(self, kinds: frozenset[str]) -> str | None:
        """The next forgery if it is one of these kinds; it happens once."""
        with self._lock:
            if self.forgery not in kinds:
                return None
            taken, self.forgery = self.forgery, None
            return taken


def verifies(verifier: str, challenge: str) -> bool:
    """True when the verifier is the one that the challenge (S256) was made of."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return secrets.compare_digest(base64.urlsafe_b64encode(digest).decode().rstrip("="), challenge)
