"""The gates of promotion: what a model's figures on held-back dates must be before it may predict.

A limit stands for many rows; with few, a figure may lie beyond it by as much as chance alone makes of that many rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

MIN_ROWS = 50
ENOUGH_LINED = 300  # rows with a line, from which on the market is a yardstick
# Below this share of plain form's error no honest model of this game falls: a feature knew the result.
TOO_GOOD = 0.70


@dataclass(frozen=True)
class Limit:
    """The most that a figure may be: `most` of many rows, `noise` / sqrt(rows) more of few (three standard errors)."""

    most: float
    noise: float

    def of(self, rows: float) -> float:
        """The limit for that many rows."""
        return self.most + self.noise / sqrt(rows)


# Found on 19,528 held-back rows, 13,028 of them with a line, of four systems: bias 0.0 to 0.2 points, 0.1 to 0.4 in
# the worst tier, coverage 79 to 80 %, Brier 0.2492 to 0.2526, error 1.000 to 1.013 times the line's.
BIAS = Limit(0.5, 18.0)  # points; a single error's standard deviation is six
TIER_BIAS = Limit(1.0, 50.0)  # points; the smallest tier holds an eighth of the rows
OFF_COVERAGE = Limit(0.03, 1.2)  # from the 80 % that the intervals should hold
BRIER = Limit(0.2535, 0.15)
AGAINST_LINE = Limit(1.02, 1.2)  # times the line's mean absolute error
COVERAGE = 0.80


def failures(card: Mapping[str, Any]) -> list[str]:
    """Why a model may not be promoted, in sentences; empty: it may."""
    metrics = card["metrics"]
    rows = metrics["rows"]
    if rows < MIN_ROWS:
        return [f"{rows:.0f} held-back rows, at least {MIN_ROWS} are needed"]
    found = [*_beside_the_line(metrics)]
    if abs(metrics["bias"]) > (most := BIAS.of(rows)):
        found.append(f"bias {metrics['bias']:+.2f} points, at most {most:.2f}")
    if metrics["worst_tier_bias"] > (most := TIER_BIAS.of(rows)):
        found.append(f"bias {metrics['worst_tier_bias']:.2f} points in a scoring tier, at most {most:.2f}")
    if abs(metrics["coverage_80"] - COVERAGE) > (most := OFF_COVERAGE.of(rows)):
        found.append(f"80 % intervals hold {metrics['coverage_80']:.1%}, not {COVERAGE:.0%} within {most:.1%}")
    if metrics["mae"] < TOO_GOOD * metrics.get("form_mae", 0.0):
        found.append(f"error {metrics['mae']:.2f} is too good, form's is {metrics['form_mae']:.2f}: a feature leaks")
    return found


def _beside_the_line(metrics: Mapping[str, float]) -> list[str]:
    rows = metrics.get("rows_with_line", 0.0)
    if rows < ENOUGH_LINED:
        return []
    found = []
    if metrics["brier"] > (most := BRIER.of(rows)):
        found.append(f"Brier {metrics['brier']:.4f}, at most {most:.4f}")
    if metrics["mae_with_line"] > (most := AGAINST_LINE.of(rows)) * metrics["line_mae"]:
        error, line = metrics["mae_with_line"], metrics["line_mae"]
        found.append(f"error {error:.2f} against the line's {line:.2f}, at most {most:.2f} times it")
    return found
