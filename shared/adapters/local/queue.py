"""A durable queue on SQLite that behaves like Pub/Sub push: at least once, leases, back-off, dead letters.

Only publishing waits for the disk: a lease or an acknowledgement that a power loss takes back means one delivery more.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.adapters.local.sqlite import Database
from shared.contracts.events import Delivery, Message
from shared.ports import Clock

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, topic TEXT NOT NULL, target TEXT NOT NULL,
  data TEXT NOT NULL, published_at REAL NOT NULL, due_at REAL NOT NULL, attempt INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'queued', error TEXT
);
CREATE INDEX IF NOT EXISTS messages_open ON messages (due_at, seq) WHERE state IN ('queued', 'leased');
"""
_COLUMNS = "seq, id, topic, target, data, published_at, attempt"


class SqliteQueue:
    """Messages of all topics in one table; a row lives through queued, leased, and done or dead."""

    def __init__(self, path: Path, clock: Clock, engine: Mapping[str, int], *, durable: bool = False) -> None:
        self._db = Database(path, _SCHEMA, durable=durable)
        self._clock = clock
        self._limits = engine

    def publish(self, messages: Sequence[Message]) -> None:
        """Add the messages, all or none."""
        now = self._clock.now().timestamp()
        rows = [(m.id, m.topic, m.to, m.data, now, now) for m in messages]
        sql = "INSERT INTO messages (id, topic, target, data, published_at, due_at) VALUES (?, ?, ?, ?, ?, ?)"
        if rows:
            with self._db.transaction() as connection:
                connection.executemany(sql, rows)

    def lease(self, like: Sequence[str] = ("*",)) -> Delivery | None:
        """The next message that is due, hidden from others until its lease ends; None if nothing is due.

        Only messages whose id is `like` one of these patterns of SQLite's GLOB.
        """
        now = self._clock.now().timestamp()
        named = " OR ".join("id GLOB ?" for _ in like)
        sql = f"SELECT {_COLUMNS} FROM messages WHERE state IN ('queued', 'leased') AND due_at <= ? AND ({named}) ORDER BY due_at, seq LIMIT 1"  # noqa: S608,E501 - no values in the text
        if not self._db.rows(sql, (now, *like)):
            return None  # the usual answer; it needs no write lock
        with self._db.transaction(lasting=False) as connection:
            row = connection.execute(sql, (now, *like)).fetchone()
            if row is None:
                return None
            until = now + self._limits["ack_deadline_s"]
            update = "UPDATE messages SET state = 'leased', attempt = attempt + 1, due_at = ? WHERE seq = ?"
            connection.execute(update, (until, row[0]))
        return _delivery(row, this_one=1)

    def ack(self, delivery: Delivery) -> None:
        """Done: never delivered again."""
        with self._db.transaction(lasting=False) as connection:
            connection.execute("UPDATE messages SET state = 'done', error = NULL WHERE seq = ?", (delivery.receipt,))

    def nack(self, delivery: Delivery, error: str) -> bool:
        """Deliver again after the back-off; after the last attempt to the dead letters. Whether it is dead now."""
        dead = delivery.attempt >= self._limits["max_attempts"]
        due = self._clock.now() + timedelta(seconds=self._backoff_s(delivery.attempt))
        held = "state = 'leased' AND attempt = ?"  # a late answer must not revive what was done or leased again since
        sql = f"UPDATE messages SET state = ?, due_at = ?, error = ? WHERE seq = ? AND {held}"  # noqa: S608
        args = ("dead" if dead else "queued", due.timestamp(), error, delivery.receipt, delivery.attempt)
        with self._db.transaction(lasting=False) as connection:
            return connection.execute(sql, args).rowcount == 1 and dead

    def _backoff_s(self, attempt: int) -> int:
        return int(min(self._limits["backoff_max_s"], self._limits["backoff_min_s"] * 2 ** (attempt - 1)))

    def next_due(self) -> datetime | None:
        """When the next message can be leased, or None if there is none."""
        sql = "SELECT MIN(due_at) FROM messages WHERE state IN ('queued', 'leased')"
        [(due_at,)] = self._db.rows(sql)
        return None if due_at is None else datetime.fromtimestamp(due_at, UTC)

    def reclaim(self) -> int:
        """Make every leased message due at once: right when this is the only process on the file, after a crash."""
        now = self._clock.now().timestamp()
        sql = "UPDATE messages SET state = 'queued', due_at = ? WHERE state = 'leased'"
        with self._db.transaction() as connection:
            return connection.execute(sql, (now,)).rowcount

    def hasten(self) -> int:
        """Make every message due at once: back-offs of a clock that was ahead would last as long; how many were not."""
        now = self._clock.now().timestamp()
        sql = "UPDATE messages SET state = 'queued', due_at = ? WHERE state IN ('queued', 'leased') AND due_at > ?"
        with self._db.transaction() as connection:
            return connection.execute(sql, (now, now)).rowcount

    def counts(self) -> dict[str, int]:
        """Derived from the rows: published, done, queued, dead, redeliveries."""
        sql = (
            "SELECT COUNT(*), SUM(state = 'done'), SUM(state IN ('queued', 'leased')), SUM(state = 'dead'),"
            " SUM(MAX(attempt - 1, 0)) FROM messages"
        )
        [counts] = self._db.rows(sql)
        names = ("published", "done", "queued", "dead", "redeliveries")
        return dict(zip(names, (int(n or 0) for n in counts), strict=True))

    def dead_letters(self) -> list[tuple[str, str, str]]:
        """Receipt, message id and last error of every dead letter."""
        sql = "SELECT seq, id, error FROM messages WHERE state = 'dead' ORDER BY seq"
        return [(str(seq), i, e or "") for seq, i, e in self._db.rows(sql)]

    def dead(self, receipt: str) -> Delivery | None:
        """A dead letter whole, or None if no dead letter has this receipt."""
        sql = f"SELECT {_COLUMNS} FROM messages WHERE state = 'dead' AND seq = ?"  # noqa: S608 - names only
        rows = self._db.rows(sql, (receipt,))
        return _delivery(rows[0]) if rows else None

    def redrive(self, receipts: Sequence[str]) -> int:
        """Put dead letters back, due now, with all their attempts before them; how many there were."""
        now = self._clock.now().timestamp()
        sql = "UPDATE messages SET state = 'queued', attempt = 0, due_at = ? WHERE state = 'dead' AND seq = ?"
        with self._db.transaction() as connection:
            return sum(connection.execute(sql, (now, r)).rowcount for r in receipts)

    def close(self) -> None:
        """Release the file."""
        self._db.close()


def _delivery(row: Sequence[Any], this_one: int = 0) -> Delivery:
    """A row of `_COLUMNS` as a delivery; `this_one` counts an attempt that the row does not have yet."""
    seq, message_id, topic, target, data, published_at, attempts = row
    message = Message(id=message_id, topic=topic, to=target, data=data)
    published = datetime.fromtimestamp(published_at, UTC)
    return Delivery(message=message, receipt=str(seq), attempt=attempts + this_one, published_at=published)
