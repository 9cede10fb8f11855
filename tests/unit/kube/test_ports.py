"""The ports that local servers are given: free ones, that nobody takes before they are used."""

import socket
from pathlib import Path

import pytest

from kube import ports
from kube.ports import free_ports


def test_ports_differ_and_can_be_bound() -> None:
    """Nothing is given twice, and what is given is free."""
    given = [port for _ in range(50) for port in free_ports(3)]

    assert len(set(given)) == 150
    for port in given[:10]:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", port))


def test_no_connection_takes_a_given_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ports that the kernel gives to outgoing connections are not given here."""
    ephemeral = tmp_path / "ip_local_port_range"
    ephemeral.write_text("12000\t60999\n")
    monkeypatch.setattr(ports, "_EPHEMERAL", ephemeral)

    assert all(ports.LOWEST <= port < 12_000 for port in free_ports(20))


def test_port_that_is_taken_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that somebody listens on is passed over."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number = taken.getsockname()[1]
        monkeypatch.setattr(ports, "LOWEST", number)
        monkeypatch.setattr(ports, "HIGHEST", number)
        monkeypatch.setattr(ports, "_lowest_ephemeral", lambda: number + 1)

        (given,) = free_ports(1)

    assert given != number


@pytest.mark.parametrize("there", [True, False], ids=["no-others", "no-linux"])
def test_ports_where_no_others_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, there: bool
) -> None:
    """Where the kernel hands out all of them, or does not tell, a free one is given all the same."""
    ephemeral = tmp_path / "ip_local_port_range"
    if there:
        ephemeral.write_text("1024\t65535\n")
    monkeypatch.setattr(ports, "_EPHEMERAL", ephemeral)

    (given,) = free_ports(1)

    assert given > 0
