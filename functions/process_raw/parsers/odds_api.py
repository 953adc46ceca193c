"""Rows of points lines and game lines from The Odds API v4, live or from its historical endpoints."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from functions.process_raw.feeds.leagues import NBA, league_of_sport
from functions.process_raw.parsers.matching import Matcher, matcher_of
from functions.process_raw.results import Tally
from shared.contracts.work import Computed, Payload, Work
from shared.errors import ContractError
from shared.rules import odds
from shared.rules.dates import eastern_date, parse_utc
from shared.rules.odds_events import commence_of
from shared.rules.schedule import read_json
from shared.rules.teams import TRICODES

_SOURCE = "odds_api"
_EVENT = re.compile(r"/events/[^/]+/odds$")
_Rows = dict[tuple[Any, ...], list[dict[str, Any]]]  # by natural key; several where values contradict each other


@dataclass(frozen=True)
class _Market:
    """One market of one sportsbook for one game, and when it was known."""

    game: dict[str, Any]
    bookmaker: str
    key: str
    known_at: datetime
    known_at_source: str
    last_seen_at: datetime
    outcomes: list[dict[str, Any]]


def parse_props(payloads: Sequence[Payload], inputs: Mapping[str, pa.Table], work: Work) -> Computed:
    """One row per player, book, line and time; over and under of the same line in one row."""
    tally, matcher, rows = Tally(), matcher_of(inputs), _Rows()
    for market in _markets(payloads, matcher, tally, work, (work.settings["market"],)):
        for outcome in market.outcomes:
            _add_price(rows, market, outcome, matcher, tally)
    return _computed(tally, rows)


def parse_game_lines(payloads: Sequence[Payload], inputs: Mapping[str, pa.Table], work: Work) -> Computed:
    """One row per game, book and time: home spread, total and moneylines, each where offered."""
    tally, rows = Tally(), _Rows()
    for market in _markets(payloads, matcher_of(inputs), tally, work, ("h2h", "spreads", "totals")):
        for outcome in market.outcomes:
            _add_line(rows, market, outcome, tally)
    return _computed(tally, rows)


def _computed(tally: Tally, rows: _Rows) -> Computed:
    return tally.computed(
        [row for same_key in rows.values() for row in same_key],
        "no line before a tip in the window",
        new_fields=tally.new_fields,
    )


def _put(
    rows: _Rows, market: _Market, key: tuple[Any, ...], value: Mapping[str, Any], more: Mapping[str, Any]
) -> dict[str, Any]:
    """The row of a key, the value set in it: a further row of that key where the first ones have another value."""
    same_key = rows.setdefault((market.game["game_id"], market.bookmaker, market.known_at, *key), [])
    row = next((r for r in same_key if all(r.get(n) in (None, v) for n, v in value.items())), None)
    if row is None:
        row = {
            "game_id": market.game["game_id"],
            "game_date": market.game["game_date"],
            "bookmaker": market.bookmaker,
            "known_at": market.known_at,
            "known_at_source": market.known_at_source,
            "source": _SOURCE,
            **more,
        }
        same_key.append(row)
    row.update(value)
    return row


def _add_price(rows: _Rows, market: _Market, outcome: Mapping[str, Any], matcher: Matcher, tally: Tally) -> None:
    name, line, side = outcome.get("description"), outcome.get("point"), outcome["name"]
    if not isinstance(name, str) or not isinstance(line, int | float) or side not in ("Over", "Under"):
        tally.refuse("not_an_over_or_under", outcome)
        return
    teams = (market.game["home_team"], market.game["away_team"])
    player = matcher.player(name, teams)
    price = odds.american_of(outcome["price"])
    if player is None or price is None:
        tally.refuse("unknown_player" if player is None else "impossible_price", outcome)
        return
    team = player["team"] if player["team"] in teams else None  # a list that lags behind a trade
    more = {**player, "team": team, "market": market.key, "points_line": float(line)}
    value = {"over_price" if side == "Over" else "under_price": price}
    row = _put(rows, market, (player["player_id"], float(line)), value, more)
    row["last_seen_at"] = max(row.get("last_seen_at", market.last_seen_at), market.last_seen_at)


def _add_line(rows: _Rows, market: _Market, outcome: Mapping[str, Any], tally: Tally) -> None:
    is_home = TRICODES.get(outcome["name"]) == market.game["home_team"]
    price, point = odds.american_of(outcome["price"]), outcome.get("point")
    value: dict[str, Any] = {}
    if price is None or (market.key != "h2h" and not isinstance(point, int | float)):
        tally.refuse("impossible_price" if price is None else "no_point", outcome)
    elif market.key == "h2h":
        value = {"home_ml" if is_home else "away_ml": price}
    elif market.key == "totals" and outcome["name"] == "Over":
        value = {"total": float(point or 0)}
    elif market.key == "spreads" and is_home:
        value = {"home_spread": float(point or 0)}
    if value:
        _put(rows, market, (), value, {n: market.game[n] for n in ("home_team", "away_team")})


def _markets(
    payloads: Sequence[Payload], matcher: Matcher, tally: Tally, work: Work, wanted: tuple[str, ...]
) -> Iterator[_Market]:
    """The wanted markets of every game of the window, as far as they were known before the tip."""
    for path, taken_at, events in tally.read(payloads, lambda payload: _events(payload, tally)):
        if path.endswith("/events"):  # the list that the plan chose from: no prices in it
            tally.refuse("unusable_event", *(e for e in events if commence_of(e) is None))
            continue
        for event in events:
            if league_of_sport(event.get("sport_key")) not in (None, NBA):
                tally.discarded["other_league"] += 1
                continue
            game = _game_of(event, matcher, tally, work)
            if game is None:
                continue
            for book in event.get("bookmakers") or []:
                offered = _of_book(book, taken_at, wanted, tally, path)
                if offered is None:
                    tally.refuse("unreadable_bookmaker", {"event": event["id"], "bookmaker": book})
                    continue
                known_at, known_at_source, markets = offered
                if known_at >= game["tip_utc"]:
                    tally.discarded["in_play"] += sum(len(outcomes) for _, outcomes in markets)
                    continue
                last_seen_at = max(known_at, min(taken_at, work.as_of))
                for key, outcomes in markets:
                    yield _Market(game, book["key"], key, known_at, known_at_source, last_seen_at, outcomes)


def _game_of(event: Mapping[str, Any], matcher: Matcher, tally: Tally, work: Work) -> dict[str, Any] | None:
    """The event's game; None, refused or counted, where there is none in the window or the event is unusable."""
    commence = commence_of(event)
    if commence is None or not isinstance(event.get("bookmakers") or [], list):
        tally.refuse("unusable_event", event)
        return None
    game = matcher.game(event["home_team"], event["away_team"], commence)
    if game is None and work.from_date <= eastern_date(commence) <= work.to_date:
        tally.refuse("no_such_game", {n: event[n] for n in ("id", "commence_time", "home_team", "away_team")})
    elif game is None:
        tally.discarded["no_game_of_the_window"] += 1
    return game


