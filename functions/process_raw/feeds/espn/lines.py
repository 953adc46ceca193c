"""Lines of ESPN's box scores: a list of texts per player, whose meaning a list of keys gives."""

from collections.abc import Sequence
from typing import Any

from functions.process_raw.feeds.kind import Row
from functions.process_raw.feeds.lines import checked_team
from functions.process_raw.feeds.values import at, text, whole_of
from functions.process_raw.results import Tally

_COUNTS = {
    "minutes": "minutes", "offensiveRebounds": "oreb", "defensiveRebounds": "dreb", "rebounds": "reb", "assists": "ast",
    "steals": "stl", "blocks": "blk", "turnovers": "tov", "fouls": "pf", "plusMinus": "plus_minus", "points": "points",
}  # fmt: skip
_SHOTS = {
    "fieldGoalsMade-fieldGoalsAttempted": ("fgm", "fga"),
    "threePointFieldGoalsMade-threePointFieldGoalsAttempted": ("fg3m", "fg3a"),
    "freeThrowsMade-freeThrowsAttempted": ("ftm", "fta"),
}
_COLUMNS = (*_COUNTS.values(), *(name for pair in _SHOTS.values() for name in pair))
Player = tuple[Any, Any, Row]  # athlete, his statistics, and what else is said of him


def add_team(
    rows: list[Row], game: Row, team: Any, keys: Sequence[Any], players: Sequence[Player], tally: Tally
) -> None:
    """Add the rows of a team's players; none where they do not add up to its score, or it is not a team of the game."""
    sides = {game["home_team"]: "home", game["away_team"]: "away"}
    if team is None or team not in sides or len(sides) == 1:
        tally.refuse("not_a_team_of_the_game", {"team": team})
        return
    side = sides[team]
    common = {
        **{name: game[name] for name in ("league", "event_id", "tip_utc", "state")},
        "team": team,
        "opponent": game["away_team" if side == "home" else "home_team"],
        "is_home": side == "home",
    }
    lines = [{**common, **_line(keys, *player)} for player in players]
    rows += checked_team(lines, game[f"{side}_score"], tally, is_final=game["state"] == "post")


def _line(keys: Sequence[Any], athlete: Any, stats: Any, said: Row) -> Row:
    """A player's line; every count is null of one who did not play."""
    line: Row = {
        "player_id": whole_of(at(athlete, "id")),
        "player_name": text(at(athlete, "displayName") or at(athlete, "dspNm")),
        "is_starter": said["is_starter"],
        "played": said["played"],
        "dnp_reason": None if said["played"] else text(said["reason"]),
        **dict.fromkeys(_COLUMNS),
    }
    if said["played"] and isinstance(stats, list) and len(stats) == len(keys):
        for key, value in zip(keys, stats, strict=True):
            if key in _COUNTS:
                line[_COUNTS[key]] = whole_of(value)
            elif key in _SHOTS:
                line |= dict(zip(_SHOTS[key], map(whole_of, _split(value)), strict=True))
    return line


def _split(value: Any) -> tuple[Any, Any]:
    """Made and tried of text like 5-12."""
    made, dash, tried = value.partition("-") if isinstance(value, str) else (value, "", None)
    return (made, tried) if dash else (value, None)
