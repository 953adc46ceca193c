"""When each row of a history folder became known: one rule for the reader, which filters by it, and the parser."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from shared.rules.dates import assumed_tip

INSTANT = pa.timestamp("us", tz="UTC")

# The column that holds a row's own time stamp, where the file has one.
_STAMP = {"props_points": "first_seen_utc", "game_lines": "captured_at_utc"}
_MINUTES_BEFORE_TIP = {
    "props_points": "line_minutes_before_tip",
    "game_lines": "line_minutes_before_tip",
    "inactives": "inactive_minutes_before_tip",
}


def assumed_tips(days: pa.Array, assumptions: Mapping[str, int]) -> pa.Array:
    """The assumed tip of each date, as UTC instants; null without a date."""
    distinct = pc.drop_null(pc.unique(days))
    instants = pa.array([assumed_tip(d, assumptions) for d in distinct.to_pylist()], INSTANT)
    return instants.take(pc.index_in(days, value_set=distinct))


def tips(games: pa.Table, assumptions: Mapping[str, int]) -> pa.Array:
    """Each game's tip; the assumed one where the schedule has none."""
    return pc.coalesce(column(games, "tip_utc"), assumed_tips(column(games, "game_date"), assumptions))


def column(table: pa.Table, name: str) -> pa.Array:
    """One column as a single array."""
    values = table.column(name).combine_chunks()
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def of_game(rows: pa.Table, games: pa.Table, values: pa.Array) -> pa.Array:
    """`values` (one per game) for the game of each row; null where `games` has no such game.

    Of a game that `games` has more than once the row with the last tip counts, which is the newest known one.
    """
    ids = column(games, "game_id")
    if pc.count_distinct(ids).as_py() < len(ids):
        order = pc.array_sort_indices(column(games, "tip_utc"), order="descending")
        ids, values = ids.take(order), values.take(order)
    return values.take(pc.index_in(column(rows, "game_id"), value_set=ids))


def _minutes(count: int) -> pa.Scalar:
    return pa.scalar(timedelta(minutes=count), pa.duration("us"))


def game_ends(tip: pa.Array, overtimes: pa.Array, assumptions: Mapping[str, int]) -> pa.Array:
    """When each game is assumed to be over: `dates.game_end` for arrays; unknown overtimes count as none."""
    extra = pc.multiply(pc.fill_null(overtimes, 0), assumptions["box_score_minutes_per_overtime"])
    minutes = pc.add(extra, assumptions["box_score_minutes_after_tip"])
    return pc.add(tip, pc.cast(pc.multiply(pc.cast(minutes, pa.int64()), 60_000_000), pa.duration("us")))


def over_by(moment: datetime, games: pa.Table, assumptions: Mapping[str, int]) -> pa.Array:
    """Whether each game is over at that moment."""
    ends = game_ends(tips(games, assumptions), column(games, "overtimes"), assumptions)
    return pc.less_equal(ends, pa.scalar(moment, INSTANT))


def known_at(file: str, rows: pa.Table, games: pa.Table, assumptions: Mapping[str, int]) -> pa.Array:
    """When each row of that file became known (UTC): its own time stamp, else by the map's assumption."""
    if file == "games":
        days = _minutes(24 * 60 * assumptions["schedule_days_before_tip"])
        return pc.subtract(tips(rows, assumptions), days)
    row_tips = of_game(rows, games, tips(games, assumptions))
    tip = pc.coalesce(row_tips, assumed_tips(column(rows, "game_date"), assumptions))
    if file == "box_scores":
        return game_ends(tip, of_game(rows, games, column(games, "overtimes")), assumptions)
    before = pc.subtract(tip, _minutes(assumptions[_MINUTES_BEFORE_TIP[file]]))
    return pc.coalesce(column(rows, _STAMP[file]), before) if file in _STAMP else before


def is_stamped(file: str, rows: pa.Table) -> pa.Array:
    """Whether each row's `known_at` is its own time stamp, not an assumption."""
    if file in _STAMP:
        return pc.is_valid(column(rows, _STAMP[file]))
    return pa.repeat(pa.scalar(value=False), len(rows))


def day_number(day: date) -> int:
    """Days since 1970, as Arrow stores dates."""
    return (day - date(1970, 1, 1)).days
