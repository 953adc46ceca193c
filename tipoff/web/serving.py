"""Serving the application on the loopback address."""

import socket
from typing import TYPE_CHECKING

from shared.errors import UserError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

LEAVE_S = 1  # open streams may take so long to end


def listen(port: int) -> socket.socket:
    """A socket on 127.0.0.1; UserError if the port is taken."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise UserError(f"port {port} cannot be used: {error.strerror}; take another with --port, or 0") from error


def serve(app: "ASGIApp", listening: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    import uvicorn

    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=LEAVE_S, lifespan="off")
    uvicorn.Server(config).run(sockets=[listening])
