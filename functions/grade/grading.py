"""Graded rows from predictions joined with their results, column by column."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shared.contracts.rows import table
from shared.contracts.work import Work
from shared.rules import odds
from shared.rules.outcomes import Fact, settle, side_of

TABLE = table("nba_predictions.prediction_accuracy")
Floats = NDArray[np.float64]
_COPIED = (
    *("game_id", "game_date", "player_id", "player_lookup", "team", "opponent", "system_id", "prediction_generation"),
    *("predicted_points", "has_prop_line", "line", "bookmaker", "recommendation", "graded_line"),
    *("p_over", "p_push", "p_under", "feature_quality_score", "model_hash", "minutes_played"),
)
_WITHIN = {"within_3_points": 3.0, "within_5_points": 5.0}
_REASONS = {"void_reason": "void", "ungradeable_reason": "ungradeable", "pending_reason": "pending"}


def counted(grades: pa.Table) -> list[dict[str, Any]]:
    """How many grades have each outcome and reason, by system and generation of its predictions."""
    named = {
        "system": grades.column("system_id"),
        "generation": grades.column("prediction_generation"),
        "outcome": grades.column("outcome"),
        "reason": pc.coalesce(*(grades.column(name) for name in _REASONS)),
    }
    keys = list(named)
    groups = pa.table(named).group_by(keys).aggregate([([], "count_all")]).rename_columns([*keys, "count"])
    return groups.sort_by([(key, "ascending") for key in keys]).to_pylist()  # type: ignore[no-any-return]


def graded(predictions: pa.Table, work: Work) -> pa.Table:
    """One row of prediction_accuracy per prediction."""
    facts = _facts(predictions)
    settled = [settle(f) for f in facts]
    points = _floats(predictions, "points_on_floor")
    line, predicted = _floats(predictions, "line"), _floats(predictions, "predicted_points")
    outcome = np.array([s[0] for s in settled], dtype=object)
    is_settled = np.isin(outcome.astype(str), ("win", "loss"))
    decided = (is_settled | (outcome == "push")) & (points != line)
    over_hit = np.where(decided, points > line, np.nan)
    error = predicted - points
    market = odds.market_chance(*(odds.decimal(_floats(predictions, n)) for n in ("over_price", "under_price")))
    p_over, p_under = _floats(predictions, "p_over"), _floats(predictions, "p_under")
    numbers = {
        "absolute_error": np.abs(error),
        "signed_error": error,
        "brier": (p_over / np.where(decided, p_over + p_under, np.nan) - over_hit) ** 2,
        "market_p_over": market,
        "market_brier": (market - over_hit) ** 2,
    }
    flags = {
        "over_hit": over_hit,
        "prediction_correct": np.where(is_settled, outcome == "win", np.nan),
    }
    flags |= {name: np.where(np.isnan(error), np.nan, np.abs(error) <= most) for name, most in _WITHIN.items()}
    columns: dict[str, Any] = {name: predictions.column(name) for name in _COPIED}
    columns |= {name: pa.array(values, from_pandas=True) for name, values in numbers.items()}
    columns |= {name: pc.cast(pa.array(values, from_pandas=True), pa.bool_()) for name, values in flags.items()}
    columns |= {name: [s[1] if s[0] == kind else None for s in settled] for name, kind in _REASONS.items()}
    columns |= {
        "actual_points": pc.cast(predictions.column("points_on_floor"), pa.int64()),
        "is_pick": pc.is_in(predictions.column("recommendation"), pa.array(["OVER", "UNDER"])),
        "graded_side": [f.side for f in facts],
        "outcome": outcome,
    }
    constants = {"graded_at": work.now, "known_at": work.as_of, "source": "grade"}
    columns |= {name: pa.repeat(pa.scalar(value), len(facts)) for name, value in constants.items()}
    schema = TABLE.arrow_schema(system=False)
    return pa.table({name: columns[name] for name in schema.names}).cast(schema)


def _facts(predictions: pa.Table) -> list[Fact]:
    def values(name: str) -> list[Any]:
        column: list[Any] = predictions.column(name).to_pylist()
        return column

    sides = map(side_of, values("recommendation"), values("p_over"), values("p_under"))
    names = ("has_box_score", "game_status", "points_on_floor", "graded_line")
    return list(map(Fact, *(values(n) for n in names), sides, values("last_injury_status")))


def _floats(table_: pa.Table, name: str) -> Floats:
    values: Floats = pc.cast(table_.column(name), pa.float64()).to_numpy()
    return values
