"""The whole sample season, made from a seed: fixtures, rosters, results and injuries."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final

import numpy as np

from shared.rules.dates import eastern_instant
from shared.rules.teams import TEAMS
from tipoff.sample import calendar, health
from tipoff.sample.calendar import Fixture
from tipoff.sample.games import Line, Outlook, Side, outlook, play
from tipoff.sample.players import SamplePlayer, rosters

DEFAULT_SEED: Final = 2024
DEFAULT_START: Final = date(2024, 10, 22)
HOME_EDGE: Final = 0.012
GAME_MINUTES: Final = 138
OVERTIME_MINUTES: Final = 22


@dataclass(frozen=True)
class Game:
    """A fixture with its reports and result; a postponed one has no sides.

    `outlooks` are what the market expects in the morning: without players reported out by noon, with those in doubt.
    """

    fixture: Fixture
    number: int
    reports: dict[int, tuple[health.Report, ...]]
    outlooks: tuple[Outlook, Outlook]
    sides: tuple[Side, Side] | None
    overtimes: int

    @property
    def ended_at(self) -> datetime:
        """The moment of the final buzzer."""
        return self.fixture.tip + timedelta(minutes=GAME_MINUTES + OVERTIME_MINUTES * self.overtimes)


class League:
    """A plausible league of eight weeks; equal seeds and starts give equal leagues on every machine."""

    def __init__(self, seed: int = DEFAULT_SEED, start: date = DEFAULT_START) -> None:
        self.seed, self.start = seed, start
        self.squads: dict[str, tuple[SamplePlayer, ...]] = rosters(seed)
        self.fixtures = calendar.fixtures(seed, start)
        self._spells = health.spells(seed, self.squads, 7 * calendar.WEEKS)
        strength = np.random.default_rng([seed, 4])
        self._pace = {team: float(strength.normal(1.0, 0.02)) for team in TEAMS}
        self._defence = {team: float(strength.normal(0.0, 0.014)) for team in TEAMS}

    @property
    def end(self) -> date:
        """The last date with a game."""
        return self.fixtures[-1].game_date

    @cached_property
    def games(self) -> tuple[Game, ...]:
        """Every game with its result, in the order of the fixtures."""
        return tuple(self._game(number, fixture) for number, fixture in enumerate(self.fixtures))

    @cached_property
    def by_id(self) -> dict[str, Game]:
        """Games by game id."""
        return {g.fixture.game_id: g for g in self.games}

    @cached_property
    def _by_date(self) -> dict[date, list[Game]]:
        days: dict[date, list[Game]] = {}
        for game in self.games:
            days.setdefault(game.fixture.game_date, []).append(game)
        return days

    def slate(self, day: date) -> list[Game]:
        """The games of an Eastern date."""
        return self._by_date.get(day, [])

    def _game(self, number: int, fixture: Fixture) -> Game:
        rng = np.random.default_rng([self.seed, 5, number])
        day = (fixture.game_date - self.start).days
        teams = (fixture.home, fixture.away)
        out: dict[str, dict[int, str]] = {team: {} for team in teams}
        reports: dict[int, tuple[health.Report, ...]] = {}
        for team in teams:
            for player in self.squads[team]:
                mine = self._spells[player.player_id]
                if statuses := health.reports(rng, mine, day, fixture.game_date, fixture.tip):
                    reports[player.player_id] = statuses
                if spell := health.spell_on(mine, day):
                    out[team][player.player_id] = spell.reason
        absent = {player_id for team in teams for player_id in out[team]}
        noon = eastern_instant(fixture.game_date, 12)
        out_by_noon = {i for i, (first, *_) in reports.items() if first.status == "Out" and first.known_at <= noon}
        market, real = self._outlooks(fixture, out_by_noon), self._outlooks(fixture, absent)
        if fixture.postponed_at:
            return Game(fixture, number, reports, market, None, 0)
        tempo = float(rng.normal(1.0, 0.035))
        drawn = [Outlook(o.rotation, o.minutes, o.shots * tempo, o.points) for o in real]
        edge = HOME_EDGE + (self._defence[fixture.away] - self._defence[fixture.home]) / 2
        home_lines, away_lines, overtimes = play(rng, drawn[0], drawn[1], edge)
        sides = (self._side(fixture.home, home_lines, out), self._side(fixture.away, away_lines, out))
        return Game(fixture, number, reports, market, sides, overtimes)

    def _outlooks(self, fixture: Fixture, out: set[int]) -> tuple[Outlook, Outlook]:
        """Home's and away's outlook without the players in `out`, adjusted for the opponent's defence."""
        pace = (self._pace[fixture.home] + self._pace[fixture.away]) / 2
        return (
            outlook(self.squads[fixture.home], out, pace, HOME_EDGE + self._defence[fixture.away]),
            outlook(self.squads[fixture.away], out, pace, self._defence[fixture.home] - HOME_EDGE),
        )

    def _side(self, team: str, lines: list[Line], out: dict[str, dict[int, str]]) -> Side:
        played = {line.player.player_id for line in lines if line.seconds > 0}
        absent = out[team]
        return Side(
            team=team,
            lines=tuple(line for line in lines if line.seconds > 0),
            benched=tuple(p for p in self.squads[team] if p.player_id not in played and p.player_id not in absent),
            out=tuple((p, absent[p.player_id]) for p in self.squads[team] if p.player_id in absent),
        )
