"""Simulate a sample game: rotations, minutes that add up, shots that make the points, overtime on a tie."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from tipoff.sample.players import SamplePlayer

TEAM_SHOTS: Final = 88.5
ROTATION: Final = 10
REGULATION_S: Final = 48 * 60
OVERTIME_S: Final = 5 * 60
MAX_OVERTIMES: Final = 4
STATISTICS: Final = (
    *("fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "points", "paint"),
    *("oreb", "dreb", "ast", "stl", "blk", "tov", "pf"),
)
STARTERS: Final = 5
_Counts = npt.NDArray[np.int64]
_Rates = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """A player's line in a box score: whole counts, seconds played."""

    player: SamplePlayer
    starter: bool
    seconds: int
    counts: dict[str, int]


@dataclass(frozen=True)
class Side:
    """One team of a game: box score lines, players dressed but not used, and players out with the reason."""

    team: str
    lines: tuple[Line, ...]
    benched: tuple[SamplePlayer, ...]
    out: tuple[tuple[SamplePlayer, str], ...]

    @property
    def points(self) -> int:
        """The team's points: the sum of its players'."""
        return sum(line.counts["points"] for line in self.lines)


@dataclass(frozen=True)
class Outlook:
    """Expected minutes, shots and points of a team's rotation in regulation; lines and the simulation start from it."""

    rotation: tuple[SamplePlayer, ...]
    minutes: _Rates
    shots: _Rates
    points: _Rates


def outlook(squad: tuple[SamplePlayer, ...], out: set[int], pace: float, edge: float) -> Outlook:
    """The rotation's expected minutes, shots and points; `pace` scales shots, `edge` shooting."""
    rotation = tuple(p for p in squad if p.player_id not in out)[:ROTATION]
    minutes = np.array([p.minutes for p in rotation])
    minutes = minutes * 240 / minutes.sum()
    for _ in range(3):  # at most 38 minutes each; the others share the excess
        minutes = np.minimum(minutes, 38.0)
        minutes = minutes + (240 - minutes.sum()) * (38.5 - minutes) / (38.5 - minutes).sum()
    weight = minutes * np.array([p.usage for p in rotation])
    shots = TEAM_SHOTS * pace * weight / weight.sum()
    threes = np.array([p.three_share * p.three_pct * 3 for p in rotation])
    twos = np.array([(1 - p.three_share) * p.two_pct * 2 for p in rotation])
    free = np.array([p.free_throw_rate * p.free_throw_pct for p in rotation])
    return Outlook(rotation, minutes, shots, shots * ((threes + twos) * (1 + edge) + free))


def play(rng: np.random.Generator, home: Outlook, away: Outlook, edge: float) -> tuple[list[Line], list[Line], int]:
    """Both teams' lines and the number of overtimes, which are played until the scores differ."""
    totals = [_period(rng, side, 1.0, edge * sign) for side, sign in ((home, 1), (away, -1))]
    overtimes = 0
    while totals[0]["points"].sum() == totals[1]["points"].sum():
        overtimes += 1
        extra = [_period(rng, side, OVERTIME_S / REGULATION_S, 0.0) for side in (home, away)]
        if overtimes == MAX_OVERTIMES and extra[0]["points"].sum() == extra[1]["points"].sum():
            extra[0]["ftm"][0] += 1  # the last overtime must have a winner
            extra[0]["fta"][0] += 1
            extra[0]["points"][0] += 1
        for total, more in zip(totals, extra, strict=True):
            for name, counts in more.items():
                total[name] = total[name] + counts
    lines = []
    for side, total in zip((home, away), totals, strict=True):
        seconds = _seconds(rng, side.minutes, overtimes)
        lines.append(
            [
                Line(p, i < STARTERS, int(seconds[i]), {name: int(c[i]) for name, c in total.items()})
                for i, p in enumerate(side.rotation)
            ]
        )
    return lines[0], lines[1], overtimes


def _seconds(rng: np.random.Generator, minutes: _Rates, overtimes: int) -> _Counts:
    """Seconds per player: they add up to five players for the whole game, and none exceeds the game."""
    game = REGULATION_S + OVERTIME_S * overtimes
    shares = minutes * np.exp(rng.normal(0, 0.075, len(minutes)))
    seconds = np.floor(shares / shares.sum() * 5 * game).astype(np.int64)
    seconds = np.minimum(seconds, game)
    for i in np.argsort(seconds, kind="stable")[::-1]:
        missing = 5 * game - int(seconds.sum())
        seconds[i] += min(missing, game - int(seconds[i]))
    return np.asarray(seconds)


def _period(rng: np.random.Generator, side: Outlook, share: float, edge: float) -> dict[str, _Counts]:
    squad, minutes = side.rotation, side.minutes * share
    form = side.shots * np.exp(rng.normal(0, 0.16, len(squad)))
    team_shots = max(1, round(float(side.shots.sum()) * share + float(rng.normal(0, 3.0)) * share))
    fga = rng.multinomial(team_shots, form / form.sum())  # a team's total varies less than its players' shares
    trips = form * np.array([p.free_throw_rate for p in squad])
    team_trips = max(0, round(float(trips.sum()) * share / 2 + float(rng.normal(0, 2.2)) * share))
    fg3a = rng.binomial(fga, [p.three_share for p in squad])
    fg3m = rng.binomial(fg3a, np.clip([p.three_pct * (1 + edge) for p in squad], 0, 1))
    fg2m = rng.binomial(fga - fg3a, np.clip([p.two_pct * (1 + edge) for p in squad], 0, 1))
    fta = 2 * rng.multinomial(team_trips, trips / trips.sum())
    ftm = rng.binomial(fta, [p.free_throw_pct for p in squad])
    big = np.array([p.big for p in squad])
    paint = rng.binomial(fg2m, 0.45 + 0.45 * big)
    return {
        "fgm": fg2m + fg3m,
        "fga": fga,
        "fg3m": fg3m,
        "fg3a": fg3a,
        "ftm": ftm,
        "fta": fta,
        "points": 2 * fg2m + 3 * fg3m + ftm,
        "paint": 2 * paint,
        "oreb": rng.poisson(minutes * (0.02 + 0.06 * big)),
        "dreb": rng.poisson(minutes * (0.09 + 0.12 * big)),
        "ast": rng.poisson(minutes * (0.16 - 0.12 * big)),
        "stl": rng.poisson(minutes * 0.031),
        "blk": rng.poisson(minutes * (0.008 + 0.03 * big)),
        "tov": rng.poisson(minutes * 0.056),
        "pf": rng.binomial(6 if share == 1.0 else 0, np.clip(minutes * 0.014, 0, 0.9)),
    }
