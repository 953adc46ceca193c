"""Lists of players: all of them (commonallplayers), the index of a season (playerindex), and a team's roster."""

from typing import Any

from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.nba.ids import date_of, tricode_of
from functions.process_raw.feeds.nba.schedule import jersey, text
from functions.process_raw.feeds.nba_stats.lines import whole
from functions.process_raw.feeds.nba_stats.result_sets import headers_of, rows_of
from functions.process_raw.results import Tally

_FLAGS = {0: False, 1: True}


def is_list(document: Any) -> bool:
    """Whether it is the list of all players."""
    return headers_of(document) >= {"PERSON_ID", "DISPLAY_FIRST_LAST", "ROSTERSTATUS"}


def is_index(document: Any) -> bool:
    """Whether it is the index of a season's players."""
    return headers_of(document) >= {"PERSON_ID", "PLAYER_FIRST_NAME", "PLAYER_LAST_NAME"}


def is_roster(document: Any) -> bool:
    """Whether it is the roster of one team."""
    return headers_of(document) >= {"TEAMID", "PLAYER", "PLAYER_ID"}


def read_list(document: Any, tally: Tally) -> Rows:
    """A row per player; a team only for who is on a roster."""
    kept = tally.kept("nba_stats.listed_player", rows_of(document), "commonallplayers")
    return {"nbac_player_list": [_listed(row) for row in kept]}


def _listed(row: Row) -> Row:
    is_active = _FLAGS.get(row["ROSTERSTATUS"])
    return {
        "player_id": row["PERSON_ID"],
        "player_name": text(row["DISPLAY_FIRST_LAST"]),
        "player_slug": text(row.get("PLAYER_SLUG")),
        "player_code": text(row.get("PLAYERCODE")),
        "team": text(row.get("TEAM_ABBREVIATION")) if is_active else None,
        "is_active": is_active,
        "from_year": _year(row.get("FROM_YEAR")),
        "to_year": _year(row.get("TO_YEAR")),
    }


def read_index(document: Any, tally: Tally) -> Rows:
    """A row per player of the index."""
    kept = tally.kept("nba_stats.indexed_player", rows_of(document), "playerindex")
    return {"nbac_player_list": [_indexed(row) for row in kept]}


def _indexed(row: Row) -> Row:
    is_active = _FLAGS.get(row["ROSTER_STATUS"]) if isinstance(row.get("ROSTER_STATUS"), int | float) else None
    return {
        "player_id": row["PERSON_ID"],
        "player_name": text(f"{row['PLAYER_FIRST_NAME']} {row['PLAYER_LAST_NAME']}"),
        "player_slug": text(row.get("PLAYER_SLUG")),
        "team": text(row.get("TEAM_ABBREVIATION")) if is_active else None,
        "is_active": is_active,
        "from_year": _year(row.get("FROM_YEAR")),
        "to_year": _year(row.get("TO_YEAR")),
        "position": text(row.get("POSITION")),
        "jersey": jersey(row.get("JERSEY_NUMBER")),
    }


def read_roster(document: Any, tally: Tally) -> Rows:
    """A row per player of the team."""
    kept = tally.kept("nba_stats.roster_player", rows_of(document), "commonteamroster")
    return {"nbac_team_rosters": [of_roster(row) for row in kept]}


def of_roster(row: Row) -> Row:
    """The row of a player of a roster, whose fields are in capitals."""
    return {
        "team": tricode_of(row["TEAMID"]),
        "team_id": row["TEAMID"],
        "season": _year(str(row.get("SEASON") or "")[:4]),
        "player_id": row["PLAYER_ID"],
        "player_name": text(row["PLAYER"]),
        "jersey": jersey(row.get("NUM")),
        "position": text(row.get("POSITION")),
        "height": text(row.get("HEIGHT")),
        "weight_pounds": _year(row.get("WEIGHT")),
        "birth_date": date_of(row.get("BIRTH_DATE")),
        "experience": text(row.get("EXP")),
        "college": text(row.get("SCHOOL")),
        "how_acquired": text(row.get("HOW_ACQUIRED")),
    }


def _year(value: Any) -> Any:
    """A whole number, which may be text; None where there is none."""
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else whole(value) if value != "" else None
