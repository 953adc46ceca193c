"""What each filter of picks saves: the ROI of the bets that it removed, and of rules that are not in use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from functions.predict.distribution import Floats
from functions.predict.slate import floats
from shared.adapters.local.warehouse import DuckTables
from shared.rules.odds import decimal
from tipoff.evaluation import scores
from tipoff.evaluation.metrics import paid

IN_USE, NOT_USED = "in use", "not used"

# The newest generation's predictions with a line. Voids are included: a filter may be what removed a player who sat.
_SQL = """
SELECT p.system_id, p.game_date, p.recommendation, p.pass_reason, p.p_over >= p.p_under AS is_over, p.line,
  IF(p.p_over >= p.p_under, p.over_price, p.under_price) AS price, p.predicted_points, p.feature_quality_score,
  f.points_avg_last_5 - f.points_avg_season AS above_season, g.actual_points, g.outcome
FROM nba_predictions.player_prop_predictions AS p
JOIN nba_predictions.prediction_accuracy AS g
  ON g.game_id = p.game_id AND g.player_id = p.player_id AND g.system_id = p.system_id
  AND g.prediction_generation = p.generation
JOIN nba_precompute.ml_feature_store_v2 AS f ON f.game_id = p.game_id AND f.player_id = p.player_id
WHERE p.line IS NOT NULL AND g.outcome IN ('win', 'loss', 'push', 'void') AND p.game_date BETWEEN $first AND $last
QUALIFY p.generation = MAX(p.generation) OVER (PARTITION BY p.game_date, p.system_id)
  AND g.generation = MAX(g.generation) OVER (PARTITION BY p.game_date, p.system_id)
ORDER BY p.game_date, p.game_id, p.player_id, p.system_id
"""


@dataclass(frozen=True)
class Bets:
    """One system's bets on the likelier side of every prediction with a line and a price, all (n,).

    `reason` is why the prediction is no pick, empty for a pick; `gain` is the profit per unit staked, NaN for a void.
    """

    days: NDArray[Any]
    reason: NDArray[Any]
    over: NDArray[np.bool_]
    edge: Floats  # points between prediction and line
    mean: Floats
    quality: Floats
    above_season: Floats
    gain: Floats


# The original's rules of what is actionable (original-system.md, section 3), as masks of what they would remove.
RULES: Mapping[str, Callable[[Bets], NDArray[np.bool_]]] = {
    "edge_below_3_points": lambda b: b.edge < 3.0,  # noqa: PLR2004 - the original's numbers
    "star_under": lambda b: ~b.over & (b.mean >= 25.0) & (b.edge >= 5.0),  # noqa: PLR2004
    "role_under": lambda b: ~b.over & (b.mean >= 8.0) & (b.mean <= 16.0) & (b.edge < 5.0),  # noqa: PLR2004
    "under_in_form": lambda b: ~b.over & (b.above_season > 3.0),  # noqa: PLR2004
    "quality_below_80": lambda b: b.quality < 80.0,  # noqa: PLR2004
}


def read_bets(tables: DuckTables, first: date, last: date) -> dict[str, Bets]:
    """Each system's bets between two dates, by name."""
    table = tables.read(_SQL, {"first": first, "last": last})
    systems = table.column("system_id").to_pylist()
    return {s: _bets(table.filter(pa.array([x == s for x in systems]))) for s in sorted(set(systems))}


def roi_by_filter(bets: Bets) -> list[dict[str, Any]]:
    """The ROI of the picks, of the bets that each filter in use removed, and of the picks that each other rule would.

    `units_saved` is what staking one unit on each removed bet would have lost: above zero for a useful filter.
    """
    picked = bets.reason == ""
    chosen = [
        ("(picks)", IN_USE, picked),
        *((reason, IN_USE, bets.reason == reason) for reason in sorted(set(bets.reason.tolist()) - {""})),
        *((name, NOT_USED, picked & rule(bets)) for name, rule in RULES.items()),
    ]
    return [{"filter": name, "state": state, **_roi(bets, mask)} for name, state, mask in chosen]


def _roi(bets: Bets, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    settled = chosen & ~np.isnan(bets.gain)
    gain = bets.gain[settled]
    figures: dict[str, Any] = {"bets": int(chosen.sum()), "void": int(chosen.sum() - settled.sum())}
    if len(gain):
        interval = scores.paired_interval(gain, scores.day_numbers(bets.days[settled]))
        figures |= {"roi": float(gain.mean()), "roi_95": interval, "units_saved": float(-gain.sum())}
    return figures


def _bets(table: pa.Table) -> Bets:
    price = decimal(floats(table, "price"))
    table, price = table.filter(pa.array(~np.isnan(price))), price[~np.isnan(price)]
    over = np.asarray(table.column("is_over").to_pylist(), dtype=bool)
    beyond = floats(table, "actual_points") - floats(table, "line")
    played = np.asarray([o != "void" for o in table.column("outcome").to_pylist()], dtype=bool)
    picked = [r in ("OVER", "UNDER") for r in table.column("recommendation").to_pylist()]
    reasons = ["" if p else str(r) for p, r in zip(picked, table.column("pass_reason").to_pylist(), strict=True)]
    return Bets(
        days=table.column("game_date").to_numpy().astype("datetime64[D]"),
        reason=np.asarray(reasons, dtype=object),
        over=over,
        edge=np.abs(floats(table, "predicted_points") - floats(table, "line")),
        mean=floats(table, "predicted_points"),
        quality=floats(table, "feature_quality_score"),
        above_season=floats(table, "above_season"),
        gain=np.where(played, paid(over, beyond, price), np.nan),
    )
