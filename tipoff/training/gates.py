"""The gates of promotion: limits for a model's figures on held-back dates.

A limit holds for many rows; with few rows a figure may exceed it by the noise of that many rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

MIN_ROWS = 50
ENOUGH_LINED = 300  # rows with a line, from which the model is compared with the line
TOO_GOOD = 0.70  # of the error of the last ten games' average: no model is better unless a feature knows the result


@dataclass(frozen=True)
class Limit:
    """A figure's largest allowed value: `most` plus three standard errors, `noise` / sqrt(rows)."""

    most: float
    noise: float

    def of(self, rows: float) -> float:
        """The limit for that many rows."""
        return self.most + self.noise / sqrt(rows)


# Set from 19,528 held-back rows, 13,028 of them with a line, of four systems: bias 0.0 to 0.2 points, 0.1 to 0.4 in
# the worst tier, coverage 79 to 80 %, Brier 0.2492 to 0.2526, error 1.000 to 1.013 times the line's.
BIAS = Limit(0.5, 18.0)  # points; a single error's standard deviation is six
TIER_BIAS = Limit(1.0, 50.0)  # points; the smallest tier holds an eighth of the rows
OFF_COVERAGE = Limit(0.03, 1.2)  # from the 80 % that the prediction intervals should cover
BRIER = Limit(0.2535, 0.15)
AGAINST_LINE = Limit(1.02, 1.2)  # times the line's mean absolute error
COVERAGE = 0.80


def failures(card: Mapping[str, Any]) -> list[str]:
    """The reasons against promoting a model, in sentences; empty if it may be promoted."""
    metrics = card["metrics"]
    rows = metrics["rows"]
    if rows < MIN_ROWS:
        return [f"{rows:.0f} held-back rows, at least {MIN_ROWS} are needed"]
    reasons = _against_the_line(metrics)
    if abs(metrics["bias"]) > (most := BIAS.of(rows)):
        reasons.append(f"bias {metrics['bias']:+.2f} points, at most {most:.2f}")
    if metrics["worst_tier_bias"] > (most := TIER_BIAS.of(rows)):
        reasons.append(f"bias {metrics['worst_tier_bias']:.2f} points in a scoring tier, at most {most:.2f}")
    if abs(metrics["coverage_80"] - COVERAGE) > (most := OFF_COVERAGE.of(rows)):
        reasons.append(f"80 % intervals cover {metrics['coverage_80']:.1%}, not {COVERAGE:.0%} within {most:.1%}")
    if metrics["mae"] < TOO_GOOD * metrics.get("form_mae", 0.0):
        reasons.append(f"error {metrics['mae']:.2f} is too good, form's is {metrics['form_mae']:.2f}: a feature leaks")
    return reasons


def _against_the_line(metrics: Mapping[str, float]) -> list[str]:
    rows = metrics.get("rows_with_line", 0.0)
    if rows < ENOUGH_LINED:
        return []
    reasons = []
    if metrics["brier"] > (most := BRIER.of(rows)):
        reasons.append(f"Brier {metrics['brier']:.4f}, at most {most:.4f}")
    if metrics["mae_with_line"] > (most := AGAINST_LINE.of(rows)) * metrics["line_mae"]:
        error, line = metrics["mae_with_line"], metrics["line_mae"]
        reasons.append(f"error {error:.2f} against the line's {line:.2f}, at most {most:.2f} times it")
    return reasons
