"""Train catboost_v8 on the feature store up to a date, measured on the games it has not seen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict.distribution import Floats, chances, pmf_of
from functions.predict.slate import Slate
from functions.predict.systems.catboost_v8 import residual_std
from shared.adapters.models import FileModels
from shared.contracts.features import CATBOOST_V8_FEATURES
from shared.contracts.work import Model
from shared.core.dates import eastern_instant
from shared.errors import UserError
from shared.ports import Tables

if TYPE_CHECKING:
    import pyarrow as pa
    from catboost import CatBoostRegressor

SYSTEM = "catboost_v8"
MIN_ROWS = 500
HELD_BACK = 0.15  # of the rows, the last by date
MAX_DAYS = 366 * 12  # the furthest back that training reads
BUCKET_ROWS = 150  # held-out rows per spread bucket, at least
MAX_BUCKETS = 12
MIDDLE = (0.1, 0.9)  # the quantiles between which coverage is measured

# Parameters of the original's V8 (original-system.md, section 3); two threads, a fixed seed: the same bytes each time.
PARAMETERS: dict[str, Any] = {
    "depth": 6,
    "learning_rate": 0.07,
    "l2_leaf_reg": 3.8,
    "bootstrap_type": "Bernoulli",
    "subsample": 0.72,
    "min_data_in_leaf": 16,
    "iterations": 1000,
    "loss_function": "RMSE",
    "random_seed": 8,
    "thread_count": 2,
    "allow_writing_files": False,
    "verbose": False,
}
EARLY_STOP = 50

# Rows as serving will see them: whom the slate would have predicted, with what he then scored.
TRAINING_SQL = """
SELECT f.*, actual.points AS actual_points
FROM nba_precompute.ml_feature_store_v2 AS f
JOIN nba_analytics.player_game_summary AS actual
  ON actual.game_id = f.game_id AND actual.player_id = f.player_id
WHERE NOT actual.is_dnp AND actual.seconds_played > 0 AND (f.has_line OR f.is_expected)
  AND f.game_date <= @to_date AND actual.known_at <= @as_of
