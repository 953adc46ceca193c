"""One SQLite connection per thread, in WAL mode, with immediate transactions; SQLite's errors by their code."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.errors import FileDamaged, FileUnusable, StoreUnavailable

BUSY_TIMEOUT_S = 30
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}  # the last: tables of other columns
_UNUSABLE = {
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM,
}  # fmt: skip


class Database:
    """A SQLite file. `durable` adds an fsync per commit: needed against power loss, not against a killed process."""

    def __init__(self, path: Path, schema: str, *, durable: bool = False) -> None:
        self.path = path
        self._schema = schema
        self._synchronous = "FULL" if durable else "NORMAL"
        self._local = threading.local()
        self._writer = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._errors():
            self._connection()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Every row of a query."""
        with self._errors():
            return self._connection().execute(sql, values).fetchall()

    @contextmanager
    def transaction(self, *, lasting: bool = True) -> Iterator[sqlite3.Connection]:
        """All or nothing.

        A transaction that need not be `lasting` does not wait for the disk: a killed process loses none of it, a power
        loss may take it back until the next lasting commit on the file, which brings all before it to the disk.
        """
        with self._writer, self._errors():  # threads of this process wait here; SQLite would have them sleep and retry
            connection = self._connection()
            if self._synchronous == "FULL":
                connection.execute(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk may have ended it
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(f"PRAGMA synchronous = {self._synchronous}")
                connection.executescript(self._schema)
            except sqlite3.Error:
                connection.close()
                raise
            self._local.connection = connection
        return connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise SQLite's errors as those of `shared.errors`: locked, damaged, unusable."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code of an extended one
            if code in _LOCKED:
                raise StoreUnavailable(f"{self.path}: {error}") from error
            if code in _DAMAGED:
                raise FileDamaged(self.path, error) from error
            if code in _UNUSABLE:
                raise FileUnusable(self.path, error) from error
            raise
