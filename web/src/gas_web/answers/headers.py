"""The headers of every answer, pages and errors alike: what browsers may load, send, frame and remember."""

from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from gas.config import Settings
from gas.domain.names import Bucket

_YEAR_SECONDS = 31_536_000
_COME_BACK = {202, 429, 503}
"""The answers that say when to come back. (202 is an accepted job.)"""


def install(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer."""
    policy = content_security_policy(object_store_origins(settings), _origin(str(settings.web.issuer_url)))

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        for name, value in _FIXED.items():
            response.headers[name] = value
        if "retry_after" in g:
            response.headers["Retry-After"] = g.retry_after
        elif response.status_code not in _COME_BACK:
            response.headers.pop("Retry-After", None)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
            response.vary.add("Cookie")
        return response


def content_security_policy(object_stores: tuple[str, ...], issuer: str) -> str:
    """Everything from here alone; only uploads and downloads go to the object store.

    The issuer stands under form-action because browsers apply it to the redirect that follows the sign-in button.
    """
    stores = " ".join(object_stores)
    rules = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        # Bootstrap's icons are data: images in its style sheet.
        "img-src": "'self' data:",
        "connect-src": f"'self' {stores}",
        "form-action": f"'self' {stores} {issuer}",
        "base-uri": "'none'",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {' '.join(value.split())}" for name, value in rules.items())


def object_store_origins(settings: Settings) -> tuple[str, ...]:
    """Where browsers upload to and download from."""
    if settings.web.object_store_origins:
        return settings.web.object_store_origins
    endpoint = settings.aws.public_endpoint_url or settings.aws.endpoint_url
    if endpoint is not None:
        return (_origin(str(endpoint)),)
    buckets = [settings.names.bucket(bucket) for bucket in (Bucket.INPUTS, Bucket.RESULTS)]
    region = settings.aws.region
    # Signed links name the region; those of us-east-1 may go without it.
    return tuple(
        f"https://{bucket}.{host}"
        for bucket in buckets
        for host in (f"s3.{region}.amazonaws.com", "s3.amazonaws.com")
    )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


_FIXED = {
    "Strict-Transport-Security": f"max-age={_YEAR_SECONDS}; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
