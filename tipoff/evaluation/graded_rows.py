"""A home's graded predictions as arrays, and the rows that systems are compared on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict.distribution import SIZE, Floats, chances, medians
from functions.predict.slate import floats
from shared.adapters.local.readers import HomeRows
from shared.errors import ContractError
from shared.map.loader import pipeline_map
from shared.rules.odds import decimal
from tipoff.evaluation import later_quotes
from tipoff.evaluation.later_quotes import NO_QUOTE, Key, Quote

if TYPE_CHECKING:
    import pyarrow as pa

# The newest generation's predictions with a line; of a pick the no-vig chance at the book that it is bet at.
_SQL = """
SELECT p.game_id, p.player_id, p.game_date, p.system_id, p.points_pmf, g.graded_side = 'OVER' AS is_over,
  p.bookmaker AS books, p.line_age_minutes AS age, p.model_hash AS models, p.recommendation AS picks,
  IF(p.recommendation IN ('OVER', 'UNDER'), '', p.pass_reason) AS reasons,
  g.actual_points AS points, p.line, f.vegas_opening_line AS opening, p.over_price, p.under_price,
  COALESCE(p.best_line, p.line) AS best_line,
  COALESCE(p.best_price, IF(p.recommendation = 'OVER', p.over_price, p.under_price)) AS best_price,
  COALESCE(p.best_bookmaker, p.bookmaker) AS best_books, q.p_over AS best_p_over, p.predicted_points AS mean,
  p.feature_quality_score AS quality, f.points_avg_last_5 - f.points_avg_season AS above_season
FROM nba_predictions.player_prop_predictions AS p
JOIN nba_predictions.prediction_accuracy AS g
  ON g.game_date = p.game_date AND g.game_id = p.game_id AND g.player_id = p.player_id AND g.system_id = p.system_id
  AND g.prediction_generation = p.generation
JOIN nba_precompute.ml_feature_store_v2 AS f ON f.game_id = p.game_id AND f.player_id = p.player_id
LEFT JOIN nba_analytics.player_quotes AS q
  ON q.is_current AND q.is_main AND q.game_id = p.game_id AND q.player_id = p.player_id
  AND q.bookmaker = COALESCE(p.best_bookmaker, p.bookmaker) AND q.points_line = COALESCE(p.best_line, p.line)
WHERE g.outcome IN ('win', 'loss', 'push', 'void') AND p.line IS NOT NULL AND p.game_date BETWEEN $first AND $last
  AND p.system_id = COALESCE($system, p.system_id)
QUALIFY p.generation = MAX(p.generation) OVER (PARTITION BY p.game_date, p.system_id)
  AND g.generation = MAX(g.generation) OVER (PARTITION BY p.game_date, p.system_id)
ORDER BY p.game_date, p.game_id, p.player_id, p.system_id
"""
_FIRST_DATES = """
SELECT system_id, model_hash, MIN(game_date) AS first FROM nba_predictions.player_prop_predictions
WHERE game_date BETWEEN $first AND $last GROUP BY ALL ORDER BY ALL
"""
BASE, MARKET = "moving_average", "market"


@dataclass(frozen=True)
class Rows:
    """One system's graded predictions with a line: points scored, lines, decimal prices, all (n,); pmf (n, 81).

    `points` are NaN for a player who did not play. `is_over` says the side: a pick's own, else the likelier one.
    `models` are model hashes. `reasons` say why a prediction is no pick, and are empty for a pick. `above_season` is
    the average of the last 5 games less that of the season.
    `age` is that of the line at the prediction, in minutes, NaN if its source gives no time.
    `best_line` and `best_price` are those of the pick's side at the best book.
    `best_p_over` is the no-vig chance at that book. `closing` and `closing_p_over` are its line and chance at the
    close, NaN if no quote that may be a closing line was seen after the prediction.
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
    age: Floats
    best_line: Floats
    best_price: Floats
    best_p_over: Floats
    closing: Floats
    closing_p_over: Floats
    mean: Floats
    pmf: Floats
    reasons: "np.ndarray[Any, Any]"
    is_over: "np.ndarray[Any, np.dtype[np.bool_]]"
    quality: Floats
    above_season: Floats

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.points)

    def only(self, chosen: Any) -> "Rows":
        """The rows of a mask or of positions."""
        at = np.flatnonzero(chosen) if np.asarray(chosen).dtype == bool else np.asarray(chosen, dtype=np.int64)
        rest = {n: getattr(self, n)[at] for n in self.__dataclass_fields__ if n != "keys"}
        return Rows([self.keys[i] for i in at], **rest)

    @property
    def has_played(self) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Whether the player played (n,)."""
        return ~np.isnan(self.points)

    def median(self) -> Floats:
        """The distributions' medians (n,), which minimise the mean absolute error."""
        return medians(self.pmf)

    def edge(self) -> Floats:
        """Points between prediction and line (n,)."""
        return np.abs(self.mean - self.line)

    def over(self) -> Floats:
        """P(over | no push) (n,)."""
        over, _, under = chances(self.pmf, self.line)
        return over / (over + under)


