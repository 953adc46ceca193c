"""The NBA's schedule JSON: one reader for the plan that needs its games and the parser that writes them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from shared.contracts.sources import examine
from shared.errors import ContractError
from shared.rules.dates import EASTERN, assumed_tip, parse_utc, season_type

FINAL = 3


@dataclass(frozen=True)
class LeagueGame:
    """One game of the schedule. `tip_given` is false where `tip` is assumed, as the schedule has no time."""

    game_id: str
    game_date: date
    tip: datetime
    tip_given: bool
    home_team: str
    away_team: str
    is_neutral_site: bool | None
    is_final: bool
    is_postponed: bool


@dataclass(frozen=True)
class Schedule:
    """The league games of a schedule, in its order, and how many other games (All-Star, preseason) it lists."""

    games: tuple[LeagueGame, ...]
    others: int

    def between(self, first: date, last: date) -> tuple[LeagueGame, ...]:
        """The games of those dates, both included."""
        return tuple(g for g in self.games if first <= g.game_date <= last)


def read_json(body: bytes, what: str) -> Any:
    """The document; ContractError if the body is truncated or not JSON."""
    try:
        return json.loads(body)
    except ValueError as error:
        raise ContractError(f"{what} is not whole JSON: {error}") from error


def read_schedule(body: bytes, assumptions: Mapping[str, int]) -> Schedule:
    """The games of a scheduleLeagueV2 document; ContractError if it is not one.

    A game whose teams are not known yet (a later playoff round) counts as other.
    """
    try:
        listed = [g for d in read_json(body, "schedule")["leagueSchedule"]["gameDates"] for g in d["games"]]
    except (KeyError, TypeError) as error:
        raise ContractError(f"schedule without leagueSchedule.gameDates.games: {error}") from error
    kept = examine("schedule_game", listed).kept
    games = [
        _game(g, assumptions) for g in kept if season_type(g["gameId"]) and _tricode(g, "home") and _tricode(g, "away")
    ]
    return Schedule(tuple(games), len(kept) - len(games))


def _tricode(game: Mapping[str, Any], side: str) -> str:
    return str(game[f"{side}Team"].get("teamTricode") or "")


def _game(game: Mapping[str, Any], assumptions: Mapping[str, int]) -> LeagueGame:
    try:
        day = date.fromisoformat(game["gameDateEst"][:10])
        tip = parse_utc(game["gameDateTimeUTC"]) if game.get("gameDateTimeUTC") else None
    except ValueError as error:
        raise ContractError(f"schedule game {game['gameId']}: {error}") from error
    given = tip is not None and tip.astimezone(EASTERN).hour != 0  # midnight Eastern stands for "to be decided"
    return LeagueGame(
        game_id=game["gameId"],
        game_date=day,
        tip=(tip if tip and given else assumed_tip(day, assumptions)).astimezone(UTC),
        tip_given=given,
        home_team=_tricode(game, "home"),
        away_team=_tricode(game, "away"),
        is_neutral_site=game.get("isNeutral"),
        is_final=game["gameStatus"] == FINAL,
        is_postponed=game.get("postponedStatus") == "Y" or str(game.get("gameStatusText")).strip() == "PPD",
    )
