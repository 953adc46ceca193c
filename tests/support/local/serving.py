"""The pages of a home, served for one test from a thread of its own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tipoff.home import Home
from tipoff.web.app import create_app
from tipoff.web.serving import Server, listen


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of the pages."""
    server = Server(create_app(Home(home)))
    with listen(0) as socket:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{socket.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
