"""A home as the pages read it: its stores, its rows as one snapshot, and a stamp that changes with either."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from shared.adapters.local.readers import HomeRows, RemoteTables
from shared.errors import HomeInUse
from shared.ports import Clock
from shared.rules.dates import eastern_date
from tipoff.home import SAMPLE, Home
from tipoff.operate import overview
from tipoff.operate.stores import open_stores

T = TypeVar("T")
LOOK_EVERY_S = 0.5  # between two looks at whether the home has changed
KEPT = 128  # answers
TRIES = 3  # to read everything of a page from one snapshot


@dataclass(frozen=True)
class Stamp:
    """Which rows and which state a page shows. `as_of` is when the rows were last written, None without any.

    `is_written` says whether a process has the home open for writing.
    """

    rows: str
    state: str
    as_of: datetime | None
    is_written: bool

    @property
    def text(self) -> str:
        """Short, and another one whenever rows or state are others."""
        return sha256(f"{self.rows} {self.state}".encode()).hexdigest()[:16]


class Site:
    """One home, for reading by many threads. UserError if it holds no state."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self.home, self.clock, self.stores = home, clock, open_stores(home)
        origin = home.origin()
        self.is_replay = origin is not None and origin.source in (SAMPLE, "history")
        self._lock = threading.Lock()
        self._looked_at, self._stamp = float("-inf"), self._look()
        self._kept: OrderedDict[tuple[object, ...], object] = OrderedDict()

    def day(self) -> date:
        """Tonight: the latest date of a replayed home that has one, else today's."""
        has_ended = self.is_replay and self.stores.run_ids()
        return overview.latest_date(self.stores) if has_ended else eastern_date(self.clock.now())

    def stamp(self, *, at_most_s: float = LOOK_EVERY_S) -> Stamp:
        """The home's stamp, at most so many seconds old."""
        with self._lock:
            if time.monotonic() - self._looked_at > at_most_s:
                self._stamp, self._looked_at = self._look(), time.monotonic()
            return self._stamp

    def of_rows(self, key: tuple[object, ...], make: Callable[[HomeRows], T]) -> T:
        """What `make` gives for the rows, all of one snapshot; kept under the key until the rows are others."""
        for attempt in range(1, TRIES + 1):
            before = self.stamp().rows
            if (found := self._find((*key, before))) is not None:
                return found  # type: ignore[return-value] # the key says what it is
            with closing(self.home.tables()) as tables:
                made = make(tables)
            if attempt == TRIES or self.stamp(at_most_s=0.0).rows == before:
                self._keep((*key, before), made)
                break
        return made

    def of_stamp(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` gives, kept under the key until rows or state are others."""
        whole = (*key, self.stamp().text)
        if (found := self._find(whole)) is not None:
            return found  # type: ignore[return-value] # the key says what it is
        made = make()
        self._keep(whole, made)
        return made

    def _find(self, key: tuple[object, ...]) -> object:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: tuple[object, ...], made: object) -> None:
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def _look(self) -> Stamp:
        files = self.home.files
        state = " ".join(_version(p) for p in (*_both(files.state), *_both(files.queue), files.models))
        try:
            taken_at = RemoteTables(files.readers).taken_at if files.readers.exists() else None
        except HomeInUse:  # the writer has ended without taking its note away, or is just ending
            taken_at = None
        if taken_at is not None:
            return Stamp(taken_at.isoformat(), state, taken_at, is_written=True)
        if not files.warehouse.exists():
            return Stamp("", state, None, is_written=False)
        written = datetime.fromtimestamp(files.warehouse.stat().st_mtime, UTC)
        return Stamp(_version(files.warehouse), state, written, is_written=False)


def _both(database: Path) -> tuple[Path, Path]:
    """A SQLite file and its log, to which commits go first."""
    return database, database.with_name(f"{database.name}-wal")


def _version(path: Path) -> str:
    try:
        found = path.stat()
    except FileNotFoundError:
        return "-"
    return f"{found.st_mtime_ns}.{found.st_size}"
