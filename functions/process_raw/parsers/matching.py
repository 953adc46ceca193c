"""Match the games and players that other feeds name with our schedule and player list."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from shared.rules.dates import eastern_date
from shared.rules.names import may_be_same, player_lookup
from shared.rules.teams import TRICODES

_IDENTITY = ["player_id", "player_name", "player_lookup", "team"]


@dataclass(frozen=True)
class Matcher:
    """The window's games by date and teams, and the listed players by lookup and by team."""

    games: Mapping[tuple[date, frozenset[str]], dict[str, Any]]
    players: Mapping[str, list[dict[str, Any]]]
    rosters: Mapping[str, list[dict[str, Any]]]

    def game(self, home: str, away: str, commence: datetime) -> dict[str, Any] | None:
        """The game of two teams (written out) on the Eastern date of `commence`.

        In either order: for a game at a neutral site sources disagree about which team is at home.
        """
        return self.games.get((eastern_date(commence), frozenset((TRICODES.get(home, ""), TRICODES.get(away, "")))))

    def player(self, name: str, teams: tuple[str, ...]) -> dict[str, Any] | None:
        """The listed player of that name, quoted or reported for a game of these teams. None rather than a guess.

        First the player with the same lookup, of the name or of the list's own code (`nicolas_claxton`); of several the
        one on one of the teams. Then the only player of the teams whose name `may_be_same`.
        """
        same = self.players.get(player_lookup(name), [])
        if len(same) > 1:
            same = [p for p in same if p["team"] in teams]
        if not same:
            same = [p for team in teams for p in self.rosters.get(team, []) if may_be_same(name, p["player_name"])]
        return same[0] if len(same) == 1 else None


def matcher_of(inputs: Mapping[str, pa.Table]) -> Matcher:
    """A matcher over the inputs `schedule` and `identities`."""
    players: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    rosters: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for listed in inputs["identities"].to_pylist():
        player = {name: listed[name] for name in _IDENTITY}
        for lookup in {player["player_lookup"], listed["player_code_lookup"] or player["player_lookup"]}:
            players[lookup].append(player)
        rosters[player["team"]].append(player)
    games = {(g["game_date"], frozenset((g["home_team"], g["away_team"]))): g for g in inputs["schedule"].to_pylist()}
    return Matcher(games, players, rosters)
