"""Each mode of the proxy does to open and new connections what it should, and afterwards both work again."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from threading import Thread

import pytest

from tests.faults.proxy import LATENCY_S, MODES, AnyBytes, Http2Frames, Proxy

SETTINGS = b"\x00\x00\x02\x04\x00\x00\x00\x00\x00ok"
ANSWER = b"\x00\x00\x04\x01\x04\x00\x00\x00\x01done"
QUIET_S = 0.15


class Echo:
    """A server that sends its greeting, echoes (or answers) what it receives, and records it."""

    def __init__(self, greeting: bytes = b"", answer: bytes = b"") -> None:
        self.heard: list[bytes] = []
        self._greeting, self._answer = greeting, answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.sendall(self._greeting)
            Thread(target=self._speak, args=(connection,), daemon=True).start()

    def _speak(self, connection: socket.socket) -> None:
        try:
            while heard := connection.recv(1000):
                self.heard.append(heard)
                connection.sendall(self._answer or heard)
        except OSError:
            pass

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    with closing(Echo()) as server:
        yield server


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with closing(Proxy(echo.address, AnyBytes)) as running:
        yield running


def connect(proxy: Proxy) -> socket.socket:
    host, port = proxy.address().split(":")
    return socket.create_connection((host, int(port)), timeout=5)


def ask(connection: socket.socket, text: bytes = b"hello") -> bytes:
    connection.sendall(text)
    return connection.recv(1000)


def heard_soon(echo: Echo, text: bytes) -> bool:
    give_up_at = time.monotonic() + 5
    while text not in echo.heard and time.monotonic() < give_up_at:
        time.sleep(0.01)
    return text in echo.heard


def test_passing_changes_nothing(proxy: Proxy) -> None:
    """Bytes come back as they were sent."""
    with connect(proxy) as connection:
        assert ask(connection, b"one") == b"one"
        assert ask(connection, b"two") == b"two"


@pytest.mark.parametrize("mode", [m for m in MODES if m != "pass"])
def test_afterwards_everything_works(proxy: Proxy, mode: str) -> None:
    """Once the window is over, a new connection to the same address is as good as ever."""
    with connect(proxy) as connection:
        assert ask(connection) == b"hello"
        proxy.switch(mode)
        proxy.switch("pass")
    with connect(proxy) as connection:
        assert ask(connection) == b"hello"


def test_refusing_closes_the_port(proxy: Proxy) -> None:
    """An open connection is reset, and a new one is refused."""
    with connect(proxy) as connection:
        assert ask(connection) == b"hello"
        proxy.switch("refuse")
        with pytest.raises(ConnectionError):
            connection.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)


def test_hanging_holds_bytes_and_loses_none(proxy: Proxy, echo: Echo) -> None:
    """Open and new connections are silent for the window; then what was sent meanwhile arrives."""
    with connect(proxy) as standing:
        assert ask(standing) == b"hello"
        proxy.switch("hang")
        with connect(proxy) as new:
            for number, connection in enumerate((standing, new)):
                connection.settimeout(QUIET_S)
                connection.sendall(b"late%d" % number)
                with pytest.raises(TimeoutError):
                    connection.recv(1)
            assert echo.heard == [b"hello"]
            proxy.switch("pass")
            for number, connection in enumerate((standing, new)):
                connection.settimeout(5)
                assert connection.recv(1000) == b"late%d" % number


def test_resetting_cuts_standing_connections_and_new_ones_midway(proxy: Proxy, echo: Echo) -> None:
    """An open connection is reset at once; a new one when it speaks, of which the server gets no more than half."""
    with connect(proxy) as connection:
        assert ask(connection) == b"hello"
        proxy.switch("reset")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with connect(proxy) as connection, pytest.raises(ConnectionResetError):
        ask(connection, b"abcdefgh")
    time.sleep(QUIET_S)
    assert set(echo.heard) <= {b"hello", b"abcd"}


def test_a_lost_reply_was_asked_and_done(proxy: Proxy, echo: Echo) -> None:
    """The server hears the request; the client hears nothing but a reset."""
    with connect(proxy) as connection:
        assert ask(connection) == b"hello"
        proxy.switch("lost_reply")
        with pytest.raises(ConnectionResetError):
            ask(connection, b"pay me")
    assert heard_soon(echo, b"pay me")


def test_a_connection_made_while_replies_are_lost_comes_about() -> None:
    """Over HTTP/2 the server's settings pass, so that a request is sent at all; its answer does not."""
    with closing(Echo(SETTINGS, ANSWER)) as server, closing(Proxy(server.address, Http2Frames)) as proxy:
        proxy.switch("lost_reply")
        with connect(proxy) as connection:
            assert connection.recv(1000) == SETTINGS
            with pytest.raises(ConnectionResetError):
                ask(connection, b"create")
        assert heard_soon(server, b"create")
        proxy.switch("pass")
        with connect(proxy) as connection:
            assert connection.recv(1000) == SETTINGS
            assert ask(connection, b"create") == ANSWER


def test_slow_is_late_and_whole(proxy: Proxy) -> None:
    """The answer comes, after the latency of both directions."""
    with connect(proxy) as connection:
        assert ask(connection) == b"hello"
        proxy.switch("slow")
        started = time.monotonic()
        assert ask(connection) == b"hello"
        assert time.monotonic() - started >= 2 * LATENCY_S


@pytest.mark.parametrize("size", [1, 2, 5, 9, 10, 100])
def test_frames_are_found_wherever_the_bytes_are_cut(size: int) -> None:
    """Whole frames come out in order, answers marked, however the stream is cut."""
    stream, frames, parts = SETTINGS + ANSWER + SETTINGS, Http2Frames(), []
    for start in range(0, len(stream), size):
        parts += frames.parts(stream[start : start + size])
    assert parts == [(SETTINGS, False), (ANSWER, True), (SETTINGS, False)]
