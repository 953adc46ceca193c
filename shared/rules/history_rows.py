"""What the game id says about a row of a history folder: repairs that are certain, and contradictions.

An NBA game id has ten digits: three for the type of the season, two for the year in which it starts, five for the
game (`0022300500`). Dumps that keep it as a number lose the zeros in front.
"""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shared.rules.dates import FIRST_SEASON_MONTH, eastern_date, season_of_game, season_type
from shared.rules.history_times import column

_LAST_MONTH = 14  # of a season, counted from its first: October of the next year, as in 2020
_OFFSET = r":\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)$"
_TYPES = {"regularseason": "Regular Season", "playoffs": "Playoffs"}  # the words that mean one type of season only


def ten_digits(ids: pa.Array) -> pa.Array:
    """The ids with the two zeros that eight digits lack."""
    return pc.if_else(pc.match_substring_regex(ids, r"^\d{8}$"), pc.binary_join_element_wise("00", ids, ""), ids)


def with_zone(times: pa.Array) -> pa.Array:
    """ISO texts with an offset: a time without one is UTC."""
    return pc.if_else(pc.match_substring_regex(times, _OFFSET), times, pc.binary_join_element_wise(times, "Z", ""))


def seasons(ids: pa.Array) -> pa.Array:
    """The year in which the season of each game starts; null for other ids than those of NBA games."""
    return _of_id(ids, season_of_game, pa.int64())


def season_types(ids: pa.Array) -> pa.Array:
    """The type of each game's season; null for other ids than those of NBA games, preseason and All-Star."""
    return _of_id(ids, season_type, pa.string())


def _of_id(ids: pa.Array, rule: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
    is_id = pc.match_substring_regex(ids, r"^\d{10}$")
    prefixes = pc.if_else(is_id, pc.utf8_slice_codeunits(ids, 0, 5), pa.scalar(None, pa.string()))
    distinct = pc.drop_null(pc.unique(prefixes))  # season and type: few
    return pa.array([rule(p) for p in distinct.to_pylist()], kind).take(pc.index_in(prefixes, value_set=distinct))


def fitting(rows: pa.Table) -> pa.Table:
    """The rows that break none of the rules of `misfits`."""
    return rows.filter(pc.is_null(misfits(rows)))


def misfits(rows: pa.Table) -> pa.Array:
    """The first rule that each row of a file with game ids breaks; null for a row that fits.

    `no_game_id`, `no_game_date`: the row has none that can be read. `date_of_another_season`: its date is none of the
    season of its id. `another_season`, `another_season_type`: a column says another one than the id; a season may be
    named by the year of its start or of its end. `tip_on_another_date`: its tip is on another Eastern date.
    """
    ids, days, names = column(rows, "game_id"), column(rows, "game_date"), rows.column_names
    season = seasons(ids)
    since_start = pc.add(
        pc.multiply(pc.subtract(pc.year(days), season), 12), pc.subtract(pc.month(days), FIRST_SEASON_MONTH)
    )
    broken = {
        "no_game_id": pc.is_null(season),
        "no_game_date": pc.is_null(days),
        "date_of_another_season": pc.or_(pc.less(since_start, 0), pc.greater(since_start, _LAST_MONTH)),
    }
    if "season" in names:
        broken["another_season"] = _names_another_season(column(rows, "season"), season)
        broken["another_season_type"] = _names_another_type(column(rows, "season_type"), season_types(ids))
    if "tip_utc" in names:
        tips = column(rows, "tip_utc").to_pylist()
        tip_days = pa.array([None if tip is None else eastern_date(tip) for tip in tips], pa.date32())
        broken["tip_on_another_date"] = pc.not_equal(tip_days, days)
    conditions = pc.make_struct(*(pc.fill_null(b, fill_value=False) for b in broken.values()), field_names=list(broken))
    return pc.case_when(conditions, *(pa.scalar(rule) for rule in broken), pa.scalar(None, pa.string()))


def _names_another_season(named: pa.Array, season: pa.Array) -> pa.Array:
    """Whether a text such as `2023-24`, `2023` or (by its end) `2024` is none of the names of the season."""
    parts = pc.extract_regex(named, r"^(?P<year>\d{4})(?P<more>.*)$")
    year = pc.cast(pc.struct_field(parts, "year"), pa.int64())
    by_end = pc.and_(pc.equal(pc.struct_field(parts, "more"), ""), pc.equal(year, pc.add(season, 1)))
    return pc.invert(pc.or_(pc.equal(year, season), by_end))


def _names_another_type(named: pa.Array, kind: pa.Array) -> pa.Array:
    """Whether the words name the regular season or the playoffs where the id says the other one."""
    words = pc.replace_substring_regex(pc.utf8_lower(named), r"[^a-z]", "")
    known = pa.array(list(_TYPES))
    meant = pa.array(list(_TYPES.values())).take(pc.index_in(words, value_set=known))
    return pc.and_(pc.is_in(kind, value_set=pa.array(list(_TYPES.values()))), pc.not_equal(meant, kind))
