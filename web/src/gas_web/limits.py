"""How often one address may ask one pod: a tripwire against floods and guessing. Quotas of users are kept elsewhere."""

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from gas_web.authentication import UNAUTHENTICATED


def make_limiter(app: Flask, requests_per_minute: int) -> Limiter:
    """The limiter of an application; it refuses with 429 and says in Retry-After when to come back."""
    return Limiter(
        get_remote_address,
        app=app,
        application_limits=[f"{requests_per_minute}/minute"],
        application_limits_exempt_when=lambda: request.endpoint in UNAUTHENTICATED,
        storage_uri="memory://",
        strategy="fixed-window",
        headers_enabled=True,
    )
