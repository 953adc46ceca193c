"""The named write points of a process: the engine's own, and one before and after every write of queue and warehouse."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from shared.adapters.local import warehouse
from shared.adapters.local.archive import FileArchive
from shared.adapters.local.queue import SqliteQueue
from shared.adapters.local.warehouse import DuckTables
from shared.contracts.events import Delivery


@dataclass(frozen=True)
class Hit:
    """One passing of a point: the function, the message, and the count of this point on that message, from 1."""

    function: str
    point: str
    message: str
    number: int


@dataclass
class Watcher:
    """Calls `seen` at every point. The current message names the function; between messages it is `runtime`."""

    seen: Callable[[Hit], None]
    function: str = "runtime"
    message: str = ""
    _counts: Counter[str] = field(default_factory=Counter)

    def at(self, point: str) -> None:
        """A point is passed."""
        self._counts[point] += 1
        self.seen(Hit(self.function, point, self.message, self._counts[point]))

    def takes(self, delivery: Delivery) -> None:
        """The message is the current one from now on."""
        self.function, self.message = delivery.message.to, delivery.message.id
        self._counts.clear()


def killer(wanted: Hit) -> Callable[[Hit], None]:
    """Kills the process by SIGKILL at the wanted hit: no handler runs, no buffer is flushed, no lock released."""

    def seen(hit: Hit) -> None:
        if hit == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return seen


def install(watcher: Watcher) -> None:
    """Put points around the writes of the local stores, for the life of this process."""
    lease = SqliteQueue.lease

    def leased(self: SqliteQueue, like: Sequence[str] = ("*",)) -> Delivery | None:
        delivery = lease(self, like)
        if delivery is not None:
            watcher.takes(delivery)
            watcher.at("queue.leased")
        return delivery

    SqliteQueue.lease = leased  # type: ignore[method-assign]
    _around(SqliteQueue, "ack", watcher, "queue.ack", "queue.acked")
    _around(warehouse, "put", watcher, "warehouse.fenced", "warehouse.put")
    _around(DuckTables, "write", watcher, "warehouse.open", "warehouse.committed")
    _around(FileArchive, "put", watcher, "archive.write", "archive.written")


def _around(owner: type | ModuleType, name: str, watcher: Watcher, before: str, after: str) -> None:
    real = getattr(owner, name)

    def wrapped(*args: Any, **more: Any) -> Any:
        watcher.at(before)
        result = real(*args, **more)
        watcher.at(after)
        return result

    setattr(owner, name, wrapped)
