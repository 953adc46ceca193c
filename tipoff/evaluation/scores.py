"""Scores of distributions: functions of arrays. Pure."""

import numpy as np

from functions.predict.distribution import SIZE, Floats, medians

LEAST = 1e-12  # probability, so that the log score stays finite


def crps(pmf: Floats, points: Floats) -> Floats:
    """Continuous ranked probability score (n,) of distributions (n, 81): the sum over k of (F(k) - [y <= k])^2."""
    reached = points[:, None] <= np.arange(SIZE)[None, :]
    score: Floats = ((np.cumsum(pmf, axis=1) - reached) ** 2).sum(axis=1)
    return score


def log_score(pmf: Floats, points: Floats) -> Floats:
    """Minus the log of the probability given to the points scored (n,)."""
    at = np.clip(points, 0, SIZE - 1).astype(np.int64)
    return -np.log(np.maximum(pmf[np.arange(len(pmf)), at], LEAST))


def absolute_error(pmf: Floats, points: Floats) -> Floats:
    """Distance (n,) in points of the distributions' medians from the result: what MAE is the mean of."""
    return np.abs(medians(pmf) - points)


def brier(over: Floats, points: Floats, line: Floats) -> Floats:
    """Squared error (n,) of P(over | no push) at a line; NaN for a push."""
    hit = np.where(points == line, np.nan, points > line)
    error: Floats = (over - hit) ** 2
    return error


def interval(pmf: Floats, low: float, high: float) -> tuple[Floats, Floats]:
    """Prediction intervals: the lowest and the highest score (n,), (n,), both included, for two quantiles.

    Each end is the score whose lower (upper) edge is nearest to its quantile. Points are whole numbers, so intervals
    between the usual quantiles would cover too much.
    """
    below = np.concatenate([np.zeros((len(pmf), 1)), np.cumsum(pmf, axis=1)], axis=1)
    first = np.abs(below[:, :-1] - low).argmin(axis=1)
    last = np.abs(below[:, 1:] - high).argmin(axis=1)
    return first.astype(np.float64), last.astype(np.float64)


def covered_80(pmf: Floats, points: Floats) -> float:
    """The share of points that lie inside their 80 % prediction interval."""
    low, high = interval(pmf, 0.1, 0.9)
    return float(((points >= low) & (points <= high)).mean())
