"""The live box score of one game: both teams' players with their statistics, before, during and after the game."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from functions.process_raw.feeds.nba.ids import game_id_of
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally
from shared.contracts.feeds import examine
from shared.errors import ContractError
from shared.rules.dates import eastern_date, parse_utc
from shared.rules.schedule import FINAL, NOT_BEGUN

Row = dict[str, Any]
REGULATION = 4  # periods
SIDES = ("home", "away")
_STATUSES = (NOT_BEGUN, 2, FINAL)
_MINUTES = re.compile(r"PT(\d+)M(\d+)(?:\.(\d+))?S")
COUNTS = {
    "fgm": "fieldGoalsMade",
    "fga": "fieldGoalsAttempted",
    "fg3m": "threePointersMade",
    "fg3a": "threePointersAttempted",
    "ftm": "freeThrowsMade",
    "fta": "freeThrowsAttempted",
    "oreb": "reboundsOffensive",
    "dreb": "reboundsDefensive",
    "ast": "assists",
    "stl": "steals",
    "blk": "blocks",
    "tov": "turnovers",
    "pf": "foulsPersonal",
    "points": "points",
}


def recognises(document: Any) -> bool:
    """Whether it is a live box score."""
    return "players" in document["game"]["homeTeam"]


def read(document: Any, tally: Tally) -> dict[str, list[Row]]:
    """A row per listed player and, once the game has begun, one per team; Refusal where players and score differ."""
    game = game_of(document, "box score")
    if game["gameStatus"] not in _STATUSES:
        raise Refusal("contract", f"a box score of a game of status {game['gameStatus']}")
    players: list[Row] = []
    teams: list[Row] = []
    common = {"game_id": game_id_of(game["gameId"]), "game_date": date_of(game)}
    for side, other in zip(SIDES, reversed(SIDES), strict=True):
        of_team = {
            **common,
            "team": game[f"{side}Team"]["teamTricode"],
            "opponent": game[f"{other}Team"]["teamTricode"],
            "is_home": side == "home",
        }
        lines = [{**of_team, **line} for line in player_lines(game, side, tally)]
        players += lines
        score, points = game[f"{side}Team"].get("score"), sum(line.get("points") or 0 for line in lines)
        if score is not None and score != points and not tally.refused:
            raise Refusal(
                "contradiction", f"the players of {of_team['team']} sum to {points} points, the team's score is {score}"
            )
        if any(line["player_status"] == "played" for line in lines):
            totals = tally.kept("nba_cdn.team_statistics", _given(game[f"{side}Team"].get("statistics")), "team")
            counts = {name: total.get(theirs) for total in totals for name, theirs in COUNTS.items()}
            teams.append({**of_team, **counts, "points": points if score is None else score})
    return {"nbac_gamebook_player_stats": players, "nbac_team_boxscore": teams}


def _given(value: Any) -> list[Any]:
    return [] if value is None else [value]


def game_of(document: Any, what: str) -> Row:
    """The document's game; ContractError if it has none, or a side without players or tricode."""
    game = document.get("game") if isinstance(document, dict) else None
    if game is None:
        raise ContractError(f"{what}: a box score without game")
    kept = examine("nba_cdn.box_game", [game]).kept[0]
    for side in SIDES:
        team = kept[f"{side}Team"]
        if not isinstance(team.get("players"), list) or not team.get("teamTricode"):
            raise ContractError(f"{what}: {side}Team without players or teamTricode")
    return kept


def date_of(game: Mapping[str, Any]) -> date | None:
    """The Eastern date by the game's code, else by its time; None if it has neither, ValueError if it is no date."""
    if code := str(game.get("gameCode") or "")[:8]:
        return date.fromisoformat(code)
    return eastern_date(parse_utc(game["gameTimeUTC"])) if game.get("gameTimeUTC") else None


def overtimes_of(game: Mapping[str, Any]) -> int:
    """Extra periods that were begun."""
    return max(0, int(game["period"]) - int(game.get("regulationPeriods") or REGULATION))


def player_lines(game: Mapping[str, Any], side: str, tally: Tally) -> list[Row]:
    """The own columns of a side's players; one listed twice alike counts once."""
    lines: list[Row] = []
    is_over = game["gameStatus"] == FINAL
    for player in tally.kept("nba_cdn.box_player", game[f"{side}Team"]["players"], game["gameId"]):
        line, rule = _line(player, is_over=is_over)
        if rule:
            tally.refuse(rule, player)
        elif line not in lines:
            lines.append(line)
    return lines


def _line(player: Mapping[str, Any], *, is_over: bool) -> tuple[Row, str]:
    """The player's own columns, and the rule that the record breaks (empty: none)."""
    played = player["played"] == "1"
    idle = "dnp" if is_over else "listed"  # who has not played yet may still play
    status = "played" if played else "inactive" if player.get("status") == "INACTIVE" else idle
    line: Row = {
        "player_id": player["personId"],
        "player_name": player["name"],
        "is_starter": player["starter"] == "1" if player.get("starter") in ("0", "1") else None,
        "player_status": status,
        "dnp_reason": None if played else player.get("notPlayingDescription") or player.get("notPlayingReason"),
    }
    if not played:
        return line, ""
    statistics = examine("nba_cdn.box_statistics", [player.get("statistics")])
    if statistics.refused:
        return line, next(iter(statistics.refused))
    counts = statistics.kept[0]
    seconds = seconds_played(counts["minutes"])
    if seconds is None:
        return line, "unreadable_minutes"
    line |= {name: counts.get(theirs) for name, theirs in COUNTS.items()}
    return line | {"seconds_played": seconds, "points_in_paint": counts.get("pointsInThePaint")}, ""


def seconds_played(text: str) -> int | None:
    """Seconds of `PT31M14.00S`, rounded; None for any other text."""
    match = _MINUTES.fullmatch(text)
    if not match:
        return None
    return int(match[1]) * 60 + round(float(f"{match[2]}.{match[3] or 0}"))
