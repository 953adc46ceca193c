"""Serving the application on the loopback address."""

import socket

import uvicorn
from fastapi import FastAPI

from shared.errors import UserError

LEAVE_S = 2  # open streams may take so long to end


class Server(uvicorn.Server):
    """A server that has the application end its streams before it waits for them."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=LEAVE_S, lifespan="off"))
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then the server."""
        self._app.state.is_leaving = True
        await super().shutdown(sockets)


def listen(port: int) -> socket.socket:
    """A socket on 127.0.0.1; UserError if the port is taken."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise UserError(f"port {port} cannot be used: {error.strerror}; take another with --port, or 0") from error
