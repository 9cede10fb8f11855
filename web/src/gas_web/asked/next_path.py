"""Where to go after signing in: a path of this site, whatever the address says."""

from urllib.parse import urlsplit

DEFAULT_PATH = "/profile"
MAX_LENGTH = 2048
"""The longest file name in an address, each of its 255 bytes as three characters, with room for the rest."""
_NEVER = ("/login", "/login/account", "/logout", "/authcallback")
"""Going there after signing in would be a circle."""


def local_path(wanted: str | None) -> str:
    r"""The wanted path if it certainly stays on this site, else the default.

    Browsers read `\` as `/`, skip tabs and line ends, and take `//host` for another site: whatever has one of these
    is refused as a whole, for repairing it would only open another way.
    """
    if not wanted or len(wanted) > MAX_LENGTH or not wanted.isascii() or not wanted.isprintable():
        return DEFAULT_PATH
    if not wanted.startswith("/") or "//" in wanted or "\\" in wanted or " " in wanted:
        return DEFAULT_PATH
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or parts.path.rstrip("/") in _NEVER:
        return DEFAULT_PATH
    return wanted
