"""Who came in, who was refused and what ended: one line each, from which operators can tell who did something.

Each names the client's address, and the user and the token where they are known: a token's id, and never the token.
"""

from flask import request

from gas.domain.client import client_address
from gas.logs import log_line
from gas_web.metrics import Act, web_metrics

REFUSALS = frozenset({Act.SIGN_IN_REFUSED, Act.TOKEN_REFUSED})


def note_act(act: Act, *, user_id: str | None = None, **more: str | None) -> None:
    """Write the line of an act, and count it."""
    web_metrics().authentications.labels(act.value).inc()
    log_line(
        "authentication",
        level="warning" if act in REFUSALS else "info",
        act=act.value,
        address=client_address(request.remote_addr),
        user_id=user_id,
        **{name: value for name, value in more.items() if value is not None},
    )
