"""The history folder as a feed: Parquet files, read as a live source would have answered at a moment in the past."""

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
from shared.rules import history_rows, history_times
from shared.rules.dates import eastern_instant, parse_utc

_SHOWN = ("game_id", "game_date", "season", "season_type", "tip_utc")  # of a row that contradicts itself
_OF_SNAPSHOT = ("game_id", "source")
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
    needed file, ContractError (naming the file) for one that is damaged or lacks a required column; both already on
    creation. A file of which most rows contradict their game ids is a ContractError when it is first read.
    """

    def __init__(self, folder: Path, assumptions: Mapping[str, int] | None = None) -> None:
        if not folder.is_dir():
            raise UserError(f"no such data folder: {folder}")
        self._folder = folder
        self._assumptions = assumptions or pipeline_map().assumptions
        self._most_misfits = pipeline_map().coverage["max_refused_share"]
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
        rows = rows.filter(
            pc.fill_null(known, fill_value=True)
        )  # a row without a time is left to the parser, which refuses it
        if name == "props_points":
            return listed_until(rows, known_by)
        return self._without_outcome(rows, known_by) if name == "games" else rows

    def _without_outcome(self, games: pa.Table, known_by: datetime) -> pa.Table:
        """Overtimes and points are an outcome: unknown until the game is over."""
        over = history_times.over_by(known_by, games, self._assumptions)
        for name in ("overtimes", "home_points", "away_points"):
            shown = pc.if_else(over, history_times.column(games, name), pa.scalar(None, pa.int64()))
            games = _with(games, name, shown)
        return games

    def _load(self, name: str) -> _Resident:
        with self._lock:
            if name not in self._resident:
                games = None if name in ("games", "injury_snapshots") else self._load("games").rows
                self._resident[name] = self._read(name, None if games is None else history_rows.fitting(games))
            return self._resident[name]

    def _read(self, name: str, games: pa.Table | None) -> _Resident:
        file = HISTORY[name]
        parts = [_read_file(path, file) for path in self._files[name]]
        if "game_date" not in file.columns:
            rows = pa.concat_tables(parts)
            return _Resident(rows, np.empty(0, np.int32), pa.nulls(len(rows), history_times.INSTANT))
        parts = parts if games is None else [_with_dates_of(games, part) for part in parts]
        if "game_id" in file.required:
            for path, part in zip(self._files[name], parts, strict=True):
                self._check_fit(path, part)
        rows = pa.concat_tables(sorted((_by_date(p) for p in parts), key=_first_day))
        days = _days(rows)
        if (np.diff(days) < 0).any():  # files that overlap in time
            rows = _by_date(rows)
            days = _days(rows)
        known_at = history_times.known_at(name, rows, rows if games is None else games, self._assumptions)
        pa.default_memory_pool().release_unused()
        return _Resident(rows, days, known_at)

    def _check_fit(self, path: Path, rows: pa.Table) -> None:
        """ContractError if more rows contradict their game ids than a document may have refused."""
        broken = history_rows.misfits(rows)
        misfits = len(broken) - broken.null_count
        if misfits > self._most_misfits * len(rows):
            first = pc.index(pc.is_valid(broken), value=True).as_py()
            example = {n: str(v) for n, v in rows.slice(first, 1).to_pylist()[0].items() if n in _SHOWN}
            raise ContractError(
                f"{path.name}: {misfits:,} of {len(rows):,} rows contradict their game ids; {broken[first]}: {example}"
            )

    def _check(self, name: str, file: HistoryFile) -> None:
        paths = self._files[name]
        if not paths and file.needed:
            raise UserError(f"{self._folder} has no {file.pattern}: see docs/history-format.md")
        for path in paths:
            try:
                present = set(pq.read_schema(path).names)
            except (pa.ArrowException, OSError) as error:
                raise ContractError(f"{path.name} is not a whole Parquet file: {_first_line(error)}") from error
            missing = sorted(set(file.required) - present)
            if missing:
                raise ContractError(f"{path.name} lacks the column(s) {', '.join(missing)} of {name}")


def _read_file(path: Path, file: HistoryFile) -> pa.Table:
    """The file's columns in the contract's types; a column that it lacks is null."""
    try:
        whole = pq.ParquetFile(path)
        given = whole.read([name for name in file.columns if name in whole.schema_arrow.names])
        columns = [
            _cast(given.column(name), name, kind) if name in given.column_names else pa.nulls(len(given), kind)
            for name, kind in file.columns.items()
        ]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ContractError(f"{path.name} cannot be read: {_first_line(error)}") from error
    rows = pa.table(columns, schema=pa.schema(list(file.columns.items())))
    if "status" in file.columns:  # a status with one time was seen at that time
        rows = _with(rows, "last_seen_utc", pc.coalesce(rows["last_seen_utc"], rows["first_seen_utc"]))
    return rows


def _cast(values: pa.ChunkedArray, name: str, kind: pa.DataType) -> pa.ChunkedArray:
    """The values in the contract's type, with the repairs that are certain (docs/history-format.md)."""
    if pa.types.is_large_string(values.type):
        values = values.cast(pa.string())
    if kind == history_times.INSTANT and pa.types.is_string(values.type):
        values = history_rows.with_zone(values)
    if kind == pa.date32() and pa.types.is_string(values.type):
        values = pc.utf8_slice_codeunits(values, 0, 10)  # without a time of day
    if kind == pa.string() and pa.types.is_floating(values.type):
        values = values.cast(pa.int64())  # numbers beside nulls
    values = values.cast(kind)
    return history_rows.ten_digits(values) if name == "game_id" else values


