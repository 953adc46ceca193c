"""Odds of today's games on NBA.com: two-way and spread markets of several sportsbooks, in decimal prices."""

from typing import Any

from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.nba.ids import game_id_of, league_of, tricode_of
from functions.process_raw.feeds.nba.schedule import text
from functions.process_raw.results import Tally

_MARKETS = {"2way": "moneyline", "spread": "spread", "total": "total", "totals": "total"}


def _games(document: Any) -> Any:
    return document["games"] if isinstance(document, dict) else document


def recognises(document: Any) -> bool:
    """Whether it lists games with markets."""
    games = _games(document)
    return (
        isinstance(games, list)
        and all("markets" in game for game in games[:1])
        and (bool(games) or "games" in document)
    )


def league(document: Any) -> str:
    """The league of the first game."""
    games = _games(document)
    return league_of(games[0]["gameId"]) if games else "NBA"


def read(document: Any, tally: Tally) -> Rows:
    """A row per game, market, sportsbook and side."""
    rows = []
    for game in tally.kept("nba_cdn.odds_game", _games(document), "odds"):
        for market in tally.kept("nba_cdn.odds_market", game["markets"], "markets"):
            for book in tally.kept("nba_cdn.odds_book", market["books"], "books"):
                outcomes = tally.kept("nba_cdn.odds_outcome", book["outcomes"], "outcomes")
                rows += [_row(game, market, book, outcome) for outcome in outcomes]
    return {"nbac_game_odds": rows}


def _row(game: Row, market: Row, book: Row, outcome: Row) -> Row:
    return {
        "game_id": game_id_of(game["gameId"]),
        "home_team": _team(game.get("homeTeamId")),
        "away_team": _team(game.get("awayTeamId")),
        "market": _MARKETS.get(market["name"], market["name"]),
        "bookmaker": text(book["name"]),
        "bookmaker_id": book["id"],
        "country": text(book.get("countryCode")),
        "side": outcome["type"],
        "price_decimal": _number(outcome["odds"]),
        "opening_price_decimal": _number(outcome.get("opening_odds")),
        "line": _number(outcome.get("spread")),
        "opening_line": _number(outcome.get("opening_spread")),
        "trend": text(outcome.get("odds_trend")),
    }


def _team(team_id: Any) -> str | None:
    return tricode_of(int(team_id)) if str(team_id).isdecimal() else None


def _number(value: Any) -> float | None:
    """The number, which may be text; None where there is none."""
    return None if value in (None, "") else float(value)
