"""What shopping is worth: the picks' ROI at the best, the median and one's own book's price, also a snapshot later."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict.distribution import Floats
from functions.predict.slate import floats
from shared.adapters.local.readers import HomeRows
from shared.map.loader import pipeline_map
from shared.rules.odds import decimal
from tipoff.evaluation import intervals, later_quotes
from tipoff.evaluation.later_quotes import NO_QUOTE, Key, Quote
from tipoff.evaluation.metrics import paid

if TYPE_CHECKING:
    import pyarrow as pa

# The newest generation's picks whose players played, each with the price of its side at the best book, at the book of
# the prediction's line, at the median book and at the own one. Books by their line, then by their price, best first; of
# an even number the worse of the middle two.
_SQL = """
WITH picks AS (
  SELECT p.*, g.actual_points, p.recommendation = 'OVER' AS is_over
  FROM nba_predictions.player_prop_predictions AS p
  JOIN nba_predictions.prediction_accuracy AS g
    ON g.game_date = p.game_date AND g.game_id = p.game_id AND g.player_id = p.player_id AND g.system_id = p.system_id
    AND g.prediction_generation = p.generation
  WHERE p.recommendation IN ('OVER', 'UNDER') AND g.actual_points IS NOT NULL AND p.best_line IS NOT NULL
    AND p.game_date BETWEEN $first AND $last
  QUALIFY p.generation = MAX(p.generation) OVER (PARTITION BY p.game_date, p.system_id)
    AND g.generation = MAX(g.generation) OVER (PARTITION BY p.game_date, p.system_id)
),
offers AS (
  SELECT p.system_id, p.game_id, p.player_id, q.bookmaker, q.points_line AS line,
    IF(is_over, q.over_price, q.under_price) AS price, IF(is_over, 1, -1) * q.points_line AS rank
  FROM picks AS p
  JOIN nba_analytics.player_quotes AS q
    ON q.game_id = p.game_id AND q.player_id = p.player_id AND q.is_current AND q.is_main AND q.refused_bet IS NULL
  QUALIFY q.age_minutes <= MIN(q.age_minutes) OVER (PARTITION BY p.system_id, p.game_id, p.player_id) + $aligned
),
placed AS (
  SELECT *, COUNT(*) OVER (PARTITION BY system_id, game_id, player_id) AS books,
    ROW_NUMBER() OVER (
      PARTITION BY system_id, game_id, player_id
      ORDER BY rank, IF(price > 0, price / 100.0, -100.0 / price) DESC, bookmaker
    ) AS place
  FROM offers
)
SELECT p.system_id, p.game_date, p.game_id, p.player_id, p.is_over, p.actual_points AS points,
  p.best_bookmaker AS best_book, p.bookmaker AS headline_book, p.best_line, p.best_price,
  p.line AS headline_line, IF(p.is_over, p.over_price, p.under_price) AS headline_price,
  median.line AS median_line, median.price AS median_price, own.line AS own_line, own.price AS own_price
FROM picks AS p
LEFT JOIN placed AS median
  ON median.system_id = p.system_id AND median.game_id = p.game_id AND median.player_id = p.player_id
  AND median.place = median.books // 2 + 1
LEFT JOIN placed AS own
  ON own.system_id = p.system_id AND own.game_id = p.game_id AND own.player_id = p.player_id AND own.bookmaker = $own
ORDER BY p.system_id, p.game_date, p.game_id, p.player_id
"""
_PLACES = ("best", "headline", "median", "own")


def measured(tables: HomeRows, first: date, last: date, own: str, aligned: int) -> list[dict[str, Any]]:
    """Each system's ROI by place of the price, and what the best gained on the headline book, on the same picks.

    `own` is the bettor's book, `aligned` the minutes within which quotes count as simultaneous. A pick that a place did
    not quote is left out there; `{place}_bets` counts the others. `next_{place}` is the same book's quote in its first
    snapshot after the prediction, or the median then.
    """
    rows = tables.read(_SQL, {"first": first, "last": last, "own": own, "aligned": aligned})
    following = later_quotes.read(tables, first, last, pipeline_map().quotes).following
    for name, values in _next(rows.to_pylist(), following, own).items():
        rows = rows.append_column(name, [values])
    systems = np.asarray(rows.column("system_id").to_pylist(), dtype=object)
    return [{"system": s, **figures(rows.filter(systems == s))} for s in sorted(set(systems.tolist()))]


def _next(picks: list[dict[str, Any]], following: Mapping[Key, Quote], own: str) -> dict[str, Floats]:
    """The line and the price of each pick's side (n,) at each place in the next snapshot, as columns; NaN without."""
    by_player = defaultdict[tuple[str, int], list[Quote]](list)
    for (game, player, _), quote in following.items():
        by_player[game, player].append(quote)
    columns: dict[str, list[float]] = defaultdict(list)
    for pick in picks:
        who, is_over = (pick["game_id"], pick["player_id"]), pick["is_over"]
        books = {"best": pick["best_book"], "headline": pick["headline_book"], "own": own}
        quotes = {place: following.get((*who, book), NO_QUOTE) for place, book in books.items()}
        quotes["median"] = _median(by_player.get(who, [NO_QUOTE]), is_over=is_over)
        for place, quote in quotes.items():
            columns[f"next_{place}_line"].append(quote.line)
            columns[f"next_{place}_price"].append(quote.over_price if is_over else quote.under_price)
    return {name: np.array(values, np.float64) for name, values in columns.items()}


def _median(quotes: list[Quote], *, is_over: bool) -> Quote:
    """The middle of the quotes by line and then price, best first; of an even number the worse of the middle two."""

    def worth(quote: Quote) -> tuple[float, float]:
        price = decimal(np.array([quote.over_price if is_over else quote.under_price]))
        return (quote.line if is_over else -quote.line), -float(price[0])

    return sorted(quotes, key=worth)[len(quotes) // 2]


def figures(rows: "pa.Table") -> dict[str, Any]:
    """The figures of one system's picks."""
    days, figures = rows.column("game_date").to_numpy().astype("datetime64[D]"), dict[str, Any](picks=rows.num_rows)
    profit = {place: _profit(rows, place) for place in (*_PLACES, *(f"next_{place}" for place in _PLACES))}
    for place, gain in profit.items():
        known = ~np.isnan(gain)
        figures[f"{place}_bets"] = int(known.sum())
        if known.any():
            figures |= intervals.of_mean(f"{place}_roi", gain[known], days[known])
    for name, more, less in (("gained", "best", "headline"), ("lost_by_waiting", "best", "next_best")):
        difference = profit[more] - profit[less]
        both = ~np.isnan(difference)
        if both.any():
            figures |= intervals.of_mean(name, difference[both], days[both])
    return figures


def _profit(rows: "pa.Table", place: str) -> Floats:
    """The profit per unit staked (n,) at a place's line and price; NaN where it has none."""
    price = decimal(floats(rows, f"{place}_price"))
    beyond = floats(rows, "points") - floats(rows, f"{place}_line")
    profit = paid(np.asarray(rows.column("is_over").to_pylist(), bool), beyond, price)
    return np.where(np.isnan(price), np.nan, profit)
