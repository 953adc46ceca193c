"""Ports that no other process gets before the server for which they were chosen binds them."""

import socket
from pathlib import Path

import pytest

from tools.emulators.ports import PORTS, free_port

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_no_port_is_given_twice() -> None:
    """With bind(0) two functions of the chain once had the same port, and one answered for both."""
    given = [free_port() for _ in range(200)]
    assert len(set(given)) == len(given)


def test_outgoing_connections_get_other_ports() -> None:
    """The system cannot give a chosen port to an outgoing connection before the server binds it."""
    if not EPHEMERAL.exists():
        pytest.skip("needs Linux: no ip_local_port_range")
    assert PORTS[-1] < int(EPHEMERAL.read_text().split()[0])


def test_a_port_in_use_is_skipped() -> None:
    """The next port is in use by a listening socket."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port() + 1))
        taken.listen()
        assert free_port() != taken.getsockname()[1]
