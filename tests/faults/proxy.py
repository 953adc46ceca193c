"""A TCP proxy that can break connections, open and new ones, in five ways.

pass         everything through
refuse       the port is closed; open connections are reset
hang         connections are accepted, and every byte is held until the window ends, in both directions
reset        every connection is reset: open ones at once, new ones in the middle of their first bytes
lost_reply   requests go through; the first answer is dropped and the connection reset
slow         every chunk comes late, and few bytes a second
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from threading import Thread
from typing import Any

MODES = ("pass", "refuse", "hang", "reset", "lost_reply", "slow")
LATENCY_S = 0.05
BYTES_PER_S = 200_000
CHUNK_BYTES = 64 * 1024
SWITCH_TIMEOUT_S = 10
_RST_ON_CLOSE = struct.pack("ii", 1, 0)
_FRAME_HEADER_BYTES = 9
_ANSWERS = (0, 1)  # HTTP/2's DATA and HEADERS; settings, pings and window updates keep a connection, and answer nothing

Parts = Iterator[tuple[bytes, bool]]


class AnyBytes:
    """A server that sends only answers, as in HTTP/1."""

    def parts(self, chunk: bytes) -> Parts:
        """The chunk, an answer."""
        yield chunk, True


class Http2Frames:
    """A server that speaks HTTP/2, as gRPC does: answers are frames on a stream, all other frames concern the connection."""

    def __init__(self) -> None:
        self._rest = b""

    def parts(self, chunk: bytes) -> Parts:
        """Each frame that is whole by now, and whether it answers a request."""
        self._rest += chunk
        while len(self._rest) >= _FRAME_HEADER_BYTES:
            size = _FRAME_HEADER_BYTES + int.from_bytes(self._rest[:3])
            if len(self._rest) < size:
                return
            frame, self._rest = self._rest[:size], self._rest[size:]
            yield frame, frame[3] in _ANSWERS


@dataclass(eq=False)
class _Connection:
    """The two ends of one connection."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    ended: asyncio.Event

    def reset(self) -> None:
        """Both ends see a reset."""
        for end in (self.client, self.server):
            inner: socket.socket | None = end.get_extra_info("socket")
            if inner is not None and inner.fileno() >= 0:
                inner.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)
            end.transport.abort()


class Proxy:
    """Listens on one port and forwards to `target` (host:port) in the way of its mode."""

    def __init__(self, target: str, speaks: Callable[[], AnyBytes | Http2Frames] = Http2Frames) -> None:
        self._host, _, port = target.rpartition(":")
        self._port, self._speaks = int(port), speaks
        self._mode = "pass"
        self._open: set[_Connection] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._own_port = 0
        self._server: asyncio.Server | None = None
        self._flows = asyncio.Event()  # clear while bytes are held
        self._do(self._switch("pass"))

    def address(self) -> str:
        """host:port to connect to."""
        return f"127.0.0.1:{self._own_port}"

    def switch(self, mode: str) -> None:
        """Change the mode of every open and later connection."""
        self._do(self._switch(mode))

    def close(self) -> None:
        """Reset everything and stop."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(SWITCH_TIMEOUT_S)

    async def _switch(self, mode: str) -> None:
        assert mode in MODES
        self._mode = mode
        (self._flows.clear if mode == "hang" else self._flows.set)()
        if mode == "refuse" and self._server is not None:
            self._server.close()
            self._server = None
        elif mode != "refuse" and self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._own_port)
            self._own_port = self._server.sockets[0].getsockname()[1]
        if mode in ("refuse", "reset"):
            for connection in tuple(self._open):
                connection.reset()

    async def _end(self) -> None:
        await self._switch("refuse")
        await asyncio.gather(*(c.ended.wait() for c in self._open))

    async def _accept(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_connection(self._host, self._port)
        except OSError:
            to_client.transport.abort()
            return
        connection = _Connection(to_client, to_server, asyncio.Event())
        self._open.add(connection)
        try:
            await asyncio.gather(self._ask(from_client, connection), self._answer(from_server, connection))
        except OSError:
            connection.reset()
        finally:
            self._open.discard(connection)
            connection.ended.set()
            to_client.close()
            to_server.close()

    async def _ask(self, reader: asyncio.StreamReader, connection: _Connection) -> None:
        """Forward the bytes of the client."""
        while chunk := await reader.read(CHUNK_BYTES):
            await self._delay(chunk)
            if self._mode == "reset":
                await _send(connection.server, chunk[: len(chunk) // 2])
                connection.reset()
                return
            await _send(connection.server, chunk)
        connection.server.close()

    async def _answer(self, reader: asyncio.StreamReader, connection: _Connection) -> None:
        """Forward the bytes of the server."""
        frames = self._speaks()
        while chunk := await reader.read(CHUNK_BYTES):
            await self._delay(chunk)
            for part, is_answer in frames.parts(chunk):
                if is_answer and self._mode == "lost_reply":
                    connection.reset()
                    return
                await _send(connection.client, part)
        connection.client.close()

    async def _delay(self, chunk: bytes) -> None:
        """Delay the chunk as the mode asks."""
        await self._flows.wait()
        if self._mode == "slow":
            await asyncio.sleep(LATENCY_S + len(chunk) / BYTES_PER_S)


class Proxies(BaseManager):
    """A process for the proxies, so that they do not share the interpreter lock with their clients."""

    Proxy: type[Proxy]  # makes one in that process

    def __init__(self) -> None:
        super().__init__(ctx=get_context("spawn"))


Proxies.register("Proxy", Proxy)


async def _send(writer: asyncio.StreamWriter, chunk: bytes) -> None:
    """Write, unless the end is closed: ConnectionResetError."""
    if writer.is_closing():
        raise ConnectionResetError
    writer.write(chunk)
    await writer.drain()
