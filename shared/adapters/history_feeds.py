"""The history folder as a feed: Parquet files that answer like a live source would have at a moment in the past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import RLock

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shared.contracts.history_files import HISTORY, HistoryFile
from shared.contracts.work import Answer, Request
from shared.errors import ContractError, UserError
from shared.map.loader import pipeline_map
from shared.rules import history_times
from shared.rules.dates import eastern_instant, parse_utc

_SMALL_ROWS = 5_000  # below this, compressing costs more time than it saves space


@dataclass(frozen=True)
class _Resident:
    """A file in memory: rows sorted by date, the day number of each, and when each became known."""

    rows: pa.Table
    days: npt.NDArray[np.int32]
    known_at: pa.Array


class HistoryFeeds:
    """Answers `Request("history", file, {from, to, known_by})` with the rows of that window known by then, as Parquet.

    A file of the format that the folder lacks answers with no bytes at all. Raises UserError for a missing folder or
    needed file, ContractError (naming the file) for one that is damaged or lacks a column; both already on creation.
    """

    def __init__(self, folder: Path, assumptions: Mapping[str, int] | None = None) -> None:
        if not folder.is_dir():
            raise UserError(f"no such data folder: {folder}")
        self._folder = folder
        self._assumptions = assumptions or pipeline_map().assumptions
        self._resident: dict[str, _Resident] = {}
        self._lock = RLock()
        self._files = {name: sorted(folder.glob(file.pattern)) for name, file in HISTORY.items()}
        for name, file in HISTORY.items():
            self._check(name, file)

    def fetch(self, request: Request) -> Answer:
        """The asked window as Parquet bytes, or no bytes where the folder has no such file."""
        if request.site != "history" or request.path not in HISTORY:
            raise ContractError(f"the history folder has no {request.site}/{request.path}")
        if not self._files[request.path]:
            return Answer(b"")
        first, last = (date.fromisoformat(request.params[p]) for p in ("from", "to"))
        return Answer(_parquet(self._slice(request.path, first, last, parse_utc(request.params["known_by"]))))

    def first_and_last_date(self) -> tuple[date, date]:
        """The dates of the first and the last game in the folder; UserError if it has no game."""
        days = self._load("games").days
        if not len(days):
            raise UserError(f"no game in {self._folder}")
        start = date(1970, 1, 1)
        return start + timedelta(days=int(days[0])), start + timedelta(days=int(days[-1]))

    def _slice(self, name: str, first: date, last: date, known_by: datetime) -> pa.Table:
        held = self._load(name)
        if name == "injury_snapshots":
            return _spans(held.rows, first, last, known_by)
        bounds = np.searchsorted(held.days, [history_times.day_number(first), history_times.day_number(last) + 1])
        start, length = int(bounds[0]), int(bounds[1] - bounds[0])
        rows = held.rows.slice(start, length)
        known = pc.less_equal(held.known_at.slice(start, length), pa.scalar(known_by, history_times.INSTANT))
        rows = rows.filter(known)
        return self._without_outcome(rows, known_by) if name == "games" else rows

    def _without_outcome(self, games: pa.Table, known_by: datetime) -> pa.Table:
        """Overtimes are an outcome: unknown until the game is over."""
        overtimes = history_times.column(games, "overtimes")
        ends = history_times.game_ends(history_times.tips(games, self._assumptions), overtimes, self._assumptions)
        over = pc.less_equal(ends, pa.scalar(known_by, history_times.INSTANT))
        shown = pc.if_else(over, overtimes, pa.scalar(None, pa.int64()))
        return games.set_column(games.schema.get_field_index("overtimes"), "overtimes", shown)

    def _load(self, name: str) -> _Resident:
        with self._lock:
            if name not in self._resident:
                games = None if name in ("games", "injury_snapshots") else self._load("games").rows
                self._resident[name] = self._read(name, games)
            return self._resident[name]

    def _read(self, name: str, games: pa.Table | None) -> _Resident:
        file = HISTORY[name]
        parts = [_read_file(path, file) for path in self._files[name]]
        if "game_date" not in file.columns:
            rows = pa.concat_tables(parts)
            return _Resident(rows, np.empty(0, np.int32), pa.nulls(len(rows), history_times.INSTANT))
        rows = pa.concat_tables(sorted((_by_date(p) for p in parts), key=_first_day))
        days = _days(rows)
        if (np.diff(days) < 0).any():  # files that overlap in time
            rows = _by_date(rows)
            days = _days(rows)
        known_at = history_times.known_at(name, rows, rows if games is None else games, self._assumptions)
        pa.default_memory_pool().release_unused()
        return _Resident(rows, days, known_at)

    def _check(self, name: str, file: HistoryFile) -> None:
        paths = self._files[name]
        if not paths and file.needed:
            raise UserError(f"{self._folder} has no {file.pattern}: see docs/history-format.md")
        for path in paths:
            try:
                present = set(pq.read_schema(path).names)
            except (pa.ArrowException, OSError) as error:
                raise ContractError(f"{path.name} is not a whole Parquet file: {_first_line(error)}") from error
            missing = sorted(set(file.columns) - present)
            if missing:
                raise ContractError(f"{path.name} lacks the column(s) {', '.join(missing)} of {name}")


def _read_file(path: Path, file: HistoryFile) -> pa.Table:
    schema = pa.schema(list(file.columns.items()))
    try:
        return pq.read_table(path, columns=list(file.columns)).select(schema.names).cast(schema)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ContractError(f"{path.name} cannot be read: {_first_line(error)}") from error


def _days(rows: pa.Table) -> npt.NDArray[np.int32]:
    return np.asarray(history_times.column(rows, "game_date").cast(pa.int32()).to_numpy())


def _first_day(rows: pa.Table) -> int:
    return int(_days(rows)[0]) if len(rows) else 0


def _by_date(rows: pa.Table) -> pa.Table:
    return rows.take(pa.array(np.argsort(_days(rows), kind="stable")))


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _spans(rows: pa.Table, first: date, last: date, known_by: datetime) -> pa.Table:
    """Statuses shown at some time of the window and first seen by `known_by`; what came later is cut off."""
    start = eastern_instant(first, 0)
    end = min(eastern_instant(last + timedelta(days=1), 0) - timedelta(microseconds=1), known_by)
    seen_first, seen_last = (history_times.column(rows, f"{x}_seen_utc") for x in ("first", "last"))
    inside = pc.and_(
        pc.less_equal(seen_first, pa.scalar(end, history_times.INSTANT)),
        pc.greater_equal(seen_last, pa.scalar(start, history_times.INSTANT)),
    )
    shown = rows.filter(inside)
    seen_last, now = history_times.column(shown, "last_seen_utc"), pa.scalar(known_by, history_times.INSTANT)
    cut = pc.if_else(pc.less(seen_last, now), seen_last, now)
    return shown.set_column(shown.schema.get_field_index("last_seen_utc"), "last_seen_utc", cut)


def _parquet(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    large = len(rows) > _SMALL_ROWS
    pq.write_table(
        rows,
        sink,
        compression="zstd" if large else "none",
        use_dictionary=large,
        write_statistics=large,
        store_schema=False,
    )
    return bytes(sink.getvalue())
