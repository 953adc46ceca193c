"""A model's figures on held-back rows; a figure without rows is absent."""

import numpy as np

from functions.predict.distribution import Floats, chances
from tipoff.evaluation.scores import absolute_error, covered_80

TIERS = (0.0, 8.0, 15.0, 22.0, 81.0)  # of points predicted
MIN_TIER_ROWS = 100
BUCKET_ROWS = 150  # held-back rows per bucket of residual_std_buckets, at least
MAX_BUCKETS = 12


def residual_std_buckets(predicted: Floats, points: Floats) -> list[dict[str, float]]:
    """Standard deviation of the errors by predicted points, in buckets of equal size ordered by their mean."""
    count = max(1, min(MAX_BUCKETS, len(predicted) // BUCKET_ROWS))
    parts = np.array_split(np.argsort(predicted, kind="stable"), count)
    errors = points - predicted
    return [
        {"mean": float(predicted[p].mean()), "std": float(np.sqrt((errors[p] ** 2).mean())), "rows": len(p)}
        for p in parts
    ]


def measure(predicted: Floats, pmf: Floats, points: Floats, lines: Floats, form: Floats) -> dict[str, float]:
    """MAE of the median and of the mean, bias, coverage, Brier, and the MAE of the line and of `form`, in points.

    `predicted` (n,) means, `pmf` (n, 81), `form` (n,) the average of the last ten games, NaN if unknown.
    """
    figures = {
        "rows": float(len(points)),
        "mae": float(absolute_error(pmf, points).mean()),
        "mae_of_mean": float(np.abs(predicted - points).mean()),
        "bias": float((predicted - points).mean()),
        "coverage_80": covered_80(pmf, points),
        "worst_tier_bias": _worst_tier_bias(predicted, points),
    }
    known = ~np.isnan(form)
    if known.any():
        figures["form_mae"] = float(np.abs(form - points)[known].mean())
    return figures | _with_line(pmf, points, lines)


def _worst_tier_bias(predicted: Floats, points: Floats) -> float:
    tier = np.digitize(predicted, TIERS)
    errors = predicted - points
    biases = [abs(errors[tier == t].mean()) for t in np.unique(tier) if (tier == t).sum() >= MIN_TIER_ROWS]
    return float(max(biases, default=0.0))


def _with_line(pmf: Floats, points: Floats, lines: Floats) -> dict[str, float]:
    figures = {}
    with_line = ~np.isnan(lines)
    if with_line.any():
        figures["rows_with_line"] = float(with_line.sum())
        figures["mae_with_line"] = float(absolute_error(pmf, points)[with_line].mean())
        figures["line_mae"] = float(np.abs(lines - points)[with_line].mean())
    decided = with_line & (lines != points)
    if decided.any():
        over, _, under = chances(pmf[decided], lines[decided])
        hit = points[decided] > lines[decided]
        figures["brier"] = float(((over / (over + under) - hit) ** 2).mean())
    return figures