def _with(rows: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(name), name, values)


def _with_dates_of(games: pa.Table, rows: pa.Table) -> pa.Table:
    """The rows with the dates of their games; a row of an unknown game keeps its own."""
    dates = history_times.of_game(rows, games, history_times.column(games, "game_date"))
    return _with(rows, "game_date", pc.coalesce(dates, history_times.column(rows, "game_date")))


def _days(rows: pa.Table) -> npt.NDArray[np.int32]:
    """The day number of each row; a row without a date has that of its neighbour, in whose window it is refused."""
    days = pc.fill_null_backward(pc.fill_null_forward(history_times.column(rows, "game_date").cast(pa.int32())))
    return np.asarray(pc.fill_null(days, 0).to_numpy(), np.int32)


def _first_day(rows: pa.Table) -> int:
    return int(_days(rows)[0]) if len(rows) else 0


def _by_date(rows: pa.Table) -> pa.Table:
    return rows.take(pa.array(np.argsort(_days(rows), kind="stable")))


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _spans(rows: pa.Table, first: date, last: date, known_by: datetime) -> pa.Table:
    """Statuses seen in the window and known by `known_by`, each up to that moment at most."""
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
    return _with(shown, "last_seen_utc", cut)


def listed_until(quotes: pa.Table, known_by: datetime) -> pa.Table:
    """Quotes as known by then: one that stays longer was last seen in its game's newest snapshot of the source by then.

    Snapshots are known by the quotes that appear or end with them.
    """
    stamps = pa.concat_arrays([history_times.column(quotes, f"{x}_seen_utc") for x in ("first", "last")])
    game = pc.binary_join_element_wise(*(pc.fill_null(history_times.column(quotes, n), "") for n in _OF_SNAPSHOT), "/")
    taken = pa.table({"game": pa.concat_arrays([game, game]), "at": stamps})
    newest = taken.filter(pc.less_equal(stamps, pa.scalar(known_by, history_times.INSTANT))).group_by("game")
    by_game = newest.aggregate([("at", "max")])
    until = by_game["at_max"].take(pc.index_in(game, value_set=by_game["game"]))
    last = history_times.column(quotes, "last_seen_utc")
    cut = pc.if_else(pc.greater(last, pa.scalar(known_by, history_times.INSTANT)), until, last)
    return _with(quotes, "last_seen_utc", cut)


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
