"""Box scores of version 3: `boxScoreTraditional`, and the measures `boxScoreAdvanced`, `boxScoreUsage` and others."""

import re
from collections.abc import Callable
from typing import Any

from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.nba.ids import game_id_of, league_of
from functions.process_raw.feeds.nba.schedule import text
from functions.process_raw.feeds.nba_cdn.boxscore import COUNTS, SIDES
from functions.process_raw.feeds.nba_stats.lines import whole
from functions.process_raw.feeds.nba_stats.result_sets import clock_of, seconds_of, team_minutes_of
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally
from shared.contracts.payload_tables import payload_tables

# The measures, with the table of each; `boxScore` and the measure is the name that the document has.
MEASURES = {
    "Advanced": "nbac_player_boxscores_advanced",
    "Usage": "nbac_player_boxscores_usage",
    "Misc": "nbac_player_boxscores_misc",
    "Scoring": "nbac_player_boxscores_scoring",
    "FourFactors": "nbac_player_boxscores_four_factors",
    "PlayerTrack": "nbac_player_boxscores_tracking",
    "Defensive": "nbac_player_boxscores_defensive",
    "Hustle": "nbac_player_boxscores_hustle",
}
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z])(?=\d)")


def has(measure: str) -> Callable[[Any], bool]:
    """Whether it is the box score of that measure."""
    return lambda document: "homeTeam" in document[f"boxScore{measure}"]


def league(document: Any) -> str:
    """The league of the game."""
    return league_of(next(document[name]["gameId"] for name in document if name.startswith("boxScore")))


def read_traditional(document: Any, tally: Tally) -> Rows:
    """A row per listed player and per team; Refusal where a team's players do not sum to its points."""
    game = document["boxScoreTraditional"]
    players: list[Row] = []
    teams: list[Row] = []
    for side, other in zip(SIDES, reversed(SIDES), strict=True):
        team = {**_side(game, side), "opponent": game[f"{other}Team"]["teamTricode"], "is_home": side == "home"}
        listed = [_line(p, tally) for p in _players(game, side, tally)]
        lines = [{**team, **line} for line in listed if line is not None]
        players += lines
        totals = tally.kept("nba_stats.totals_v3", [game[f"{side}Team"].get("statistics")], f"{side}Team")
        teams += [{**team, "minutes": team_minutes_of(t.get("minutes")), **_counts(t)} for t in totals]
        points = sum(line.get("points") or 0 for line in lines)
        if totals and points != totals[0]["points"] and not tally.refused:
            name, score = team["team"], totals[0]["points"]
            raise Refusal("contradiction", f"the players of {name} sum to {points} points, the team's score is {score}")
    return {"nbac_player_boxscores": players, "nbac_team_boxscore": teams}


def read_measure(measure: str) -> Callable[[Any, Tally], Rows]:
    """The parser of a measure: a row per player with its columns, null for who did not play."""
    table = MEASURES[measure]

    def read(document: Any, tally: Tally) -> Rows:
        game, rows = document[f"boxScore{measure}"], list[Row]()
        for side in SIDES:
            for player in _players(game, side, tally):
                statistics = tally.kept(f"nba_stats.{table.removeprefix('nbac_player_boxscores_')}_v3",
                                        [player["statistics"]], measure)  # fmt: skip
                rows += [{**_side(game, side), **_who(player), **_measured(table, s)} for s in statistics]
        return {table: rows}

    return read


def read_matchups(document: Any, tally: Tally) -> Rows:
    """A row per player who attacked and opponent who defended him."""
    game, rows = document["boxScoreMatchups"], list[Row]()
    for side in SIDES:
        for player in tally.kept("nba_stats.attacker_v3", game[f"{side}Team"]["players"], side):
            for defender in tally.kept("nba_stats.defender_v3", player["matchups"], "matchups"):
                statistics = tally.kept("nba_stats.matchup_v3", [defender["statistics"]], "matchup")
                opponent = {"opponent_player_id": defender["personId"], "opponent_player_name": _name(defender)}
                attacker = {**_side(game, side), **_identity(player), **opponent}
                rows += [{**attacker, **_measured("nbac_player_matchups", s)} for s in statistics]
    return {"nbac_player_matchups": rows}


def _players(game: Row, side: str, tally: Tally) -> list[Row]:
    return tally.kept("nba_stats.player_v3", game[f"{side}Team"]["players"], f"players of {side}Team")


def _side(game: Row, side: str) -> Row:
    return {"game_id": game_id_of(game["gameId"]), "team": game[f"{side}Team"]["teamTricode"]}


def _name(player: Row) -> str | None:
    return text(f"{player.get('firstName') or ''} {player.get('familyName') or ''}")


def _identity(player: Row) -> Row:
    return {"player_id": player["personId"], "player_name": _name(player)}


def _who(player: Row) -> Row:
    return {**_identity(player), "seconds_played": clock_of(player["statistics"].get("minutes")) or None}


def _line(player: Row, tally: Tally) -> Row | None:
    """The player's own columns; who has the minutes `""` and a comment did not play. None: refused, without them."""
    stated = player["statistics"].get("minutes")
    if not isinstance(stated, str):
        tally.refuse("minutes_missing", player)
        return None
    seconds, comment, position = seconds_of(stated), text(player.get("comment")), text(player.get("position"))
    played = bool(seconds) or (seconds is not None and not comment)
    columns = {
        **_identity(player),
        "position": position,
        "is_starter": bool(position) if isinstance(player.get("position"), str) else None,
        "player_status": "played" if played else "dnp",
        "dnp_reason": None if played else comment,
    }
    lines = tally.kept("nba_stats.line_v3", [player["statistics"]], "statistics") if played else []
    return {**columns, "seconds_played": seconds, **_counts(lines[0])} if lines else columns


def _counts(statistics: Row) -> Row:
    return {
        **{ours: whole(statistics.get(theirs)) for ours, theirs in COUNTS.items()},
        "plus_minus": whole(statistics.get("plusMinusPoints")),
    }


def _measured(table: str, statistics: Row) -> Row:
    """The statistics under the names of the table's columns; minutes as seconds."""
    by_name = {snake(name): value for name, value in statistics.items()}
    minutes = statistics.get("matchupMinutes")
    columns = payload_tables()[table].columns
    measured = {name: by_name[name] for name in columns if name in by_name}
    return {**measured, **({"matchup_seconds": seconds_of(minutes)} if "matchup_seconds" in columns else {})}


def snake(name: str) -> str:
    """The name of a column: `offensive_rating` of `offensiveRating`, `pace_per_40` of `pacePer40`."""
    return _WORD.sub("_", name).lower() if not name.isupper() else name.lower()
