"""The mark in all that an installation gives out as proof of who somebody is: it knows its own without asking a table.

A guess bears none, so that however much is guessed at an address, whoever was let in there is not taken for a guesser. The
mark lets nobody in: what bears it is looked up all the same.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache

RANDOM_BYTES = 24
"""192 random bits: no list of guesses gets anywhere."""

_MARK_BYTES = 8
"""Only we can tell a right mark from a wrong one, so 2^64 tries would all have to be sent to us."""


@dataclass(frozen=True)
class Hallmark:
    """The mark of one installation."""

    key: bytes = field(repr=False)

    def struck(self, random_bytes: bytes) -> bytes:
        """Random bytes with the mark behind them."""
        return random_bytes + self._mark(random_bytes)

    def is_on(self, proof: bytes) -> bool:
        """True when this installation has made that."""
        random_bytes, mark = proof[:RANDOM_BYTES], proof[RANDOM_BYTES:]
        return len(random_bytes) == RANDOM_BYTES and hmac.compare_digest(self._mark(random_bytes), mark)

    def _mark(self, random_bytes: bytes) -> bytes:
        return hmac.digest(self.key, random_bytes, "sha256")[:_MARK_BYTES]


@lru_cache(maxsize=8)
def hallmark_of(secret: str) -> Hallmark:
    """The mark of the installation that has this secret; another secret makes another mark.

    Everybody holds a mark, and could try secrets on it: the key is made slowly, so that this is no way to find a weak one.
    """
    return Hallmark(hashlib.scrypt(secret.encode(), salt=b"the hallmark of gas", n=2**14, r=8, p=1, dklen=32))
