"""What shopping is worth: the picks' ROI at the best, the median and one's own book's price."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict.distribution import Floats
from functions.predict.slate import floats
from shared.adapters.local.readers import HomeRows
from shared.rules.odds import decimal
from tipoff.evaluation import intervals
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
SELECT p.system_id, p.game_date, p.is_over, p.actual_points AS points, p.best_line, p.best_price,
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
    not quote is left out there; `{place}_bets` counts the others.
    """
    rows = tables.read(_SQL, {"first": first, "last": last, "own": own, "aligned": aligned})
    systems = np.asarray(rows.column("system_id").to_pylist(), dtype=object)
    return [{"system": s, **figures(rows.filter(systems == s))} for s in sorted(set(systems.tolist()))]


def figures(rows: "pa.Table") -> dict[str, Any]:
    """The figures of one system's picks."""
    days, figures = rows.column("game_date").to_numpy().astype("datetime64[D]"), dict[str, Any](picks=rows.num_rows)
    profit = {place: _profit(rows, place) for place in _PLACES}
    for place, gain in profit.items():
        known = ~np.isnan(gain)
        figures[f"{place}_bets"] = int(known.sum())
        if known.any():
            figures |= intervals.of_mean(f"{place}_roi", gain[known], days[known])
    gained = profit["best"] - profit["headline"]
    both = ~np.isnan(gained)
    if both.any():
        figures |= intervals.of_mean("gained", gained[both], days[both])
    return figures


def _profit(rows: "pa.Table", place: str) -> Floats:
    """The profit per unit staked (n,) at a place's line and price; NaN where it has none."""
    price = decimal(floats(rows, f"{place}_price"))
    beyond = floats(rows, "points") - floats(rows, f"{place}_line")
    profit = paid(np.asarray(rows.column("is_over").to_pylist(), bool), beyond, price)
    return np.where(np.isnan(price), np.nan, profit)
