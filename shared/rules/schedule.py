"""The NBA's schedule JSON: one reader for the plan that needs its games and the parser that writes them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from shared.contracts.feeds import Examined, examine
from shared.errors import ContractError
from shared.rules.dates import EASTERN, assumed_tip, parse_utc, season_type

NOT_BEGUN, FINAL = 1, 3
SCHEDULED, TENTATIVE, POSTPONED, SUSPENDED, CANCELLED = "scheduled", "tentative", "postponed", "suspended", "cancelled"
# What a status text says, by its letters alone: `P.P.D.`, `Postp. - snow` and `Game Postponed` say the same.
_TEXTS = {"ppd|postp": POSTPONED, "canc": CANCELLED, "susp": SUSPENDED, "tbd|tba|ifnec": TENTATIVE}


def name_of(away_team: str, home_team: str, game_id: str) -> str:
    """`SAC at LAL (0022400001)`, for sentences about the game."""
    return f"{away_team} at {home_team} ({game_id})"


@dataclass(frozen=True)
class LeagueGame:
    """One game of the schedule. `tip_given` is false where the schedule has no time and the assumed one stands.

    `status` is scheduled, tentative (if necessary, or to be decided), postponed, suspended or cancelled; unless it is
    scheduled, `status_reason` says why, in the schedule's words where it has some. A game is final with status 3 *and*
    scores. Listed as final without them it was called off: postponed until the schedule says when.
    """

    game_id: str
    game_date: date
    tip: datetime
    tip_given: bool
    home_team: str
    away_team: str
    is_neutral_site: bool | None
    status: str
    status_reason: str | None
    is_final: bool

    @property
    def is_certain(self) -> bool:
        """Whether it is to be played, or was, on its date."""
        return self.status == SCHEDULED

    @property
    def name(self) -> str:
        """The game in sentences."""
        return name_of(self.away_team, self.home_team, self.game_id)


@dataclass(frozen=True)
class Schedule:
    """The league games of a schedule, in its order, how many other games it lists, and those that cannot be read.

    `ids` are the ids of all games that it lists, readable or not. Unless it `is_whole`, a game may be on that it does
    not list.
    """

    games: tuple[LeagueGame, ...]
    others: int
    refused: tuple[Mapping[str, Any], ...] = ()
    ids: frozenset[str] = frozenset()
    is_whole: bool = True

    def between(self, first: date, last: date) -> tuple[LeagueGame, ...]:
        """The games of those dates, both included."""
        return tuple(g for g in self.games if first <= g.game_date <= last)


def joined(schedules: Sequence[Schedule]) -> Schedule:
    """Several seasons' schedules as one."""
    return Schedule(
        games=tuple(g for s in schedules for g in s.games),
        others=sum(s.others for s in schedules),
        refused=tuple(r for s in schedules for r in s.refused),
        ids=frozenset(i for s in schedules for i in s.ids),
        is_whole=all(s.is_whole for s in schedules),
    )


def read_json(body: bytes, what: str) -> Any:
    """The document; ContractError if the body is truncated or not JSON."""
    try:
        return json.loads(body)
    except ValueError as error:
        raise ContractError(f"{what} is not whole JSON: {error}") from error


def read_schedule(body: bytes, assumptions: Mapping[str, int]) -> Schedule:
    """The games of a scheduleLeagueV2 document; ContractError if it is not one, or most of its games cannot be read."""
    return schedule_of(listed_games(read_json(body, "schedule")), assumptions)


def listed_games(document: Any) -> Examined:
    """The games that a scheduleLeagueV2 document lists; ContractError if it is not one."""
    try:
        listed = [g for d in document["leagueSchedule"]["gameDates"] for g in d["games"]]
    except (KeyError, TypeError) as error:
        raise ContractError(f"schedule without leagueSchedule.gameDates.games: {error}") from error
    return examine("nba_stats.schedule_game", listed)


def schedule_of(examined: Examined, assumptions: Mapping[str, int]) -> Schedule:
    """The league games among the listed ones; ContractError if most of them cannot be read.

    A game whose teams are not known yet (a later playoff round) counts as other.
    """
    refused = [record for records in examined.refused.values() for record in records]
    ours = [g for g in examined.kept if season_type(g["gameId"]) and _tricode(g, "home") and _tricode(g, "away")]
    games = []
    for listed_game in ours:
        try:
            games.append(_game(listed_game, assumptions))
        except ValueError:
            refused.append(listed_game)
    listed = len(examined.kept) + sum(map(len, examined.refused.values()))
    if 2 * len(refused) > listed:
        raise ContractError(f"schedule: {len(refused)} of {listed} games cannot be read, as {refused[0]!r}")
    ids = frozenset(str(g["gameId"]) for g in (*examined.kept, *refused) if "gameId" in g)
    return Schedule(tuple(games), len(examined.kept) - len(ours), tuple(refused), ids)


def _tricode(game: Mapping[str, Any], side: str) -> str:
    stated = game[f"{side}Team"].get("teamTricode")
    return stated if isinstance(stated, str) else ""


def _game(game: Mapping[str, Any], assumptions: Mapping[str, int]) -> LeagueGame:
    day = date.fromisoformat(game["gameDateEst"][:10])
    tip = parse_utc(game["gameDateTimeUTC"]) if game.get("gameDateTimeUTC") else None
    given = tip is not None and tip.astimezone(EASTERN).hour != 0  # midnight Eastern stands for "to be decided"
    status, reason = standing(game, has_midnight=tip is not None and not given)
    return LeagueGame(
        game_id=game["gameId"],
        game_date=day,
        tip=(tip if tip and given else assumed_tip(day, assumptions)).astimezone(UTC),
        tip_given=given,
        home_team=_tricode(game, "home"),
        away_team=_tricode(game, "away"),
        is_neutral_site=game.get("isNeutral"),
        status=status,
        status_reason=reason,
        is_final=status == SCHEDULED and game["gameStatus"] == FINAL,
    )


def standing(game: Mapping[str, Any], *, has_midnight: bool) -> tuple[str, str | None]:
    """Status and reason, from the status text, the flag `ifNecessary`, the number of the status, and the scores."""
    text = str(game.get("gameStatusText") or "").strip()
    letters = re.sub("[^a-z]", "", text.lower())
    said = next((status for pattern, status in _TEXTS.items() if re.search(pattern, letters)), SCHEDULED)
    if said not in (SCHEDULED, TENTATIVE):
        return said, text
    if game["gameStatus"] == NOT_BEGUN:
        if said == TENTATIVE or (has_midnight and ":" not in text):
            return TENTATIVE, text or "no time yet"
        return (TENTATIVE, "if necessary") if game.get("ifNecessary") is True else (SCHEDULED, None)
    has_scores = all(game[f"{side}Team"].get("score") for side in ("home", "away"))
    is_off = game["gameStatus"] == FINAL and not has_scores
    return (POSTPONED, f"listed as {text or 'final'} without scores") if is_off else (SCHEDULED, None)
