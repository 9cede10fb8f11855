"""How often somebody may ask one pod: a tripwire against floods and guessing. Quotas of users are kept elsewhere.

A user who has proved who they are counts as themselves, wherever they are. Everybody else counts by address, and so does
proof that does not hold: people behind one address share nothing but the steps of signing in.
"""

import time
from dataclasses import dataclass, field
from threading import Lock

from flask import Flask, g, request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from gas.domain.client import client_network
from gas.domain.session import handle_of
from gas_web.answers.errors import asks_for_api
from gas_web.asked.marks import Mark, marked
from gas_web.asked.principal import current_principal
from gas_web.guards.authentication import bearer_token
from gas_web.services import web_services

_REMEMBERED = 10_000
"""How many proofs that held are remembered: more than users of one pod."""


@dataclass
class Limits:
    """The limits of one application, and what was counted."""

    requests: RateLimitItem
    logins: RateLimitItem
    _counter: FixedWindowRateLimiter = field(default_factory=lambda: FixedWindowRateLimiter(MemoryStorage()))
    _held: dict[str, None] = field(default_factory=dict)
    """The handles of proofs that held, the oldest first: theirs is not stopped by what others at the address show."""
    _lock: Lock = field(default_factory=Lock)
    """Held to change them: all threads of a pod do."""

    def before_proof(self) -> None:
        """Count who shows nothing, and stop who has shown too much that did not hold, before a table is asked.

        Raises:
            TooManyRequests: there were too many; `Retry-After` is when the next is answered.
        """
        if marked(Mark.FOR_EVERYBODY):
            return
        network, proof = client_network(request.remote_addr), _proof()
        if marked(Mark.SIGN_IN_STEP):
            self._count(self.logins, request.endpoint or "", network)
        if proof is None:
            self._count(self.requests, "address", network)
        elif proof not in self._held and not self._counter.test(self.requests, "refused", network):
            self._refuse(self.requests, "refused", network)

    def after_proof(self) -> None:
        """Count whose proof held as themselves.

        Raises:
            TooManyRequests: as before.
        """
        principal, proof = current_principal(), _proof()
        if principal is None or proof is None:
            return
        with self._lock:
            if proof not in self._held and len(self._held) >= _REMEMBERED:
                del self._held[next(iter(self._held))]
            self._held[proof] = None
        self._count(self.requests, "user", principal.user.user_id)

    def after_refusal(self) -> None:
        """Count proof that did not hold by its address."""
        if g.get("proof_refused"):
            with self._lock:
                self._held.pop(_proof() or "", None)
            self._counter.hit(self.requests, "refused", client_network(request.remote_addr))

    def _count(self, limit: RateLimitItem, *who: str) -> None:
        if not self._counter.hit(limit, *who):
            self._refuse(limit, *who)

    def _refuse(self, limit: RateLimitItem, *who: str) -> None:
        resets = self._counter.get_window_stats(limit, *who).reset_time
        # Never at once: the window may just be ending.
        g.retry_after = str(max(1, round(resets - time.time())))
        raise TooManyRequests


def make_limits(requests: int, logins: int) -> Limits:
    """The limits of an application: so many of each a minute."""
    return Limits(RateLimitItemPerMinute(requests), RateLimitItemPerMinute(logins))


def install_before_proof(app: Flask, limits: Limits) -> None:
    """Count strangers, and those whose proof did not hold."""
    app.before_request(limits.before_proof)

    @app.teardown_request
    def count_refused(_error: BaseException | None) -> None:
        limits.after_refusal()


def install_after_proof(app: Flask, limits: Limits) -> None:
    """Count those whose proof held."""
    app.before_request(limits.after_proof)


def _proof() -> str | None:
    """The handle of what the request proves itself with; None when it shows nothing."""
    token = bearer_token()
    if token is not None:
        # Where a token is shown, nobody looks at the cookie; and on a page nobody looks at the token either.
        return handle_of(token) if asks_for_api() else None
    secret = request.cookies.get(web_services().cookies.session)
    return handle_of(secret) if secret else None
