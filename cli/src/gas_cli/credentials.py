"""Which GAS to talk to, and with what token: from the environment, else from what `gas login` kept."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gas_cli.errors import misused, not_signed_in

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Credentials:
    """The address of a GAS, without a slash at the end, and an access token for it."""

    url: str
    token: str


def find(environment: Mapping[str, str], folder: Path) -> Credentials:
    """GAS_URL and GAS_TOKEN; what is not set is taken from the file. A kept token goes to no other address.

    Raises:
        CommandError: the address or the token is missing, or is none.
    """
    kept = _kept(folder)
    url = environment.get("GAS_URL") or kept.get("url")
    if not url:
        raise misused("No GAS is known: set GAS_URL to its address, or run `gas login --url ADDRESS`.")
    url = checked_url(url)
    token = environment.get("GAS_TOKEN") or (kept.get("token") if kept.get("url") == url else None)
    if not token:
        raise not_signed_in(
            f"There is no access token for {url}: make one on {url}/profile, then set GAS_TOKEN or run `gas login`."
        )
    return Credentials(url, checked_token(token, url))


def keep(credentials: Credentials, folder: Path) -> Path:
    """Write them to a file that only its owner can read; whole or not at all.

    Raises:
        CommandError: the folder cannot be written.
    """
    path = folder / "login.json"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # mkstemp makes the file readable for its owner alone, from its first moment.
        handle, name = tempfile.mkstemp(dir=folder, prefix=".login-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"url": credentials.url, "token": credentials.token}, file)
        Path(name).replace(path)
    except OSError as error:
        raise misused(f"{path} cannot be written ({error.strerror}): check the folder's rights.") from error
    return path


def checked_url(url: str) -> str:
    """The address in one form. A token goes over https, or stays on this machine.

    Raises:
        CommandError: it is no such address.
    """
    url = url.strip()
    unknown = misused(f"{url} is no address of a GAS: it starts with https://.")
    try:
        parts = urlsplit(url)
        # Both are looked at only when they are used, and then by programs that know no sentence.
        host, _port = (parts.hostname or "").encode("idna"), parts.port
    except ValueError as error:
        raise unknown from error
    if parts.scheme not in {"http", "https"} or not host or not url.isprintable() or " " in url:
        raise unknown
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise misused(f"{url} would carry your access token in the clear: use https://.")
    return url.rstrip("/")


def checked_token(token: str, url: str) -> str:
    """The token without the blanks around it; a header can carry it.

    Raises:
        CommandError: it is none, such as a placeholder that was copied.
    """
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise not_signed_in(
            f"What was given is no access token: it is one word of plain letters, digits and signs. Copy it again, or make a new one on {url}/profile."
        )
    return token


def _kept(folder: Path) -> dict[str, str]:
    path = folder / "login.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise misused(f"{path} cannot be read: run `gas login` again, or remove it.") from error
    kept = found.items() if isinstance(found, dict) else ()
    return {name: value for name, value in kept if isinstance(value, str)}
