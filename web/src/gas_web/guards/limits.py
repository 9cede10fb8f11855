"""How often somebody may ask one pod: a tripwire against floods and guessing. Quotas of users are kept elsewhere.

A user who has proved who they are counts as themselves, wherever they are. Who shows nothing counts by address. Proof that does
not hold counts by itself where it bears the mark of this installation, as an ended session does, and else by address: guesses
stop further guesses there, and nobody who was let in. People behind one address share nothing but the steps of signing in, and a high
bound on all ended proofs that are shown there: whoever knows the issuer's client secret could strike marks without end.

What an older release gave out bears no mark. It holds within what its address may guess, and beyond once a pod has seen it hold.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from math import ceil
from threading import Lock

from flask import Flask, g, request
from werkzeug.exceptions import TooManyRequests

from gas.domain.access_token import token_is_well_formed, token_of
from gas.domain.client import client_network
from gas.domain.session import handle_of, session_of
from gas_web.answers.errors import asks_for_api
from gas_web.asked.marks import Mark, marked
from gas_web.asked.principal import current_principal
from gas_web.guards.authentication import bearer_token
from gas_web.guards.windows import Windows
from gas_web.services import web_services

_REMEMBERED = 10_000
"""How many proofs that held are remembered: more than users of one pod."""


ENDED_TIMES = 10
"""So many times as often as anything else may proof be shown at an address that bears the mark and holds no more. One ended proof
is stopped by itself at a tenth, so none of them stops others."""

_ENDED_HERE = "ended here"


@dataclass(frozen=True)
class _Proof:
    """What a request proves itself with."""

    handle: str
    refused_as: tuple[tuple[str, str], ...]
    """What it counts as if it does not hold, and so what stops it."""


@dataclass
class Limits:
    """The limits of one application, so many of each a minute, and what was counted."""

    requests: int
    logins: int
    _windows: Windows = field(default_factory=Windows)
    _held: OrderedDict[str, None] = field(default_factory=OrderedDict)
    """The handles of proofs that held, the oldest first: theirs is not stopped by what others at the address show.

    Ordered as in `Windows`, for the same reason: the first goes when there are too many."""
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
            _refuse(self._windows.count(self.logins, "step", request.endpoint or "", network))
        if proof is None:
            _refuse(self._windows.count(self.requests, "address", network))
        elif proof.handle not in self._held:
            for who in proof.refused_as:
                _refuse(self._windows.full(self._limit_of(who), *who))

    def after_proof(self) -> None:
        """Count whose proof held as themselves.

        Raises:
            TooManyRequests: as before.
        """
        principal, proof = current_principal(), _proof()
        if principal is None or proof is None:
            return
        with self._lock:
            if proof.handle not in self._held and len(self._held) >= _REMEMBERED:
                del self._held[next(iter(self._held))]
            self._held[proof.handle] = None
        _refuse(self._windows.count(self.requests, "user", principal.user.user_id))

    def after_refusal(self) -> None:
        """Count proof that did not hold."""
        proof = _proof() if g.get("proof_refused") else None
        if proof is not None:
            with self._lock:
                self._held.pop(proof.handle, None)
            for who in proof.refused_as:
                self._windows.count(self._limit_of(who), *who)

    def _limit_of(self, who: tuple[str, str]) -> int:
        return ENDED_TIMES * self.requests if who[0] == _ENDED_HERE else self.requests


def install_before_proof(app: Flask, limits: Limits) -> None:
    """Count strangers, and those whose proof did not hold."""
    app.before_request(limits.before_proof)

    @app.teardown_request
    def count_refused(_error: BaseException | None) -> None:
        limits.after_refusal()


def install_after_proof(app: Flask, limits: Limits) -> None:
    """Count those whose proof held."""
    app.before_request(limits.after_proof)


def _refuse(seconds: float | None) -> None:
    """Refuse the request where there is something to wait for."""
    if seconds is not None:
        g.retry_after = str(ceil(seconds))
        raise TooManyRequests


def _proof() -> _Proof | None:
    """What the request proves itself with; None when it shows nothing."""
    token = bearer_token()
    if token is not None:
        # Where a token is shown, nobody looks at the cookie; and on a page nobody looks at the token either.
        return _proof_by_token(token) if asks_for_api() else None
    secret = request.cookies.get(web_services().cookies.session)
    return _proof_of(secret, session_of(secret)) if secret else None


def _proof_by_token(text: str) -> _Proof:
    if not token_is_well_formed(text):
        # No table is asked for it, so it stops no more than what is like it.
        return _Proof(handle_of(text), (("no token", client_network(request.remote_addr)),))
    return _proof_of(text, token_of(text))


def _proof_of(text: str, secret: bytes | None) -> _Proof:
    handle, network = handle_of(text), client_network(request.remote_addr)
    if secret is not None and web_services().hallmark.is_on(secret):
        return _Proof(handle, (("ended", handle), (_ENDED_HERE, network)))
    return _Proof(handle, (("guess", network),))
