"""A line of a box score in the statistics site's capital headers: the same in game logs and in version 2."""

from typing import Any

from functions.process_raw.feeds.kind import Row
from functions.process_raw.feeds.nba.ids import date_of, game_id_of
from functions.process_raw.feeds.nba.schedule import text
from functions.process_raw.feeds.nba_stats.result_sets import clock_of, seconds_of, team_minutes_of

COUNTS = {
    "fgm": "FGM", "fga": "FGA", "fg3m": "FG3M", "fg3a": "FG3A", "ftm": "FTM", "fta": "FTA", "oreb": "OREB",
    "dreb": "DREB", "ast": "AST", "stl": "STL", "blk": "BLK", "tov": "TOV", "pf": "PF", "plus_minus": "PLUS_MINUS",
    "points": "PTS",
}  # fmt: skip


def counts_of(row: Row) -> Row:
    """The counts of a row, by our names; a whole number that is written as 15.0 is one."""
    stated = {**row, "TOV": row.get("TOV", row.get("TO"))}
    return {ours: whole(stated.get(theirs)) for ours, theirs in COUNTS.items()}


def whole(value: Any) -> Any:
    """A number without fraction as a whole one; anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def game_columns(row: Row) -> Row:
    """Game, date, team and opponent of a row, from MATCHUP where it has one: `LAC @ GSW`, `LAC vs. GSW`.

    At a neutral site both teams' rows may say `IND @ SAS`.
    """
    left, sign, right = [*str(row.get("MATCHUP") or "").split(), "", "", ""][:3]
    team = row.get("TEAM_ABBREVIATION") or left
    return {
        "game_id": game_id_of(row["GAME_ID"]),
        "game_date": date_of(row.get("GAME_DATE")),
        "team": team,
        "opponent": (right if team == left else left) or None,
        "is_home": (team == right) if sign == "@" else (team == left) if sign else None,
    }


def player_columns(row: Row) -> Row:
    """Who it is about and his line; who has neither minutes nor points did not play, for the reason of his comment."""
    is_box_score = "START_POSITION" in row  # whose minutes are text; a game log's are a number
    seconds = (clock_of if is_box_score else seconds_of)(row.get("MIN", row.get("MINUTES")))
    comment, position = text(row.get("COMMENT")), text(row.get("START_POSITION"))
    played = bool(seconds) or (seconds is not None and not comment)
    columns = {
        "player_id": row["PLAYER_ID"],
        "player_name": text(row["PLAYER_NAME"]),
        "position": position,
        "is_starter": bool(position) if isinstance(row.get("START_POSITION"), str) else None,
        "player_status": "played" if played else "dnp" if row.get("PTS") is None else None,
        "dnp_reason": None if played else comment,
    }
    return {**columns, "seconds_played": seconds, **counts_of(row)} if played else columns


def team_columns(row: Row) -> Row:
    """A team's totals."""
    return {"minutes": team_minutes_of(row.get("MIN")), **counts_of(row)}
