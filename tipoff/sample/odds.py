"""Sample answers in the formats of The Odds API v4, live and historical."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import md5
from typing import Any

from shared.rules.dates import eastern_date
from shared.rules.teams import TEAMS
from tipoff.sample.league import Game, League
from tipoff.sample.lines import GameOffer, PointsOffer, game_offers, points_offers
from tipoff.sample.payloads import stamp

DAYS_AHEAD = 2
_SNAPSHOT_SPACING = timedelta(minutes=5)


def event_id(game: Game) -> str:
    """The source's own id of a game: 32 hexadecimal digits."""
    return md5(game.fixture.game_id.encode(), usedforsecurity=False).hexdigest()


def _head(game: Game) -> dict[str, Any]:
    return {
        "id": event_id(game),
        "sport_key": "basketball_nba",
        "sport_title": "NBA",
        "commence_time": stamp(game.fixture.tip),
        "home_team": TEAMS[game.fixture.home].name,
        "away_team": TEAMS[game.fixture.away].name,
    }


def _open_games(league: League, now: datetime) -> list[Game]:
    """Today's and tomorrow's games that are not postponed."""
    today = eastern_date(now)
    slates = (league.slate(today + timedelta(days=d)) for d in range(DAYS_AHEAD))
    return [g for slate in slates for g in slate if not (g.fixture.postponed_at and g.fixture.postponed_at <= now)]


def events(league: League, now: datetime) -> list[dict[str, Any]]:
    """The list of events, without prices."""
    return [_head(g) for g in _open_games(league, now)]


def find_event(league: League, event: str) -> Game | None:
    """The game of an event id."""
    return _by_event(league).get(event)


@lru_cache(maxsize=8)
def _by_event(league: League) -> dict[str, Game]:
    return {event_id(g): g for g in league.games}


def _book(key: str, updated: datetime, markets: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "key": key,
        "title": key.replace("_", " ").title(),
        "last_update": stamp(updated),
        "markets": [{**m, "last_update": stamp(updated)} for m in markets],
    }


def _points_market(offers: Iterable[PointsOffer]) -> dict[str, Any]:
    outcomes = [
        {"name": side, "description": o.player_name, "price": price, "point": o.line}
        for o in offers
        for side, price in (("Over", o.over_price), ("Under", o.under_price))
    ]
    return {"key": "player_points", "outcomes": outcomes}


def _game_markets(game: Game, offer: GameOffer) -> list[dict[str, Any]]:
    home, away = (TEAMS[t].name for t in (game.fixture.home, game.fixture.away))
    return [
        {"key": "h2h", "outcomes": [{"name": home, "price": offer.home_ml}, {"name": away, "price": offer.away_ml}]},
        {
            "key": "spreads",
            "outcomes": [
                {"name": home, "price": -110, "point": offer.home_spread},
                {"name": away, "price": -110, "point": -offer.home_spread},
            ],
        },
        {
            "key": "totals",
            "outcomes": [
                {"name": "Over", "price": -110, "point": offer.total},
                {"name": "Under", "price": -110, "point": offer.total},
            ],
        },
    ]


def event_odds(league: League, game: Game, now: datetime, markets: set[str]) -> dict[str, Any]:
    """One event with the books' offers current at `now`."""
    books = []
    if "player_points" in markets:
        for key, offers in points_offers(league, game, now).items():
            if offers:
                books.append(_book(key, max(o.since for o in offers), [_points_market(offers)]))
    for key, offer in game_offers(league, game, now).items() if markets - {"player_points"} else ():
        asked = [m for m in _game_markets(game, offer) if m["key"] in markets]
        books.append(_book(key, offer.since, asked))
    return {**_head(game), "bookmakers": books}


def odds(league: League, now: datetime, markets: set[str]) -> list[dict[str, Any]]:
    """Every open event with the books' offers."""
    return [event_odds(league, g, now, markets) for g in _open_games(league, now)]


def historical(data: Any, at: datetime) -> dict[str, Any]:
    """The envelope of the historical endpoints: the data with its snapshot's time and the neighbouring ones."""
    return {
        "timestamp": stamp(at),
        "previous_timestamp": stamp(at - _SNAPSHOT_SPACING),
        "next_timestamp": stamp(at + _SNAPSHOT_SPACING),
        "data": data,
    }
