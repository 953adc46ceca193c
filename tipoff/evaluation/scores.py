"""Scores of distributions and of probabilities, and their intervals: functions of arrays. Pure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.predict.distribution import SIZE, Floats

LEAST = 1e-12  # probability, so that the log score stays finite
Z_95 = 1.96  # standard errors on either side of a 95 % interval
DRAWS, SEED = 1000, 20240229  # of the bootstrap


def crps(pmf: Floats, points: Floats) -> Floats:
    """Continuous ranked probability score (n,) of distributions (n, 81): the sum over k of (F(k) - [y <= k])^2."""
    reached = points[:, None] <= np.arange(SIZE)[None, :]
    score: Floats = ((np.cumsum(pmf, axis=1) - reached) ** 2).sum(axis=1)
    return score


def log_score(pmf: Floats, points: Floats) -> Floats:
    """Minus the log of the probability given to the points scored (n,)."""
    at = np.clip(points, 0, SIZE - 1).astype(np.int64)
    return -np.log(np.maximum(pmf[np.arange(len(pmf)), at], LEAST))


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


def calibration_slope(chance: Floats, hit: Floats) -> tuple[float, float]:
    """Slope of a logistic regression of hits on the log-odds of the probabilities, and its standard error.

    1 is calibrated, below 1 overconfident. Newton's method; NaN if all hits or all probabilities are equal.
    """
    clipped = np.clip(chance, 1e-6, 1.0 - 1e-6)
    odds = np.log(clipped / (1.0 - clipped))
    if len(np.unique(hit)) < 2 or np.ptp(odds) == 0.0:  # noqa: PLR2004 - both outcomes are needed
        return float("nan"), float("nan")
    columns, coefficients = np.column_stack([np.ones(len(odds)), odds]), np.array([0.0, 1.0])
    for _ in range(25):
        fitted = 1.0 / (1.0 + np.exp(-columns @ coefficients))
        information = columns.T @ (columns * (fitted * (1.0 - fitted))[:, None])
        coefficients = coefficients + np.linalg.solve(information, columns.T @ (hit - fitted))
    return float(coefficients[1]), float(np.sqrt(np.linalg.inv(information)[1, 1]))


def wilson(wins: int, count: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share; (0, 1) without any trial."""
    if not count:
        return 0.0, 1.0
    share, shrink = wins / count, Z_95 * Z_95 / count
    middle = (share + shrink / 2.0) / (1.0 + shrink)
    half = Z_95 * np.sqrt(share * (1.0 - share) / count + shrink / (4.0 * count)) / (1.0 + shrink)
    return float(middle - half), float(middle + half)


def mean_with_interval(key: str, values: Floats, days: NDArray[Any]) -> dict[str, Any]:
    """The mean, and as `{key}_95` its 95 % bootstrap interval, which draws whole game dates with a fixed seed."""
    _, member = np.unique(days, return_inverse=True)
    sums, sizes = np.bincount(member, values), np.bincount(member)
    drawn = np.random.default_rng(SEED).integers(0, len(sums), (DRAWS, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {key: float(values.mean()), f"{key}_95": (float(low), float(high))}


def bets_to_significance(gain: Floats) -> float:
    """How many bets like these it takes until the 95 % interval of ROI excludes 0; NaN below two bets or at 0."""
    if len(gain) < 2 or gain.mean() == 0.0:  # noqa: PLR2004 - a deviation needs two
        return float("nan")
    return float((Z_95 * gain.std(ddof=1) / gain.mean()) ** 2)
