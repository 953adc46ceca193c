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
_NOT_PLAYED = ("ppd", "postp", "canc", "susp")  # how a status text begins that says so, in any spelling


@dataclass(frozen=True)
class LeagueGame:
    """One game of the schedule. `tip_given` is false where the schedule has no time and the assumed one stands.

    A game is final with status 3 *and* scores. Listed as final without them it was called off: postponed until the
    schedule says when.
    """

    game_id: str
    game_date: date
    tip: datetime
    tip_given: bool
    home_team: str
    away_team: str
    is_neutral_site: bool | None
    is_final: bool
    is_postponed: bool

    @property
    def name(self) -> str:
        """`SAC at LAL (0022400001)`, for sentences about the game."""
        return f"{self.away_team} at {self.home_team} ({self.game_id})"


@dataclass(frozen=True)
class Schedule:
    """The league games of a schedule, in its order, how many other games it lists, and those that cannot be read."""

    games: tuple[LeagueGame, ...]
    others: int
    refused: tuple[Mapping[str, Any], ...] = ()

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
    """The games of a scheduleLeagueV2 document; ContractError if it is not one, or most of its games cannot be read.

    A game whose teams are not known yet (a later playoff round) counts as other.
    """
    try:
        listed = [g for d in read_json(body, "schedule")["leagueSchedule"]["gameDates"] for g in d["games"]]
    except (KeyError, TypeError) as error:
        raise ContractError(f"schedule without leagueSchedule.gameDates.games: {error}") from error
    examined = examine("schedule_game", listed)
    refused = [record for records in examined.refused.values() for record in records]
    ours = [g for g in examined.kept if season_type(g["gameId"]) and _tricode(g, "home") and _tricode(g, "away")]
    games = []
    for listed_game in ours:
        try:
            games.append(_game(listed_game, assumptions))
        except ValueError:
            refused.append(listed_game)
    if 2 * len(refused) > len(listed):
        raise ContractError(f"schedule: {len(refused)} of {len(listed)} games cannot be read, as {refused[0]!r}")
    return Schedule(tuple(games), len(examined.kept) - len(ours), tuple(refused))


def _tricode(game: Mapping[str, Any], side: str) -> str:
    return str(game[f"{side}Team"].get("teamTricode") or "")


def _game(game: Mapping[str, Any], assumptions: Mapping[str, int]) -> LeagueGame:
    day = date.fromisoformat(game["gameDateEst"][:10])
    tip = parse_utc(game["gameDateTimeUTC"]) if game.get("gameDateTimeUTC") else None
    is_over = game["gameStatus"] == FINAL
    has_scores = all(game[f"{side}Team"].get("score") for side in ("home", "away"))
    given = tip is not None and tip.astimezone(EASTERN).hour != 0  # midnight Eastern stands for "to be decided"
    return LeagueGame(
        game_id=game["gameId"],
        game_date=day,
        tip=(tip if tip and given else assumed_tip(day, assumptions)).astimezone(UTC),
        tip_given=given,
        home_team=_tricode(game, "home"),
        away_team=_tricode(game, "away"),
        is_neutral_site=game.get("isNeutral"),
        is_final=is_over and has_scores,
        is_postponed=(is_over and not has_scores)
        or str(game.get("gameStatusText") or "").strip().lower().startswith(_NOT_PLAYED),
    )