ORDER BY f.game_date, f.game_id, f.player_id
"""


@dataclass(frozen=True)
class Examples:
    """Training rows in the order of their dates: features (n, 33), points scored (n,), lines (n,), dates (n,)."""

    features: Floats
    points: Floats
    lines: Floats
    dates: "np.ndarray[Any, np.dtype[np.datetime64]]"

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.points)


def train(
    tables: Tables, models: FileModels, *, through: date, now: datetime, progress: Callable[[str], None]
) -> Model:
    """Train on games up to and including `through`, save and promote the artefact; the same rows give the same bytes.

    Nothing known after the end of that day's games (noon Eastern of the next day) is read. UserError below 500 rows.
    """
    examples = read_examples(tables, through)
    if len(examples) < MIN_ROWS:
        raise UserError(
            f"{len(examples)} training rows up to {through}: at least {MIN_ROWS} are needed; load more history first"
        )
    progress(f"{len(examples)} player-games, {examples.dates[0]} to {examples.dates[-1]}")
    seen = _split(examples.dates)
    trial = _fit(examples, slice(0, seen), slice(seen, None))
    predicted = np.asarray(trial.predict(examples.features[seen:]), dtype=np.float64)
    buckets = _buckets(predicted, examples.points[seen:])
    metrics = measure(predicted, examples, seen, buckets)
    progress(f"{trial.tree_count_} trees, held-back MAE {metrics['mae']:.3f}")
    card = {
        "features": list(CATBOOST_V8_FEATURES),
        "first_date": str(examples.dates[0]),
        "trained_through": through.isoformat(),
        "held_back_from": str(examples.dates[seen]),
        "rows": len(examples),
        "rows_fitted": seen,
        "parameters": {**PARAMETERS, "early_stopping_rounds": EARLY_STOP, "trees": int(trial.tree_count_)},
        "metrics": metrics,
        "residual_std": buckets,
        "code_hash": _code_hash(),
        "created_at": now.isoformat(),
    }
    return models.save(SYSTEM, _bytes(trial), card)


def is_current(model: Model, through: date) -> bool:
    """Whether this model was trained by this code on games up to that date."""
    return (model.card["trained_through"], model.card["code_hash"]) == (through.isoformat(), _code_hash())


def _code_hash() -> str:
    return sha256(Path(__file__).read_bytes()).hexdigest()


def read_examples(tables: Tables, through: date) -> Examples:
    """The training rows up to a date, through the as_of door."""
    params = {"from_date": through, "to_date": through, "as_of": eastern_instant(through + timedelta(days=1), 12)}
    reads = {"nba_precompute.ml_feature_store_v2": MAX_DAYS, "nba_analytics.player_game_summary": MAX_DAYS}
    rows: pa.Table = tables.query(TRAINING_SQL, reads, params, as_of=True)
    slate = Slate(rows)
    dates = rows.column("game_date").to_numpy().astype("datetime64[D]")
    return Examples(slate.matrix(CATBOOST_V8_FEATURES), slate.values("actual_points"), slate.values("line"), dates)


def _split(dates: "np.ndarray[Any, np.dtype[np.datetime64]]") -> int:
    """Where the held-back rows begin: the last 15 %, moved back to the start of their first date."""
    return max(1, int(np.searchsorted(dates, dates[int(len(dates) * (1.0 - HELD_BACK))])))


def _fit(examples: Examples, fitted: slice, held_back: slice) -> "CatBoostRegressor":
    import catboost  # three seconds, paid only by training

    model = catboost.CatBoostRegressor(**PARAMETERS)
    known = catboost.Pool(examples.features[fitted], examples.points[fitted])
    unseen = catboost.Pool(examples.features[held_back], examples.points[held_back])
    return model.fit(known, eval_set=unseen, early_stopping_rounds=EARLY_STOP)


def _bytes(model: "CatBoostRegressor") -> bytes:
    """The artefact, without the id and the time that CatBoost stamps on it."""
    metadata = model.get_metadata()
    for stamp in ("model_guid", "train_finish_time"):
        metadata[stamp] = ""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.cbm"
        model.save_model(str(path))
        return path.read_bytes()


def _buckets(predicted: Floats, points: Floats) -> list[dict[str, float]]:
    """Standard deviation of held-out errors by predicted points: equal-sized buckets, ordered by their mean."""
    count = max(1, min(MAX_BUCKETS, len(predicted) // BUCKET_ROWS))
    parts = np.array_split(np.argsort(predicted, kind="stable"), count)
    errors = points - predicted
    return [
        {"mean": float(predicted[p].mean()), "std": float(np.sqrt((errors[p] ** 2).mean())), "rows": len(p)}
        for p in parts
    ]


def measure(predicted: Floats, examples: Examples, start: int, buckets: list[dict[str, float]]) -> dict[str, float]:
    """Figures on the rows from `start` on; a figure that no row supports is absent.

    MAE and bias (points), the line's MAE on the same rows, how often the middle 80 % of the distribution held the
    score, and the Brier score of P(over | no push).
    """
    points, lines = examples.points[start:], examples.lines[start:]
    pmf = pmf_of(predicted, residual_std(predicted, buckets))
    below = np.cumsum(pmf, axis=1)
    low, high = (below < MIDDLE[0]).sum(axis=1), (below < MIDDLE[1]).sum(axis=1)
    found = {
        "rows": float(len(points)),
        "mae": float(np.abs(predicted - points).mean()),
        "bias": float((predicted - points).mean()),
        "coverage_80": float(((points >= low) & (points <= high)).mean()),
    }
    with_line = ~np.isnan(lines)
    if with_line.any():
        found["rows_with_line"] = float(with_line.sum())
        found["mae_with_line"] = float(np.abs(predicted - points)[with_line].mean())
        found["line_mae"] = float(np.abs(lines - points)[with_line].mean())
    decided = with_line & (lines != points)
    if decided.any():
        over, _, under = chances(pmf[decided], lines[decided])
        hit = points[decided] > lines[decided]
        found["brier"] = float(((over / (over + under) - hit) ** 2).mean())
    return found
