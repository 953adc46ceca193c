"""Box scores of version 2: result sets PlayerStats and TeamStats, traditional, advanced, usage or hustle."""

from collections.abc import Callable
from typing import Any

from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.nba.ids import game_id_of, league_of
from functions.process_raw.feeds.nba.schedule import text
from functions.process_raw.feeds.nba_stats.lines import game_columns, player_columns, team_columns
from functions.process_raw.feeds.nba_stats.result_sets import clock_of, headers_of, named_rows, parameter, rows_of
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally

# Columns of the measures of version 3 by the headers of version 2: https://github.com/swar/nba_api, docs/nba_api/stats.
ADVANCED = {
    "E_OFF_RATING": "estimated_offensive_rating", "OFF_RATING": "offensive_rating",
    "E_DEF_RATING": "estimated_defensive_rating", "DEF_RATING": "defensive_rating",
    "E_NET_RATING": "estimated_net_rating", "NET_RATING": "net_rating", "AST_PCT": "assist_percentage",
    "AST_TOV": "assist_to_turnover", "AST_RATIO": "assist_ratio", "OREB_PCT": "offensive_rebound_percentage",
    "DREB_PCT": "defensive_rebound_percentage", "REB_PCT": "rebound_percentage", "TM_TOV_PCT": "turnover_ratio",
    "EFG_PCT": "effective_field_goal_percentage", "TS_PCT": "true_shooting_percentage", "USG_PCT": "usage_percentage",
    "E_USG_PCT": "estimated_usage_percentage", "E_PACE": "estimated_pace", "PACE": "pace", "PACE_PER40": "pace_per_40",
    "POSS": "possessions", "PIE": "pie",
}  # fmt: skip
USAGE = {
    "USG_PCT": "usage_percentage", "PCT_FGM": "percentage_field_goals_made",
    "PCT_FGA": "percentage_field_goals_attempted",
    "PCT_FG3M": "percentage_three_pointers_made", "PCT_FG3A": "percentage_three_pointers_attempted",
    "PCT_FTM": "percentage_free_throws_made", "PCT_FTA": "percentage_free_throws_attempted",
    "PCT_OREB": "percentage_rebounds_offensive", "PCT_DREB": "percentage_rebounds_defensive",
    "PCT_REB": "percentage_rebounds_total", "PCT_AST": "percentage_assists", "PCT_TOV": "percentage_turnovers",
    "PCT_STL": "percentage_steals", "PCT_BLK": "percentage_blocks", "PCT_BLKA": "percentage_blocks_allowed",
    "PCT_PF": "percentage_personal_fouls", "PCT_PFD": "percentage_personal_fouls_drawn", "PCT_PTS": "percentage_points",
}  # fmt: skip
HUSTLE = {
    "CONTESTED_SHOTS": "contested_shots", "CONTESTED_SHOTS_2PT": "contested_shots_2pt",
    "CONTESTED_SHOTS_3PT": "contested_shots_3pt", "DEFLECTIONS": "deflections", "CHARGES_DRAWN": "charges_drawn",
    "SCREEN_ASSISTS": "screen_assists", "SCREEN_AST_PTS": "screen_assist_points",
    "OFF_LOOSE_BALLS_RECOVERED": "loose_balls_recovered_offensive",
    "DEF_LOOSE_BALLS_RECOVERED": "loose_balls_recovered_defensive",
    "LOOSE_BALLS_RECOVERED": "loose_balls_recovered_total",
    "OFF_BOXOUTS": "offensive_box_outs", "DEF_BOXOUTS": "defensive_box_outs",
    "BOX_OUT_PLAYER_TEAM_REBS": "box_out_player_team_rebounds", "BOX_OUT_PLAYER_REBS": "box_out_player_rebounds",
    "BOX_OUTS": "box_outs", "PTS": "points",
}  # fmt: skip


def is_traditional(document: Any) -> bool:
    """Whether it is a traditional box score."""
    return headers_of(document, "PlayerStats") >= {"GAME_ID", "PLAYER_ID", "FGM", "PTS"}


def has_measure(columns: dict[str, str], mark: str) -> Callable[[Any], bool]:
    """Whether it is a box score with a measure, which `mark` tells from the others."""
    return lambda document: mark in columns and headers_of(document, "PlayerStats") >= {"GAME_ID", "PLAYER_ID", mark}


def read_traditional(document: Any, tally: Tally) -> Rows:
    """A row per listed player and per team; Refusal where a team's players do not sum to its points."""
    players = tally.kept("nba_stats.line_v2", named_rows(document, "PlayerStats", tally), "PlayerStats")
    teams = tally.kept("nba_stats.team_v2", named_rows(document, "TeamStats", tally), "TeamStats")
    names = [row["TEAM_ABBREVIATION"] for row in teams]
    for row in teams:
        points = sum(p["PTS"] or 0 for p in players if p["TEAM_ABBREVIATION"] == row["TEAM_ABBREVIATION"])
        if points != row["PTS"] and not tally.refused:
            team = row["TEAM_ABBREVIATION"]
            raise Refusal(
                "contradiction", f"the players of {team} sum to {points} points, the team's score is {row['PTS']}"
            )

    def columns(row: Row) -> Row:
        others = [name for name in names if name != row["TEAM_ABBREVIATION"]]
        return {**game_columns(row), "opponent": others[0] if len(others) == 1 else None}

    return {
        "nbac_player_boxscores": [{**columns(row), **player_columns(row)} for row in players],
        "nbac_team_boxscore": [{**columns(row), **team_columns(row)} for row in teams],
    }


def read_measure(table: str, columns: dict[str, str]) -> Callable[[Any, Tally], Rows]:
    """The parser of a measure: a row per player with its columns."""

    def read(document: Any, tally: Tally) -> Rows:
        kept = tally.kept("nba_stats.measure_v2", named_rows(document, "PlayerStats", tally), "PlayerStats")
        return {table: [{**_who(row), **{ours: row.get(theirs) for theirs, ours in columns.items()}} for row in kept]}

    return read


def _who(row: Row) -> Row:
    return {
        "game_id": game_id_of(row["GAME_ID"]),
        "team": row["TEAM_ABBREVIATION"],
        "player_id": row["PLAYER_ID"],
        "player_name": text(row["PLAYER_NAME"]),
        "seconds_played": clock_of(row.get("MIN", row.get("MINUTES"))),
    }


def is_fan_duel(document: Any) -> bool:
    """Whether it is the list of a game's players with their fantasy points."""
    return headers_of(document) >= {"PLAYER_ID", "FAN_DUEL_PTS", "MIN", "PTS"}


def fan_duel_league(document: Any) -> str:
    """The league of the game that the request named."""
    return league_of(parameter(document, "gameId", "GameID"))


def read_fan_duel(document: Any, tally: Tally) -> Rows:
    """A row per player who played the game that the request named."""
    game = {"GAME_ID": parameter(document, "gameId", "GameID")}
    kept = tally.kept("nba_stats.line_fan_duel", rows_of(document), "FanDuelPlayer")
    return {
        "nbac_player_boxscores": [
            {**game_columns({**row, **game}), **player_columns(row), "is_home": row.get("LOCATION") == "Home"}
            for row in kept
        ]
    }
