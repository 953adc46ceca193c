"""The gates of promotion: what a model's figures on held-back dates must be before it may predict."""

from collections.abc import Mapping
from typing import Any

MIN_ROWS = 50
ENOUGH_LINED = 300  # rows with a line, from which on the market is a yardstick
WORST_BRIER = 0.260
WORST_AGAINST_LINE = 1.10  # times the line's mean absolute error
WORST_BIAS, WORST_TIER_BIAS = 1.0, 2.5  # points
COVERAGE = (0.70, 0.92)  # of intervals that should hold 80 %
# Below this share of plain form's error no honest model of this game falls: a feature knew the result.
TOO_GOOD = 0.70


def failures(card: Mapping[str, Any]) -> list[str]:
    """Why a model may not be promoted, in sentences; empty: it may."""
    metrics = card["metrics"]
    found = []
    if metrics["rows"] < MIN_ROWS:
        found.append(f"{metrics['rows']:.0f} held-back rows, at least {MIN_ROWS} are needed")
    if abs(metrics["bias"]) > WORST_BIAS:
        found.append(f"bias {metrics['bias']:+.2f} points, at most {WORST_BIAS}")
    if metrics["worst_tier_bias"] > WORST_TIER_BIAS:
        found.append(f"bias {metrics['worst_tier_bias']:.2f} points in a scoring tier, at most {WORST_TIER_BIAS}")
    if not COVERAGE[0] <= metrics["coverage_80"] <= COVERAGE[1]:
        low, high = COVERAGE
        found.append(f"80 % intervals hold {metrics['coverage_80']:.1%}, not {low:.0%} to {high:.0%}")
    if metrics["mae"] < TOO_GOOD * metrics.get("form_mae", 0.0):
        found.append(f"error {metrics['mae']:.2f} is too good, form's is {metrics['form_mae']:.2f}: a feature leaks")
    if metrics.get("rows_with_line", 0) >= ENOUGH_LINED:
        if metrics["brier"] > WORST_BRIER:
            found.append(f"Brier {metrics['brier']:.4f}, at most {WORST_BRIER}")
        if metrics["mae_with_line"] > WORST_AGAINST_LINE * metrics["line_mae"]:
            found.append(f"error {metrics['mae_with_line']:.2f} against the line's {metrics['line_mae']:.2f}")
    return found