def _of_book(
    book: Mapping[str, Any], taken_at: datetime, wanted: tuple[str, ...], tally: Tally, path: str
) -> tuple[datetime, str, list[tuple[str, list[dict[str, Any]]]]] | None:
    """When all wanted markets of a sportsbook were known, and the markets; their last update, at most `taken_at`.

    None for a bookmaker without key, markets or outcomes that can be read.
    """
    try:
        markets = [m for m in book["markets"] if m["key"] in wanted]
        tally.discarded["other_market"] += len(book["markets"]) - len(markets)
        stamps = [m.get("last_update") or book.get("last_update") for m in markets]
        updated = max((parse_utc(s) for s in stamps if s), default=taken_at)
        known_at_source = "last_update" if updated <= taken_at and any(stamps) else "snapshot"
        offered = [(m["key"], tally.kept("odds_api.outcome", m["outcomes"], f"{path} {book['key']}")) for m in markets]
    except (KeyError, TypeError, AttributeError, ValueError, ContractError):
        return None
    return min(updated, taken_at), known_at_source, offered


def _events(payload: Payload, tally: Tally) -> tuple[str, datetime, list[dict[str, Any]]]:
    """Path, time and events of an answer: a historical one has a timestamp, a live one was taken when fetched.

    ContractError for an answer about one event that is about other teams than those that were asked for.
    """
    path, taken_at = payload.artifact.path, payload.artifact.fetched_at
    document = read_json(payload.body, path)
    if isinstance(document, dict) and "timestamp" in document:
        try:
            document, taken_at = document["data"], min(parse_utc(document["timestamp"]), taken_at)
        except (KeyError, ValueError, TypeError) as error:
            raise ContractError(f"{path}: a historical answer without data or time: {error!r}") from error
    events = tally.kept("odds_api.event", document if isinstance(document, list) else [document], path)
    asked = payload.artifact.entity if _EVENT.search(path) else ""
    for event in events if asked else []:
        if event["home_team"] not in asked or event["away_team"] not in asked:
            raise ContractError(f"the answer is about {event['away_team']} at {event['home_team']}")
    return path, taken_at, events
