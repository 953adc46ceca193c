"""Box score lines of past seasons from the NBA's game logs: a row per team and a row per player who played."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.process_raw.feeds.nba_stats.lines import counts_of
from functions.process_raw.results import Tally
from shared.contracts.work import Work
from shared.rules.box_scores import difference
from shared.rules.dates import game_end, season_of_game, season_type
from shared.rules.names import player_lookup
from shared.rules.schedule import LeagueGame
from shared.rules.stats_tables import Row, is_of_teams, overtimes_of, player_rows, team_rows


@dataclass
class GameLogs:
    """The game logs of a window: rows of teams by game and team, rows of players by game."""

    teams: dict[tuple[str, str], Row] = field(default_factory=dict)
    players: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def add_teams(self, document: Any) -> None:
        """Take the rows of a log of teams; a schedule has none."""
        if is_of_teams(document):
            self.teams |= {(row["GAME_ID"], row["TEAM_ABBREVIATION"]): row for row in team_rows(document)}

    def add_players(self, document: Any) -> None:
        """Take the rows of a log of players; ContractError if it is not one."""
        for row in player_rows(document):
            self.players[row["GAME_ID"]].append(row)

    def rows(
        self, listed: Mapping[str, LeagueGame], work: Work, tally: Tally
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """The rows of the window's listed games, and by game why one is held back: its players do not sum to a score.

        A log has no starters, no shots in the paint, no player who did not play, and whole minutes.
        """
        rows: list[dict[str, Any]] = []
        held_back: dict[str, str] = {}
        for game_id, lines in self.players.items():
            game = listed.get(game_id)
            if game is None or not work.from_date <= game.game_date <= work.to_date:
                tally.discarded["not_a_league_game" if game is None else "outside_window"] += len(lines)
                continue
            minutes = self._of_team(game, game.home_team, "MIN")
            overtimes = overtimes_of(minutes) if isinstance(minutes, int | float) else 0
            of_game = _game_rows(game, lines, overtimes, work, tally)
            if reason := self._difference(game, of_game, overtimes, work):
                held_back[game_id] = reason
            else:
                rows += of_game
        return rows, held_back

    def _of_team(self, game: LeagueGame, team: str, column: str) -> Any:
        return self.teams.get((game.game_id, team), {}).get(column)

    def _difference(self, game: LeagueGame, rows: list[dict[str, Any]], overtimes: int, work: Work) -> str:
        """How the lines of either team contradict the game; empty if they add up."""
        reasons = []
        for team in (game.home_team, game.away_team):
            points, seconds = (sum(row[n] for row in rows if row["team"] == team) for n in ("points", "seconds_played"))
            score = self._of_team(game, team, "PTS")
            reasons.append(difference(team, points, score, seconds, overtimes, work.assumptions))
        return "; ".join(filter(None, reasons))


def _game_rows(game: LeagueGame, lines: list[Row], overtimes: int, work: Work, tally: Tally) -> list[dict[str, Any]]:
    """The rows of a game's players; one that cannot be used is refused."""
    common = {
        "game_id": game.game_id,
        "game_date": game.game_date,
        "season": season_of_game(game.game_id),
        "season_type": season_type(game.game_id),
        "home_team": game.home_team,
        "away_team": game.away_team,
        "overtimes": overtimes,
        "known_at": game_end(game.tip, overtimes, work.assumptions),
        "known_at_source": "assumed",
        "source": "nba_game_log",
    }
    rows = []
    for line in lines:
        row, rule = _row(line, game)
        if rule:
            tally.refuse(rule, line)
        else:
            rows.append({**common, **row})
    return rows


def _row(line: Row, game: LeagueGame) -> tuple[dict[str, Any], str]:
    """The player's own columns, and the rule that the row breaks (empty: none)."""
    team, name = line["TEAM_ABBREVIATION"], line["PLAYER_NAME"]
    counts = {name: count for name, count in counts_of(line).items() if name != "plus_minus"}
    whole = (line["PLAYER_ID"], line["MIN"], line["PTS"])
    if not isinstance(name, str) or any(not isinstance(n, int) for n in whole):
        return {}, "wrong_type"
    if team not in (game.home_team, game.away_team):
        return {}, "not_a_team_of_the_game"
    return {
        "team": team,
        "opponent": game.away_team if team == game.home_team else game.home_team,
        "is_home": team == game.home_team,
        "player_id": line["PLAYER_ID"],
        "player_name": name,
        "player_lookup": player_lookup(name),
        "player_status": "played",
        "seconds_played": 60 * line["MIN"],
        **counts,
    }, ""
