"""Match the games and players that other feeds name with our schedule and player list."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from shared.rules.dates import eastern_date
from shared.rules.names import player_lookup
from shared.rules.teams import TRICODES

_IDENTITY = ["player_id", "player_name", "player_lookup", "team"]


@dataclass(frozen=True)
class Matcher:
    """The window's games by date and teams, and the identities of the listed players by lookup."""

    games: Mapping[tuple[date, str, str], dict[str, Any]]
    players: Mapping[str, list[dict[str, Any]]]

    def game(self, home: str, away: str, commence: datetime) -> dict[str, Any] | None:
        """The game of two teams (full names) on the Eastern date of `commence`."""
        return self.games.get((eastern_date(commence), TRICODES.get(home, ""), TRICODES.get(away, "")))

    def player(self, name: str, teams: tuple[str, ...]) -> dict[str, Any] | None:
        """The listed player of that name; of several, the one on these teams. None unless exactly one matches."""
        named = self.players.get(player_lookup(name), [])
        if len(named) > 1:
            named = [p for p in named if p["team"] in teams]
        return named[0] if len(named) == 1 else None


def matcher_of(inputs: Mapping[str, pa.Table]) -> Matcher:
    """A matcher over the inputs `schedule` and `identities`."""
    players: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for player in inputs["identities"].select(_IDENTITY).to_pylist():
        players[player["player_lookup"]].append(player)
    games = {(g["game_date"], g["home_team"], g["away_team"]): g for g in inputs["schedule"].to_pylist()}
    return Matcher(games, players)
