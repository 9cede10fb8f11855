"""Who counts as one client."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gas.domain.client import UNKNOWN, client_address, client_network


@pytest.mark.parametrize(
    ("told", "address", "network"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:51820", "192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::1", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("", UNKNOWN, UNKNOWN),
        (None, UNKNOWN, UNKNOWN),
        ("_hidden", UNKNOWN, UNKNOWN),
        ("192.0.2.7\nsigned in", UNKNOWN, UNKNOWN),
    ],
)
def test_addresses_as_proxies_tell_them(told: str | None, address: str, network: str) -> None:
    """With and without port, brackets and zone; what is no address is unknown."""
    assert (client_address(told), client_network(told)) == (address, network)


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_one_household_is_one_client(address: object, host: int) -> None:
    """Whoever has a /64 has all of its addresses; an IPv4 address in IPv6's clothes is left out."""
    prefix = int(address) >> 64 << 64  # type: ignore[call-overload]  # an IPv6Address
    if prefix == 0:
        return
    other = type(address)(prefix | host)  # type: ignore[call-arg]  # an IPv6Address

    assert client_network(str(address)) == client_network(str(other))


@given(st.text())
def test_nothing_but_an_address_reaches_the_log(told: str) -> None:
    """Whatever a header says."""
    assert set(client_address(told)) <= set("0123456789abcdef:.") or client_address(told) == UNKNOWN
