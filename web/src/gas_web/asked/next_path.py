"""Where to go after signing in: a path of this site, whatever the address says."""

from urllib.parse import urlsplit

DEFAULT_PATH = "/profile"
MAX_LENGTH = 2048
"""The longest names of an input and of the file that comes with it in an address, each of their 255 bytes as three characters,
with room for the rest."""
_NEVER = ("/login", "/login/account", "/logout", "/authcallback")
"""Going there after signing in would be a circle."""


def local_path(wanted: str | None) -> str:
    """The wanted path if it certainly stays on this site and leads on from signing in, else the default."""
    if not wanted or not stays_here(wanted) or urlsplit(wanted).path.rstrip("/") in _NEVER:
        return DEFAULT_PATH
    return wanted


def stays_here(wanted: str) -> bool:
    r"""True when that path certainly stays on this site.

    Browsers read `\` as `/`, skip tabs and line ends, and take `//host` for another site: whatever has one of these
    is refused as a whole, for repairing it would only open another way.
    """
    if len(wanted) > MAX_LENGTH or not wanted.isascii() or not wanted.isprintable():
        return False
    if not wanted.startswith("/") or "//" in wanted or "\\" in wanted or " " in wanted:
        return False
    parts = urlsplit(wanted)
    return not parts.scheme and not parts.netloc
