"""Ports for servers that run in processes of their own and bind later than we choose."""

import os
import socket
from itertools import cycle

# What bind(0) gives, the system may give to an outgoing connection or to a second server before ours has bound it.
# Linux takes those from 32768 on, others from 49152 on; these nobody is given who does not ask for one by its number.
PORTS = range(20_000, 32_000)
_start = os.getpid() * 251 % len(PORTS)  # processes that run side by side begin apart
_turn: "cycle[int]" = cycle([*PORTS[_start:], *PORTS[:_start]])


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens; each call gives another one."""
    while True:
        port = next(_turn)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
