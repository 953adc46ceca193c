"""Reading a home's rows while another process writes them.

DuckDB lets no other process open a file that one has open for writing. So the writer answers readers over loopback,
from a snapshot: the rows as they were when it took it. It takes one when it opens the home, and one whenever a run has
settled, so that no reader sees half a slate. The snapshot is a read-only transaction: it costs the writer nothing, and
keeps nothing from being written.

    POST /   Authorization: Bearer TOKEN; the body is an Arrow stream of one row of parameters, whose schema's metadata
             has the query. 200 with an Arrow stream of the rows, or 400 with DuckDB's sentence.
"""

import json
import os
import secrets
import threading
from collections.abc import Mapping
from datetime import datetime
from hmac import compare_digest
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from shared.adapters.local.warehouse import DuckTables, Snapshot
from shared.errors import ContractError, HomeInUse
from shared.ports import Clock, Queryable
from shared.sql import door

TIMEOUT_S = 120  # of one answer: a season's rows take a few seconds
_TAKEN_AT, _SQL = "X-Taken-At", b"sql"


class HomeRows(Queryable, Protocol):
    """The rows of a home for reading: of its file, or of the process that writes it.

    `taken_at` is when that process took the snapshot; None of a file, which nothing changes while it is open.
    """

    taken_at: datetime | None

    def read(self, duck_sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Rows of a DuckDB query of our own; duckdb.Error if there is a mistake in it."""

    def close(self) -> None:
        """Release the file, if it is open."""


class Readers:
    """Answers readers in other processes; `note` is the file that says where, readable by this user alone."""

    def __init__(self, tables: DuckTables, clock: Clock, note: Path) -> None:
        self._tables, self._clock, self._note = tables, clock, note
        self.token = secrets.token_urlsafe()
        self.renew()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"readers": self}))
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        where = {"port": self._server.server_address[1], "token": self.token, "process": os.getpid()}
        beside = note.with_suffix(".tmp")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(where, file)
        beside.replace(note)

    def renew(self) -> None:
        """From now on readers see what is committed by now; an answer that is being read keeps its own snapshot."""
        self.shown: tuple[Snapshot, datetime] = self._tables.snapshot(), self._clock.now()

    def close(self) -> None:
        """Answer no more."""
        self._note.unlink(missing_ok=True)
        self._server.shutdown()
        self._server.server_close()
        del self.shown


class _Handler(BaseHTTPRequestHandler):
    readers: Readers
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not compare_digest(given.encode(), self.readers.token.encode()):
            self._answer(HTTPStatus.UNAUTHORIZED, b"")
            return
        asked = pa.ipc.open_stream(body).read_all()
        snapshot, taken_at = self.readers.shown
        try:
            rows = snapshot.read(asked.schema.metadata[_SQL].decode(), asked.to_pylist()[0])
        except (duckdb.Error, ContractError) as error:
            if snapshot.is_over():
                self.readers.renew()
            self._answer(HTTPStatus.BAD_REQUEST, str(error).encode())
            return
        self._answer(HTTPStatus.OK, _stream(rows), taken_at)

    def _answer(self, status: HTTPStatus, body: bytes, taken_at: datetime | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if taken_at is not None:
            self.send_header(_TAKEN_AT, taken_at.isoformat())
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing on stderr."""


class RemoteTables:
    """The rows of a home that another process writes, by the same queries as DuckTables; HomeInUse if none answers."""

    taken_at: datetime | None

    def __init__(self, note: Path) -> None:
        try:
            where = json.loads(note.read_text("utf-8"))
        except FileNotFoundError:
            raise HomeInUse(
                f"{note.parent} is in use by another tipoff process, which does not answer; try again, or stop it"
            ) from None
        self._token, self._process, self._port = where["token"], where["process"], where["port"]
        self.taken_at = self._ask("SELECT 1", {})[1]

    def query(self, sql: str, reads: Mapping[str, int], params: Mapping[str, Any], *, as_of: bool) -> pa.Table:
        """Rows of a GoogleSQL query behind the door; only parameters that the text names are bound."""
        return self.read(door.duckdb_sql(sql, reads, as_of=as_of), params)

    def read(self, duck_sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Rows of a DuckDB query of our own."""
        return self._ask(duck_sql, params or {})[0]

    def close(self) -> None:
        """Nothing is open between two queries."""

    def _ask(self, duck_sql: str, params: Mapping[str, Any]) -> tuple[pa.Table, datetime]:
        row = pa.table({"": [None], **{name: [value] for name, value in params.items()}})
        body = _stream(row.replace_schema_metadata({_SQL: duck_sql}))
        connection = HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        try:
            connection.request("POST", "/", body, {"Authorization": f"Bearer {self._token}"})
            answer = connection.getresponse()
            content, taken_at = answer.read(), answer.getheader(_TAKEN_AT)
        except (OSError, HTTPException) as error:
            raise HomeInUse(
                f"the tipoff process {self._process}, which has the home open, does not answer; try again, or stop it"
            ) from error
        finally:
            connection.close()
        if answer.status == HTTPStatus.BAD_REQUEST:
            raise duckdb.Error(content.decode())
        if answer.status != HTTPStatus.OK or taken_at is None:
            raise HomeInUse(f"port {self._port} is not the tipoff process that has the home open")
        return pa.ipc.open_stream(content).read_all(), datetime.fromisoformat(taken_at)


def _stream(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())
