"""Quotes seen after a prediction and before the tip: each book's next one, and its last one, the closing line."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from functions.predict.slate import floats
from shared.adapters.local.readers import HomeRows
from shared.contracts.work import QuoteLimits
from shared.rules import odds
from shared.rules.odds import Floats
from shared.rules.quotes import Flags, Quotes, chances, refusals

if TYPE_CHECKING:
    import pyarrow as pa


# Quotes that some snapshot between as_of and the tip listed, with the first and the last such snapshot. Snapshots are
# known as far as a quote appears or ends in them.
_SQL = """
WITH quoted AS (
  SELECT o.game_id, o.player_id, o.bookmaker, o.points_line, o.over_price, o.under_price, o.source, o.known_at,
    o.known_at_source, GREATEST(o.known_at, COALESCE(o.last_seen_at, o.known_at)) AS until, f.as_of, f.tip_utc
  FROM (FROM nba_raw.odds_api_player_points_props UNION ALL BY NAME FROM nba_raw.odds_api_closing_lines) AS o
  JOIN nba_precompute.ml_feature_store_v2 AS f ON f.game_id = o.game_id AND f.player_id = o.player_id
  WHERE o.game_date BETWEEN $first AND $last AND o.known_at < f.tip_utc
),
snapshots AS (
  SELECT game_id, source, known_at AS at FROM quoted WHERE known_at > as_of
  UNION
  SELECT game_id, source, until FROM quoted WHERE until > as_of AND until < tip_utc
)
SELECT q.game_id, q.player_id, q.bookmaker, q.points_line, q.over_price, q.under_price, q.known_at_source, q.known_at,
  MIN(s.at) AS first_at, MAX(s.at) AS last_at, MIN(EPOCH(q.tip_utc - s.at)) / 60 AS minutes_to_tip
FROM quoted AS q
JOIN snapshots AS s ON s.game_id = q.game_id AND s.source = q.source AND s.at BETWEEN q.known_at AND q.until
GROUP BY ALL
ORDER BY q.game_id, q.player_id, q.bookmaker, q.points_line, first_at
"""
Numbers = NDArray[np.int64]
Key = tuple[str, int, str]  # game_id, player_id, bookmaker


class Quote(NamedTuple):
    """A line with the American odds of both sides and the no-vig P(over | no push)."""

    line: float
    over_price: float
    under_price: float
    p_over: float


NO_QUOTE = Quote(*[float("nan")] * 4)


@dataclass(frozen=True)
class Later:
    """The main lines of each book: the first after the prediction that may be bet on, and the closing line.

    The closing line is the last before the tip that may be one, by the rule of `shared/rules/quotes.py`.
    """

    following: dict[Key, Quote]
    closing: dict[Key, Quote]


def read(tables: HomeRows, first: date, last: date, limits: QuoteLimits) -> Later:
    """The later quotes of the games between two dates."""
    rows = tables.read(_SQL, {"first": first, "last": last})
    names = ("game_id", "player_id", "bookmaker")
    keys: list[Key] = list(zip(*(rows.column(n).to_pylist() for n in names), strict=True))
    first_at, last_at = (rows.column(n).to_numpy().astype(np.int64) for n in ("first_at", "last_at"))
    following = _newest(keys, -first_at, _usable(rows, keys, first_at, "bet", limits))
    return Later(following, _newest(keys, last_at, _usable(rows, keys, last_at, "closing", limits)))


def _usable(rows: "pa.Table", keys: list[Key], at: Numbers, use: str, limits: QuoteLimits) -> list[Quote | None]:
    """The rows' quotes (n,) as seen at these moments (n,); None for one that is no main line or may not be used so."""
    over, under = floats(rows, "over_price"), floats(rows, "under_price")
    is_assumed = np.asarray(rows.column("known_at_source").to_pylist(), dtype=object) == "assumed"
    yes, no = np.ones(len(keys), bool), np.zeros(len(keys), bool)
    quotes = Quotes(
        book=np.array([book for _, _, book in keys], dtype=np.str_),
        over=over,
        under=under,
        age=np.where(is_assumed, np.nan, floats(rows, "minutes_to_tip") if use == "closing" else 0.0),
        is_main=_main(list(zip(keys, at.tolist(), strict=True)), odds.implied(over) - odds.implied(under)),
        is_on_board=yes,
        has_started=no,
        other_game=no,
    )
    is_usable = quotes.is_main & (refusals(quotes, limits)[use] == None)  # noqa: E711 - of each row
    found = zip(floats(rows, "points_line"), over, under, chances(quotes, limits), is_usable, strict=True)
    return [Quote(*map(float, quote)) if usable else None for *quote, usable in found]


def _main(seen: list[tuple[Key, int]], balance: Floats) -> Flags:
    """Which lines (n,) are the most balanced that a book quotes for a player then, the first of equal ones."""
    best: dict[tuple[Key, int], int] = {}
    apart = np.nan_to_num(np.abs(balance), nan=1.0)
    for i, key in enumerate(seen):
        if key not in best or apart[i] < apart[best[key]]:
            best[key] = i
    is_main = np.zeros(len(seen), bool)
    is_main[list(best.values())] = True
    return is_main


def _newest(keys: list[Key], at: Numbers, quotes: list[Quote | None]) -> dict[Key, Quote]:
    """Of each book's usable quotes of a player the one with the largest moment."""
    newest: dict[Key, Quote] = {}
    for i in np.argsort(at, kind="stable").tolist():
        quote = quotes[i]
        if quote is not None:
            newest[keys[i]] = quote
    return newest