def refuse_seen_dates(tables: HomeRows, cards: Iterable[Mapping[str, Any]], first: date, last: date) -> None:
    """ContractError naming the system and the model if it was trained on a date that it predicted, or a later one."""
    trained_through = {c["hash"]: str(c["trained_through"]) for c in cards if "trained_through" in c}
    for row in tables.read(_FIRST_DATES, {"first": first, "last": last}).to_pylist():
        cut_off = trained_through.get(row["model_hash"])
        if cut_off is not None and cut_off >= str(row["first"]):
            raise ContractError(
                f"{row['system_id']} predicted {row['first']} with model {row['model_hash'][:12]}, which was trained on"
                f" games up to {cut_off}: it had seen these results, so nothing here can be scored"
            )


def read_rows(tables: HomeRows, first: date, last: date, system: str | None = None) -> dict[str, Rows]:
    """Each system's graded predictions with a line between two dates, by name; or only those of the one given."""
    table = tables.read(_SQL, {"first": first, "last": last, "system": system})
    closing = later_quotes.read(tables, first, last, pipeline_map().quotes).closing
    systems, rows = np.asarray(table.column("system_id").to_pylist(), dtype=object), _rows(table, closing)
    return {str(s): rows.only(systems == s) for s in sorted(set(systems.tolist()))}


def played(systems: Mapping[str, Rows]) -> dict[str, Rows]:
    """Every system's rows of players who played; a system without any is left out."""
    return {s: r.only(r.has_played) for s, r in systems.items() if r.has_played.any()}


def common(systems: Mapping[str, Rows]) -> dict[str, Rows]:
    """Every system's rows of the player-games that all of them predicted."""
    if not systems:
        return {}
    shared_keys = set.intersection(*(set(r.keys) for r in systems.values()))
    return {s: r.only(np.array([k in shared_keys for k in r.keys], dtype=bool)) for s, r in systems.items()}


def paired(rows: Rows, base: Rows) -> tuple[Rows, Rows]:
    """Both systems' rows of the player-games they share, in the order of the first."""
    position = {key: i for i, key in enumerate(base.keys)}
    at = np.array([position.get(key, -1) for key in rows.keys], dtype=np.int64)
    return rows.only(at >= 0), base.only(at[at >= 0])


def _rows(table: "pa.Table", closing: Mapping[Key, Quote]) -> Rows:
    flat = table.column("points_pmf").combine_chunks().flatten()
    numbers = ("points", "line", "age", "best_line", "best_p_over", "opening", "mean", "quality", "above_season")
    prices = ("over_price", "under_price", "best_price")
    bets = zip(*(table.column(n).to_pylist() for n in ("game_id", "player_id", "best_books")), strict=True)
    closes = [closing.get(bet, NO_QUOTE) for bet in bets]
    return Rows(
        keys=list(zip(table.column("game_id").to_pylist(), table.column("player_id").to_pylist(), strict=True)),
        days=table.column("game_date").to_numpy().astype("datetime64[D]"),
        is_over=np.asarray(table.column("is_over").to_pylist(), dtype=bool),
        pmf=np.asarray(flat, dtype=np.float64).reshape(-1, SIZE),
        **{n: np.asarray(table.column(n).to_pylist(), dtype=object) for n in ("books", "models", "picks", "reasons")},
        **{n: floats(table, n) for n in numbers},
        **{n: decimal(floats(table, n)) for n in prices},
        closing=np.array([quote.line for quote in closes], np.float64),
        closing_p_over=np.array([quote.p_over for quote in closes], np.float64),
    )
