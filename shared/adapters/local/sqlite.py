"""One SQLite connection per thread, in WAL mode, with immediate transactions."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.errors import StoreUnavailable, UserError

BUSY_TIMEOUT_S = 30


class Database:
    """A SQLite file. `durable` adds an fsync per commit: needed against power loss, not against a killed process."""

    def __init__(self, path: Path, schema: str, *, durable: bool = False) -> None:
        self.path = path
        self._schema = schema
        self._synchronous = "FULL" if durable else "NORMAL"
        self._local = threading.local()
        self._writer = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection()

    def connection(self) -> sqlite3.Connection:
        """This thread's connection; UserError if the file is not a database."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            try:
                found.execute("PRAGMA journal_mode = WAL")
                found.execute(f"PRAGMA synchronous = {self._synchronous}")
                found.executescript(self._schema)
            except sqlite3.DatabaseError as error:
                found.close()
                message = f"{self.path} is not a readable state file ({error}); move it away and run again"
                raise UserError(message) from error
            self._local.connection = found
        return found

    @contextmanager
    def transaction(self, *, lasting: bool = True) -> Iterator[sqlite3.Connection]:
        """All or nothing; StoreUnavailable when the database stays locked.

        What need not be `lasting` is not waited for on the disk: a killed process loses none of it, a power loss may
        take it back until the next lasting commit on the file, which brings all before it to the disk.
        """
        connection = self.connection()
        with self._writer:  # threads of this process wait in line here; SQLite would have them sleep and try again
            if self._synchronous == "FULL":
                connection.execute(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise StoreUnavailable(f"{self.path}: {error}") from error
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close this thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            found.close()
            self._local.connection = None
