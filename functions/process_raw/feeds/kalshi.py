"""Kalshi's trade API v2: markets of an event series, and the order book of one market. https://docs.kalshi.com.

Prices are dollars per contract that pays one dollar. Until 2026 they were whole cents (`yes_bid`), since then text with
`_dollars`, and quantities text with `_fp`; both are read.
"""

import re
from collections.abc import Iterator
from typing import Any

from functions.process_raw.feeds.kind import Kind, Row, Rows
from functions.process_raw.feeds.leagues import leagues
from functions.process_raw.feeds.values import instant, is_number, number_of, text
from functions.process_raw.results import Tally

_SERIES = re.compile(r"KX(WNBA|NBA|NCAAMB|NCAAF|NFL|MLB|NHL)")
_LADDER = re.compile(r"(?P<player>[^:]+): (?P<least>\d+)\+")  # `Tua Tagovailoa: 300+`
_CENTS = 100
_HALF = 0.5  # between the strike of a ladder and the next whole number
_PRICES = ("yes_bid", "yes_ask", "no_bid", "no_ask", "last_price")


def read_markets(value: Any, tally: Tally) -> Rows:
    """One row per market; those of a player's ladder (at least N) in a table of their own."""
    rows: Rows = {"kalshi_markets": [], "kalshi_player_props": []}
    for market in tally.kept("kalshi.market", value["markets"], "markets"):
        prices = {name: _dollars(market, name) for name in _PRICES}
        if _is_crossed(prices):
            tally.refuse("crossed_prices", market)
            continue
        row = {
            "league": _league_of(market["ticker"]),
            "ticker": market["ticker"],
            "event_ticker": market["event_ticker"],
            "title": text(market.get("title")),
            "status": market["status"],
            "strike": market.get("floor_strike"),
            **prices,
            "volume": _quantity(market, "volume"),
            "open_interest": _quantity(market, "open_interest"),
            "result": text(market.get("result")),
            "close_time": instant(market.get("close_time")),
            "updated_at": instant(market.get("updated_time")),
        }
        ladder = _LADDER.fullmatch(text(market.get("yes_sub_title")) or "")
        if ladder is None:
            rows["kalshi_markets"].append({**row, "side": text(market.get("yes_sub_title"))})
        elif row["strike"] != int(ladder["least"]) - _HALF:
            tally.refuse("strike_is_not_the_title_s", market)
        else:
            rows["kalshi_player_props"].append(
                {**row, "player_name": ladder["player"], "at_least": int(ladder["least"])}
            )
    return rows


def _dollars(market: Row, name: str) -> Any:
    """A price in dollars, from the text or from whole cents."""
    found = market.get(f"{name}_dollars")
    cents = market.get(name)
    return number_of(found) if found is not None else cents / _CENTS if is_number(cents) else cents


def _quantity(market: Row, name: str) -> Any:
    found = market.get(f"{name}_fp")
    return number_of(market.get(name) if found is None else found)


def _is_crossed(prices: Row) -> bool:
    """Whether a bid is above the ask of its side, or the sides' prices do not make a dollar together."""
    given = [prices[name] for name in _PRICES[:-1]]
    if not all(isinstance(price, float) for price in given):
        return False  # an unreadable price is refused with its row
    yes_bid, yes_ask, no_bid, no_ask = given
    together = (abs(yes_bid + no_ask - 1), abs(yes_ask + no_bid - 1))
    return bool(yes_bid > yes_ask or no_bid > no_ask or max(together) > 1.5 / _CENTS)


def read_order_book(value: Any, tally: Tally) -> Rows:
    """One row per side and price with the quantity that is bid; the answer does not name its market."""
    rows = []
    for side, price, quantity in _levels(value, tally):
        if price is None:
            tally.refuse("not_a_price_and_a_quantity", {"side": side})
            continue
        rows.append({"side": side, "price": price, "quantity": quantity})
    return {"kalshi_order_book": rows}


def _levels(value: Any, tally: Tally) -> Iterator[tuple[str, Any, Any]]:
    """Side, price in dollars and quantity of each level; without a price where the level is none."""
    book = value["orderbook_fp"] if "orderbook_fp" in value else value["orderbook"]
    for side in ("yes", "no"):
        in_dollars = f"{side}_dollars" in book
        levels = book[f"{side}_dollars" if in_dollars else side] or []
        tally.discarded["nothing_bid"] += not levels
        for level in levels:
            if not isinstance(level, list) or len(level) != 2:  # noqa: PLR2004  a pair
                yield side, None, None
                continue
            price, quantity = (number_of(part) for part in level)
            yield side, price if in_dollars or not is_number(price) else price / _CENTS, quantity


def _league_of(ticker: str) -> str:
    """The league of a series by its ticker; the series itself where it is of no league that is known."""
    found = _SERIES.match(ticker)
    return found[1] if found else ticker.partition("-")[0]


def _league(value: Any) -> str:
    return leagues(_league_of(market["ticker"]) for market in value["markets"])


def _has_book(value: Any) -> bool:
    return "orderbook" in value or "orderbook_fp" in value


KINDS = (
    Kind("markets", "json", lambda value: "markets" in value, read_markets, _league, "no market is listed"),
    Kind("orderbook", "json", _has_book, read_order_book, lambda _: "not said", "nothing is bid"),
)
