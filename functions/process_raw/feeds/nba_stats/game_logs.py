"""Game logs of the statistics site: a row per game and team, or per game and player, of a season or of a team."""

from typing import Any

from functions.process_raw.feeds.kind import Rows
from functions.process_raw.feeds.nba_stats.lines import game_columns, player_columns, team_columns
from functions.process_raw.feeds.nba_stats.result_sets import headers_of, rows_of
from functions.process_raw.results import Tally

_OF_A_GAME = {"GAME_ID", "GAME_DATE", "MATCHUP", "MIN", "PTS"}


def is_of_players(document: Any) -> bool:
    """Whether each row is a player's game."""
    return headers_of(document) >= {*_OF_A_GAME, "PLAYER_ID"}


def is_of_teams(document: Any) -> bool:
    """Whether each row is a team's game."""
    headers = headers_of(document)
    return headers >= {*_OF_A_GAME, "TEAM_ID"} and headers.isdisjoint({"PLAYER_ID", "PLAYER_NAME"})


def read_players(document: Any, tally: Tally) -> Rows:
    """A row per player and game."""
    kept = tally.kept("nba_stats.log_of_player", rows_of(document), "game log")
    return {"nbac_player_boxscores": [{**game_columns(row), **player_columns(row)} for row in kept]}


def read_teams(document: Any, tally: Tally) -> Rows:
    """A row per team and game."""
    kept = tally.kept("nba_stats.log_of_team", rows_of(document), "game log")
    return {"nbac_team_boxscore": [{**game_columns(row), **team_columns(row)} for row in kept]}
