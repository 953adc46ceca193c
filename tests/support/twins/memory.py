"""Memory twins of State and of the queue: the same semantics without a disk, for simulations and fast tests."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from shared.contracts.events import Delivery, Message
from shared.ports import Clock, Doc, Stored


class MemoryState:
    """Documents as JSON text, so that no two readers share an object."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._docs: dict[str, dict[str, tuple[str, int, str | None]]] = {}

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        """Write the document unless the id exists; whether it was written."""
        kept = (json.dumps(doc), 1, doc.get("state"))
        with self._lock:
            return self._docs.setdefault(collection, {}).setdefault(doc_id, kept) is kept

    def get(self, collection: str, doc_id: str) -> Stored | None:
        """The document, or None."""
        kept = self._docs.get(collection, {}).get(doc_id)
        return Stored(doc_id, json.loads(kept[0]), str(kept[1])) if kept else None

    def get_many(self, collection: str, doc_ids: Sequence[str]) -> dict[str, Doc]:
        """Those of the documents that exist, by id."""
        docs = self._docs.get(collection, {})
        return {i: json.loads(docs[i][0]) for i in doc_ids if i in docs}

    def get_all(self, *refs: tuple[str, str]) -> list[Doc | None]:
        """Documents of several collections, None for a missing one."""
        return [stored.doc if stored else None for stored in (self.get(*ref) for ref in refs)]

    def replace(self, collection: str, doc_id: str, doc: Doc, version: str) -> bool:
        """Write the document if its version is still `version`; whether it was written."""
        body = json.dumps(doc)
        with self._lock:
            kept = self._docs.get(collection, {}).get(doc_id)
            if kept is None or str(kept[1]) != version:
                return False
            self._docs[collection][doc_id] = (body, kept[1] + 1, doc.get("state"))
            return True

    def find(self, collection: str, state: str, limit: int = 1000) -> list[Stored]:
        """Documents whose field `state` has this value, ordered by id."""
        with self._lock:
            ids = sorted(i for i, kept in self._docs.get(collection, {}).items() if kept[2] == state)
        return [stored for i in ids[:limit] if (stored := self.get(collection, i)) is not None]

    def delete(self, collection: str, doc_id: str) -> None:
        """Remove the document if it is there."""
        with self._lock:
            self._docs.get(collection, {}).pop(doc_id, None)

    def ids(self, collection: str, prefix: str) -> list[str]:
        """Ids of a collection with this prefix."""
        with self._lock:
            return sorted(i for i in self._docs.get(collection, {}) if i.startswith(prefix))


@dataclass(frozen=True)
class _Entry:
    message: Message
    published_at: datetime
    due_at: datetime
    attempt: int = 0
    leased: bool = False
    error: str = ""


class MemoryQueue:
    """Leases, back-off and dead letters as in the SQLite queue; of messages that are done only the count is kept."""

    def __init__(self, clock: Clock, engine: Mapping[str, int]) -> None:
        self._clock = clock
        self._limits = engine
        self._lock = threading.Lock()
        self._live: dict[str, _Entry] = {}
        self._dead: dict[str, _Entry] = {}
        self._published = self._done = self._done_again = 0

    def publish(self, messages: Sequence[Message]) -> None:
        """Add the messages."""
        now = self._clock.now()
        with self._lock:
            for message in messages:
                self._published += 1
                self._live[str(self._published)] = _Entry(message, now, now)

    def lease(self, like: Sequence[str] = ("*",)) -> Delivery | None:
        """The next message that is due and like a pattern, hidden from others until its lease ends; None without."""
        now = self._clock.now()
        with self._lock:
            named = [(r, e) for r, e in self._live.items() if any(fnmatchcase(e.message.id, p) for p in like)]
            due = [(e.due_at, int(r)) for r, e in named if e.due_at <= now]
            if not due:
                return None
            receipt = str(min(due)[1])
            entry = self._live[receipt]
            until = now + timedelta(seconds=self._limits["ack_deadline_s"])
            entry = replace(entry, attempt=entry.attempt + 1, due_at=until, leased=True)
            self._live[receipt] = entry
        return Delivery(message=entry.message, receipt=receipt, attempt=entry.attempt, published_at=entry.published_at)

    def ack(self, delivery: Delivery) -> None:
        """Done: never delivered again."""
        with self._lock:
            entry = self._live.pop(delivery.receipt, None) or self._dead.pop(delivery.receipt, None)
            if entry is not None:
                self._done += 1
                self._done_again += entry.attempt - 1

    def nack(self, delivery: Delivery, error: str) -> bool:
        """Deliver again after the back-off; after the last attempt to the dead letters. Whether it is dead now."""
        limits, attempt = self._limits, delivery.attempt
        wait = min(limits["backoff_max_s"], limits["backoff_min_s"] * 2 ** (attempt - 1))
        due_at = self._clock.now() + timedelta(seconds=wait)
        dead = attempt >= limits["max_attempts"]
        with self._lock:
            entry = self._live.pop(delivery.receipt, None)
            if entry is not None:
                kept = self._dead if dead else self._live
                kept[delivery.receipt] = replace(entry, due_at=due_at, leased=False, error=error)
        return dead

    def next_due(self) -> datetime | None:
        """When the next message can be leased, or None if there is none."""
        with self._lock:
            due_at = min((e.due_at for e in self._live.values()), default=None)
        return None if due_at is None else due_at.astimezone(UTC)

    def reclaim(self) -> int:
        """Make every leased message due at once, as after a crash of every worker."""
        now = self._clock.now()
        with self._lock:
            leased = {r: replace(e, due_at=now, leased=False) for r, e in self._live.items() if e.leased}
            self._live.update(leased)
        return len(leased)

    def counts(self) -> dict[str, int]:
        """published, done, queued, dead, redeliveries."""
        with self._lock:
            again = sum(max(e.attempt - 1, 0) for e in (*self._live.values(), *self._dead.values()))
            return {
                "published": self._published,
                "done": self._done,
                "queued": len(self._live),
                "dead": len(self._dead),
                "redeliveries": self._done_again + again,
            }

    def dead_letters(self) -> list[tuple[str, str, str]]:
        """Receipt, message id and last error of every dead letter."""
        with self._lock:
            return [(r, e.message.id, e.error) for r, e in sorted(self._dead.items(), key=lambda kv: int(kv[0]))]

    def dead(self, receipt: str) -> Delivery | None:
        """A dead letter whole, or None if no dead letter has this receipt."""
        entry = self._dead.get(receipt)
        if entry is None:
            return None
        return Delivery(message=entry.message, receipt=receipt, attempt=entry.attempt, published_at=entry.published_at)

    def redrive(self, receipts: Sequence[str]) -> int:
        """Put dead letters back, due now, with all their attempts before them; how many there were."""
        now, redriven = self._clock.now(), 0
        with self._lock:
            for receipt in receipts:
                entry = self._dead.pop(receipt, None)
                if entry is not None:
                    self._live[receipt] = replace(entry, attempt=0, due_at=now, leased=False)
                    redriven += 1
        return redriven
