"""Who is on the other end of a connection, as far as an address tells."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

UNKNOWN = "unknown"
"""What a proxy calls a client whose address it does not tell."""

_HOUSEHOLD = 64
"""The bits of an IPv6 address that stand for one household or machine: each has all the addresses behind them."""


def client_address(told: str | None) -> str:
    """The address in its usual form, without port, brackets and zone; `UNKNOWN` when it is none.

    Some proxies tell the port as well, and what comes from a proxy goes to the log: nothing but an address gets there.
    """
    found = _address(told or "")
    return UNKNOWN if found is None else str(found)


def client_network(told: str | None) -> str:
    """What counts as one client: an IPv4 address, or the /64 of an IPv6 address."""
    found = _address(told or "")
    if isinstance(found, IPv6Address):
        return str(ip_network((found, _HOUSEHOLD), strict=False))
    return UNKNOWN if found is None else str(found)


def _address(told: str) -> IPv4Address | IPv6Address | None:
    text = told.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # ::ffff:192.0.2.1 is an IPv4 client of a socket that takes both.
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
