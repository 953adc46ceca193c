"""Graded predictions of a home as arrays, and the rows on which systems are compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict.distribution import SIZE, Floats, chances, medians
from functions.predict.picks import decimal
from functions.predict.slate import floats
from shared.adapters.local.warehouse import DuckTables

if TYPE_CHECKING:
    import pyarrow as pa

# The current generation's predictions of players who played; `closing`: the same book's last quote before the tip.
_SQL = """
WITH closing AS (
  SELECT o.game_id, o.player_id, o.bookmaker, MAX(o.known_at) AS known_at,
    ARG_MAX(o.points_line, o.known_at) AS line, ARG_MAX(o.over_price, o.known_at) AS over_price,
    ARG_MAX(o.under_price, o.known_at) AS under_price
  FROM nba_raw.odds_api_player_points_props AS o
  JOIN nba_precompute.ml_feature_store_v2 AS f ON f.game_id = o.game_id AND f.player_id = o.player_id
  WHERE o.known_at <= f.tip_utc AND o.game_date BETWEEN $first AND $last
  GROUP BY ALL
)
SELECT p.game_id, p.player_id, p.game_date, p.system_id, p.line, p.over_price, p.under_price, p.bookmaker,
  p.model_hash, p.predicted_points, p.recommendation, p.points_pmf, g.actual_points,
  f.vegas_opening_line AS opening_line,
  c.line AS closing_line, c.over_price AS closing_over_price, c.under_price AS closing_under_price
FROM nba_predictions.player_prop_predictions AS p
JOIN nba_predictions.prediction_accuracy AS g
  ON g.game_id = p.game_id AND g.player_id = p.player_id AND g.system_id = p.system_id
  AND g.prediction_generation = p.generation
JOIN nba_precompute.ml_feature_store_v2 AS f ON f.game_id = p.game_id AND f.player_id = p.player_id
LEFT JOIN closing AS c
  ON c.game_id = p.game_id AND c.player_id = p.player_id AND c.bookmaker = p.bookmaker
  AND c.known_at > p.line_known_at
WHERE g.actual_points IS NOT NULL AND p.line IS NOT NULL AND p.game_date BETWEEN $first AND $last
QUALIFY p.generation = MAX(p.generation) OVER (PARTITION BY p.game_date, p.system_id)
  AND g.generation = MAX(g.generation) OVER (PARTITION BY p.game_date, p.system_id)
ORDER BY p.game_date, p.game_id, p.player_id, p.system_id
"""
BASE = "moving_average"


@dataclass(frozen=True)
class Rows:
    """Graded predictions with a line of one system: points scored, lines, decimal prices, all (n,); pmf (n, 81).

    `models`: the hashes of what predicted. `closing` and its prices: of the book's last quote before the tip, NaN where
    it gave none after the one used.
    """

    keys: list[tuple[str, int]]
    days: "np.ndarray[Any, np.dtype[np.datetime64]]"
    books: "np.ndarray[Any, Any]"
    models: "np.ndarray[Any, Any]"
    picks: "np.ndarray[Any, Any]"
    points: Floats
    line: Floats
    opening: Floats
    over_price: Floats
    under_price: Floats
    closing: Floats
    closing_over: Floats
    closing_under: Floats
    mean: Floats
    pmf: Floats

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.points)

    def only(self, chosen: Any) -> "Rows":
        """The rows of a mask or of positions."""
        at = np.flatnonzero(chosen) if np.asarray(chosen).dtype == bool else np.asarray(chosen, dtype=np.int64)
        rest = {n: getattr(self, n)[at] for n in self.__dataclass_fields__ if n != "keys"}
        return Rows([self.keys[i] for i in at], **rest)

    def median(self) -> Floats:
        """The distributions' medians (n,): what the mean absolute error is smallest for."""
        return medians(self.pmf)

    def over(self) -> Floats:
        """P(over | no push) (n,)."""
        over, _, under = chances(self.pmf, self.line)
        return over / (over + under)


def read_rows(tables: DuckTables, first: date, last: date) -> dict[str, Rows]:
    """Each system's graded predictions with a line between two dates, by name."""
    found = tables.read(_SQL, {"first": first, "last": last})
    systems = np.asarray(found.column("system_id").to_pylist(), dtype=object)
    every = _rows(found)
    return {str(s): every.only(systems == s) for s in sorted(set(systems.tolist()))}


def common(systems: Mapping[str, Rows]) -> dict[str, Rows]:
    """The same rows for every system: the player-games whom all of them predicted."""
    if not systems:
        return {}
    shared_keys = set.intersection(*(set(r.keys) for r in systems.values()))
    return {s: r.only(np.array([k in shared_keys for k in r.keys], dtype=bool)) for s, r in systems.items()}


def paired(rows: Rows, base: Rows) -> tuple[Rows, Rows]:
    """The rows of player-games that both have, in the order of the first."""
    position = {key: i for i, key in enumerate(base.keys)}
    at = np.array([position.get(key, -1) for key in rows.keys], dtype=np.int64)
    return rows.only(at >= 0), base.only(at[at >= 0])


def _rows(found: "pa.Table") -> Rows:
    flat = found.column("points_pmf").combine_chunks().flatten()
    return Rows(
        keys=list(zip(found.column("game_id").to_pylist(), found.column("player_id").to_pylist(), strict=True)),
        days=found.column("game_date").to_numpy().astype("datetime64[D]"),
        books=np.asarray(found.column("bookmaker").to_pylist(), dtype=object),
        models=np.asarray(found.column("model_hash").to_pylist(), dtype=object),
        picks=np.asarray(found.column("recommendation").to_pylist(), dtype=object),
        points=floats(found, "actual_points"),
        line=floats(found, "line"),
        opening=floats(found, "opening_line"),
        over_price=decimal(floats(found, "over_price")),
        under_price=decimal(floats(found, "under_price")),
        closing=floats(found, "closing_line"),
        closing_over=decimal(floats(found, "closing_over_price")),
        closing_under=decimal(floats(found, "closing_under_price")),
        mean=floats(found, "predicted_points"),
        pmf=np.asarray(flat, dtype=np.float64).reshape(-1, SIZE),
    )
