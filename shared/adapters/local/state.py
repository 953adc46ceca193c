"""The State port on SQLite."""

import json
from collections.abc import Sequence
from pathlib import Path

from shared.adapters.local.sqlite import Database
from shared.ports import Doc, Stored

_SCHEMA = """
CREATE TABLE IF NOT EXISTS docs (
  collection TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, version INTEGER NOT NULL, state TEXT,
  PRIMARY KEY (collection, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS docs_by_state ON docs (collection, state, id) WHERE state IS NOT NULL;
"""
_BATCH = 500
# A power loss that takes a claim back has ended its worker too, and the warehouse's fence keeps the claim's token.
_NOT_LASTING = frozenset({"claims"})


class SqliteState:
    """Documents in one table; a version number makes compare-and-set exact."""

    def __init__(self, path: Path, *, durable: bool = False) -> None:
        self._db = Database(path, _SCHEMA, durable=durable)

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        """Write the document unless the id exists; whether it was written."""
        sql = "INSERT INTO docs VALUES (?, ?, ?, 1, ?) ON CONFLICT DO NOTHING"
        with self._db.transaction(lasting=collection not in _NOT_LASTING) as connection:
            done = connection.execute(sql, (collection, doc_id, json.dumps(doc), doc.get("state")))
            return done.rowcount == 1

    def get(self, collection: str, doc_id: str) -> Stored | None:
        """The document, or None."""
        sql = "SELECT body, version FROM docs WHERE collection = ? AND id = ?"
        rows = self._db.rows(sql, (collection, doc_id))
        return Stored(doc_id, json.loads(rows[0][0]), str(rows[0][1])) if rows else None

    def get_many(self, collection: str, doc_ids: Sequence[str]) -> dict[str, Doc]:
        """Those of the documents that exist, by id."""
        docs: dict[str, Doc] = {}
        for start in range(0, len(doc_ids), _BATCH):
            some = doc_ids[start : start + _BATCH]
            marks = ",".join("?" * len(some))
            sql = f"SELECT id, body FROM docs WHERE collection = ? AND id IN ({marks})"  # noqa: S608 - only marks
            docs.update((doc_id, json.loads(body)) for doc_id, body in self._db.rows(sql, (collection, *some)))
        return docs

    def get_all(self, *refs: tuple[str, str]) -> list[Doc | None]:
        """Documents of several collections, None for a missing one."""
        return [stored.doc if stored else None for stored in (self.get(*ref) for ref in refs)]

    def replace(self, collection: str, doc_id: str, doc: Doc, version: str) -> bool:
        """Write the document if its version is still `version`; whether it was written."""
        sql = (
            "UPDATE docs SET body = ?, version = version + 1, state = ? WHERE collection = ? AND id = ? AND version = ?"
        )
        with self._db.transaction(lasting=collection not in _NOT_LASTING) as connection:
            args = (json.dumps(doc), doc.get("state"), collection, doc_id, int(version))
            return connection.execute(sql, args).rowcount == 1

    def find(self, collection: str, state: str, limit: int = 1000) -> list[Stored]:
        """Documents whose field `state` has this value, ordered by id."""
        sql = "SELECT id, body, version FROM docs WHERE collection = ? AND state = ? ORDER BY id LIMIT ?"
        return [Stored(i, json.loads(b), str(v)) for i, b, v in self._db.rows(sql, (collection, state, limit))]

    def delete(self, collection: str, doc_id: str) -> None:
        """Remove the document if it is there."""
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM docs WHERE collection = ? AND id = ?", (collection, doc_id))

    def ids(self, collection: str, prefix: str) -> list[str]:
        """Ids of a collection with this prefix, in order; for the operator's commands, not for the protocol."""
        sql = "SELECT id FROM docs WHERE collection = ? AND id >= ? AND id < ? ORDER BY id"
        return [row[0] for row in self._db.rows(sql, (collection, prefix, prefix + "\uffff"))]

    def close(self) -> None:
        """Release the file."""
        self._db.close()
