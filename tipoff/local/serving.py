"""Every function behind one local port, each at `/{function}`, as functions-framework serves it when deployed."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.errors import UserError
from shared.map.model import PipelineMap
from shared.sql.queries import FUNCTIONS_DIR

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"  # nothing here checks who posts; deployed, OIDC tokens do


def application(pipeline: PipelineMap) -> "WSGIApplication":
    """All functions of the map as one WSGI application; anything else is 404."""
    from functions_framework import create_app
    from werkzeug.exceptions import NotFound
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    make: Callable[..., WSGIApplication] = create_app
    mounts = {
        f"/{name}": _at_root(make("main", str(FUNCTIONS_DIR / name / "main.py"), "http")) for name in pipeline.functions
    }
    return DispatcherMiddleware(NotFound(), mounts)


def _at_root(inner: "WSGIApplication") -> "WSGIApplication":
    """The function's own root for a request without a path below it: Flask would redirect, no push follows."""

    def outer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return inner({**environ, "PATH_INFO": environ.get("PATH_INFO") or "/"}, start_response)

    return outer


@contextmanager
def serving(pipeline: PipelineMap, port: int) -> Iterator[int]:
    """Serve in the background until the block ends; gives the port (0 asks for a free one)."""
    from werkzeug.serving import make_server

    try:
        server = make_server(HOST, port, application(pipeline), threaded=True)
    except (OSError, SystemExit) as error:
        raise UserError(f"port {port} cannot be used: {error}; choose another with --http") from error
    thread = threading.Thread(target=server.serve_forever, name="tipoff-http", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
