"""Ports that are ours alone until somebody of ours binds them."""

import socket
from pathlib import Path

import pytest

from tools.emulators.ports import PORTS, free_port

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_no_port_is_given_twice() -> None:
    """As bind(0) may: two functions of the chain once had one port, and one answered for both."""
    given = [free_port() for _ in range(200)]
    assert len(set(given)) == len(given)


def test_outgoing_connections_are_given_others() -> None:
    """A client's end of a connection cannot take a port before its server binds it."""
    if not EPHEMERAL.exists():
        pytest.skip("needs Linux: no ip_local_port_range")
    assert PORTS[-1] < int(EPHEMERAL.read_text().split()[0])


def test_a_port_that_is_taken_is_passed_over() -> None:
    """Somebody listens on the next one."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port() + 1))
        taken.listen()
        assert free_port() != taken.getsockname()[1]
