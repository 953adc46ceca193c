"""The sample sportsbooks' offers: lines around a noisy expectation, with hold, moving through the day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import erf, floor, sqrt
from typing import Final

import numpy as np

from shared.rules.dates import eastern_instant
from tipoff.sample.games import Outlook
from tipoff.sample.league import Game, League

BOOKS: Final = ("draftkings", "fanduel", "betmgm", "williamhill_us")
OPENING: Final = (9, 30)
MIN_MINUTES: Final = 15.0
MIN_POINTS: Final = 5.0
_HOURS_BEFORE_TIP = (7.0, 5.0, 3.0, 1.5, 0.75)
_MOVE_PROBABILITY = 0.3
_EVEN = 0.5


@dataclass(frozen=True)
class PointsOffer:
    """A book's points line for a player, from `since` on."""

    since: datetime
    player_id: int
    player_name: str
    line: float
    over_price: int
    under_price: int


@dataclass(frozen=True)
class GameOffer:
    """A book's spread (home), total and moneylines, from `since` on."""

    since: datetime
    home_spread: float
    total: float
    home_ml: int
    away_ml: int


def american(probability: float) -> int:
    """The American odds that imply a probability; the probability is clipped to 2 to 98 %."""
    p = min(max(probability, 0.02), 0.98)
    return round(-100 * p / (1 - p)) if p >= _EVEN else round(100 * (1 - p) / p)


def _times(game: Game) -> list[datetime]:
    opening = eastern_instant(game.fixture.game_date, *OPENING)
    moves = [game.fixture.tip - timedelta(hours=h) for h in _HOURS_BEFORE_TIP]
    return [opening, *(m for m in moves if m > opening)]


@lru_cache(maxsize=1024)
def history(league: League, number: int) -> tuple[dict[str, list[list[PointsOffer]]], dict[str, list[GameOffer]]]:
    """Each book's offers on every player, and on the game, oldest first."""
    game = league.games[number]
    rng = np.random.default_rng([league.seed, 6, number])
    times = _times(game)
    props: dict[str, list[list[PointsOffer]]] = {book: [] for book in BOOKS}
    for side in game.outlooks:
        for i in range(len(side.rotation)):
            if side.minutes[i] >= MIN_MINUTES and side.points[i] >= MIN_POINTS:
                for book, offers in _points_histories(rng, side, i, times).items():
                    props[book].append(offers)
    return props, {book: _game_history(rng, game, times) for book in BOOKS}


def _points_histories(
    rng: np.random.Generator, side: Outlook, i: int, times: list[datetime]
) -> dict[str, list[PointsOffer]]:
    """Each book's offers on one player: all books follow one opinion, which drifts towards the expectation."""
    player, expected = side.rotation[i], float(side.points[i]) - 0.1  # the median lies below the mean
    opinion = expected + float(rng.normal(0, 0.9))
    taste = {book: float(rng.normal(0, 0.25)) for book in BOOKS}
    histories: dict[str, list[PointsOffer]] = {book: [] for book in BOOKS}
    shape = (len(times), len(BOOKS))
    moves, vigs = rng.random(shape) < _MOVE_PROBABILITY, rng.uniform(0.045, 0.07, shape)
    minutes, drift = rng.integers(0, 9, shape), rng.normal(0, 0.25, len(times))
    for t, time in enumerate(times):
        opinion += 0.25 * (expected - opinion) + float(drift[t])
        for b, book in enumerate(BOOKS):
            if histories[book] and not moves[t, b]:
                continue
            here, vig = opinion + taste[book], float(vigs[t, b])
            line = max(0.5, floor(here) + 0.5)
            over = 0.5 + 0.045 * (here - line) + vig / 2
            since = time + timedelta(minutes=int(minutes[t, b])) if histories[book] else time
            histories[book].append(
                PointsOffer(since, player.player_id, player.name, line, american(over), american(1 + vig - over))
            )
    return histories


def _game_history(rng: np.random.Generator, game: Game, times: list[datetime]) -> list[GameOffer]:
    home, away = (float(o.points.sum()) for o in game.outlooks)
    offers: list[GameOffer] = []
    for time in times:
        if offers and rng.random() > 2 * _MOVE_PROBABILITY:
            continue
        margin, total = home - away + rng.normal(0, 1.2), home + away + rng.normal(0, 2.0)
        win = 0.5 * (1 + erf(float(margin) / 12.5 / sqrt(2)))
        spread = -round(float(margin) * 2) / 2
        offers.append(
            GameOffer(time, spread, round(float(total) * 2) / 2, american(win + 0.022), american(1 - win + 0.022))
        )
    return offers


def points_offers(league: League, game: Game, now: datetime) -> dict[str, list[PointsOffer]]:
    """Each book's current offers at a moment; a player reported out has none."""
    if not _on_offer(game, now):
        return {}
    out = {
        player_id
        for player_id, reports in game.reports.items()
        if (published := [r for r in reports if r.known_at <= now]) and published[-1].status == "Out"
    }
    current = {
        book: [known[-1] for offers in histories if (known := [o for o in offers if o.since <= now])]
        for book, histories in history(league, game.number)[0].items()
    }
    return {book: [o for o in offers if o.player_id not in out] for book, offers in current.items()}


def game_offers(league: League, game: Game, now: datetime) -> dict[str, GameOffer]:
    """Each book's current spread, total and moneylines at a moment."""
    if not _on_offer(game, now):
        return {}
    histories = history(league, game.number)[1]
    return {b: known[-1] for b, offers in histories.items() if (known := [o for o in offers if o.since <= now])}


def _on_offer(game: Game, now: datetime) -> bool:
    called_off = game.fixture.postponed_at
    return now < game.fixture.tip and not (called_off and called_off <= now)
