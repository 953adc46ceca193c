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


def closing_failure(clv: Mapping[str, Any]) -> str:
    """Why a model may not be promoted by the CLV of its own picks (`tipoff/evaluation/clv.py`); empty if it may.

    It may not where the interval of CLV in chance lies below 0: its picks are at prices that the market leaves behind.
    Too few dates for an interval, or no pick with a closing line, are no reason.
    """
    interval = clv.get("clv_chance_95")
    if not isinstance(interval, tuple) or interval[1] >= 0.0:
        return ""
    low, high = interval
    known = f"{clv['clv_bets']:,} bets, {clv['clv_coverage']:.0%} of all"
    return (
        f"CLV of its picks {clv['clv_chance']:+.2%} ({low:+.2%} to {high:+.2%}) on {known}: it may not lie below zero"
    )


def closing_sentence(clv: Mapping[str, Any]) -> str:
    """What is known of a model's CLV, for who promotes it."""
    if not clv.get("clv_bets"):
        return "no CLV of its picks is known"
    interval = clv.get("clv_chance_95", "no chance of the market is known")
    ends = interval if isinstance(interval, str) else f"{interval[0]:+.2%} to {interval[1]:+.2%}"
    value = f"{clv['clv_chance']:+.2%} ({ends})" if "clv_chance" in clv else f"in points {clv['clv_points']:+.2f}"
    return f"CLV of its picks {value} on {clv['clv_bets']:,} bets, {clv['clv_coverage']:.0%} of all"


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
