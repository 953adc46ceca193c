"""Ports for servers in other processes, which bind the port some time after it was chosen."""

import os
import socket
from itertools import cycle

# The system may give a port found by bind(0) to an outgoing connection or another server before ours binds it.
# Linux assigns such ports from 32768 on, other systems from 49152 on; the ports below are never assigned.
PORTS = range(20_000, 32_000)
_start = os.getpid() * 251 % len(PORTS)  # processes that run side by side start at different ports
_turn: "cycle[int]" = cycle([*PORTS[_start:], *PORTS[:_start]])


def free_port() -> int:
    """A port of 127.0.0.1 that is free; each call returns another one."""
    while True:
        port = next(_turn)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
