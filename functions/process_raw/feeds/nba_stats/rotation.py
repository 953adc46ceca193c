"""Who was on the floor from when to when (gamerotation), in tenths of a second since the tip."""

from typing import Any

from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.nba.ids import game_id_of, tricode_of
from functions.process_raw.feeds.nba.schedule import text
from functions.process_raw.feeds.nba_stats.lines import whole
from functions.process_raw.feeds.nba_stats.result_sets import headers_of, rows_of, sets_of
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally

_TENTHS = 10
_TEAMS = ("AwayTeam", "HomeTeam")  # the result sets


def recognises(document: Any) -> bool:
    """Whether it lists stints."""
    return headers_of(document) >= {"PERSON_ID", "IN_TIME_REAL", "OUT_TIME_REAL"}


def read(document: Any, tally: Tally) -> Rows:
    """A row per stint of a player."""
    if {found["name"] for found in sets_of(document)} != set(_TEAMS):
        raise Refusal("contract", f"the result sets are not {' and '.join(_TEAMS)}")
    stints = [row for side in _TEAMS for row in rows_of(document, side)]
    return {"nbac_rotations": [_row(row) for row in tally.kept("nba_stats.stint", stints, "stints")]}


def _row(row: Row) -> Row:
    return {
        "game_id": game_id_of(row["GAME_ID"]),
        "team": tricode_of(row["TEAM_ID"]),
        "player_id": row["PERSON_ID"],
        "player_name": text(f"{row['PLAYER_FIRST']} {row['PLAYER_LAST']}"),
        "in_second": row["IN_TIME_REAL"] / _TENTHS,
        "out_second": row["OUT_TIME_REAL"] / _TENTHS,
        "points": whole(row.get("PLAYER_PTS")),
        "point_difference": whole(row.get("PT_DIFF")),
    }
