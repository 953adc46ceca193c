"""Season statistics of teams (leaguedashteamstats): base figures, or advanced ones."""

from typing import Any

from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.nba.ids import tricode_of
from functions.process_raw.feeds.nba.schedule import text
from functions.process_raw.feeds.nba_stats.result_sets import headers_of, parameter, rows_of
from functions.process_raw.results import Tally

_FIGURES = {
    "games": "GP", "wins": "W", "losses": "L", "minutes": "MIN", "points": "PTS", "fgm": "FGM", "fga": "FGA",
    "fg3m": "FG3M", "fg3a": "FG3A", "ftm": "FTM", "fta": "FTA", "oreb": "OREB", "dreb": "DREB", "ast": "AST",
    "tov": "TOV", "stl": "STL", "blk": "BLK", "pf": "PF", "offensive_rating": "OFF_RATING",
    "defensive_rating": "DEF_RATING", "net_rating": "NET_RATING", "pace": "PACE", "possessions": "POSS",
    "effective_field_goal_percentage": "EFG_PCT", "true_shooting_percentage": "TS_PCT",
}  # fmt: skip


def recognises(document: Any) -> bool:
    """Whether it has a row per team with games, wins and losses, and no game."""
    headers = headers_of(document)
    return headers >= {"TEAM_ID", "TEAM_NAME", "GP", "W", "L"} and not headers & {"GAME_ID", "PLAYER_ID"}


def read(document: Any, tally: Tally) -> Rows:
    """A row per team; the request says which season and whether figures are per game."""
    asked: Row = {
        "season": int(str(parameter(document, "Season") or "")[:4] or 0) or None,
        "season_type": text(parameter(document, "SeasonType")),
        "measure": text(parameter(document, "MeasureType")),
        "per_mode": text(parameter(document, "PerMode")),
    }
    kept = tally.kept("nba_stats.team_season", rows_of(document), "team statistics")
    return {"nbac_team_season_stats": [{**asked, **_row(row)} for row in kept]}


def _row(row: Row) -> Row:
    figures = {ours: row.get(theirs) for ours, theirs in _FIGURES.items()}
    return {
        "team_id": row["TEAM_ID"],
        "team": tricode_of(row["TEAM_ID"]),
        "team_name": text(row["TEAM_NAME"]),
        **figures,
    }
