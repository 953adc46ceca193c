"""95 % intervals of figures, clustered by game date: rows of one date depend on each other. Pure.

A figure's error is, to first order, the sum of its rows' influences: of a mean, each row's deviation over the number of
rows. Summed by date these are independent, and their squares estimate the figure's variance (Cameron and Miller 2015,
"A Practitioner's Guide to Cluster-Robust Inference"; with Student's t of one degree of freedom less than dates).
"""

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from functions.predict.distribution import Floats

Z_95 = 1.96  # standard errors on either side of a 95 % interval of many independent rows
LEAST_DATES = 20  # fewer dates have no interval: their spread would be a guess
Days = NDArray[Any]
Interval = tuple[float, float] | str  # the low and the high end, or why there is none


def clustered(estimate: float, influence: Floats, days: Days) -> Interval:
    """The interval of an estimate from its rows' influences (n,) and dates (n,); below 20 dates the reason in words."""
    dates = len(np.unique(days))
    if dates < LEAST_DATES:
        return f"too few dates ({dates} < {LEAST_DATES})"
    half = _half(influence, days)
    return estimate - half, estimate + half


def of_mean(key: str, values: Floats, days: Days) -> dict[str, Any]:
    """The mean of values (n,), and as `{key}_95` its interval."""
    mean = float(values.mean())
    return {key: mean, f"{key}_95": clustered(mean, (values - mean) / len(values), days)}


def of_lead(key: str, ours: Floats, theirs: Floats, days: Days) -> dict[str, Any]:
    """How far the mean of ours lies above that of theirs, both (n,) and NaN where a row does not count, and interval.

    Rows that both count are paired by it, and so are the others of the same date.
    """
    lead = float(np.nanmean(ours) - np.nanmean(theirs))
    return {key: lead, f"{key}_95": clustered(lead, _deviations(ours) - _deviations(theirs), days)}


def of_share(key: str, hits: NDArray[np.bool_], days: Days) -> dict[str, Any]:
    """The share of hits (n,), and as `{key}_95` Wilson's interval of it.

    Its number of trials is lowered until their binomial variance is the clustered one (Korn and Graubard 1998).
    """
    share, count, dates = float(hits.mean()), len(hits), len(np.unique(days))
    if dates < LEAST_DATES:
        return {key: share, f"{key}_95": clustered(share, np.zeros(count), days)}
    t = float(stdtrit(dates - 1, 0.975))
    variance = (_half((hits - share) / count, days) / t) ** 2
    trials = min(float(count), share * (1.0 - share) / variance) if variance > 0.0 else float(count)
    return {key: share, f"{key}_95": wilson(share, trials, t)}


def of_slope(key: str, chance: Floats, hit: Floats, days: Days) -> dict[str, Any]:
    """Slope of a logistic regression of hits (n,) on the log-odds of probabilities (n,), and its interval.

    1 is calibrated, below 1 overconfident. NaN, without an interval, if all hits or all probabilities are equal, or if
    some probability has all hits on one side of it and all misses on the other: then no slope is the best.
    """
    clipped = np.clip(chance, 1e-6, 1.0 - 1e-6)
    odds = np.log(clipped / (1.0 - clipped))
    hits, misses = odds[hit == 1.0], odds[hit == 0.0]
    if not len(hits) or not len(misses) or hits.min() >= misses.max() or hits.max() <= misses.min():
        return {key: float("nan")}
    columns, coefficients = np.column_stack([np.ones(len(odds)), odds]), np.zeros(2)
    for _ in range(25):  # Newton's method, from where it does not overshoot
        fitted = 1.0 / (1.0 + np.exp(-columns @ coefficients))
        information = columns.T @ (columns * (fitted * (1.0 - fitted))[:, None])
        score = columns * (hit - fitted)[:, None]
        coefficients = coefficients + np.linalg.solve(information, score.sum(axis=0))
    influence = np.linalg.solve(information, score.T)[1]
    slope = float(coefficients[1])
    return {key: slope, f"{key}_95": clustered(slope, influence, days)}


def running(values: Floats, days: Days) -> tuple[Floats, Floats, Floats, Floats]:
    """Of values (n,) up to each date (d,), from the 20th on: how many, their mean, and the ends of its interval."""
    _, member = np.unique(days, return_inverse=True)
    sums, sizes = np.bincount(member, values), np.bincount(member).astype(np.float64)
    count, dates = np.cumsum(sizes), np.arange(1.0, len(sums) + 1.0)
    mean = np.cumsum(sums) / count
    squares = np.cumsum(sums**2) - 2.0 * mean * np.cumsum(sums * sizes) + mean**2 * np.cumsum(sizes**2)
    enough = dates >= LEAST_DATES
    count, mean, squares, dates = count[enough], mean[enough], np.maximum(squares[enough], 0.0), dates[enough]
    half = stdtrit(dates - 1.0, 0.975) * np.sqrt(dates / (dates - 1.0) * squares) / count
    return count, mean, mean - half, mean + half


def wilson(share: float, trials: float, z: float = Z_95) -> tuple[float, float]:
    """Wilson's interval of a share of independent trials, `z` standard errors wide; (0, 1) without any trial."""
    if not trials:
        return 0.0, 1.0
    shrink = z * z / trials
    middle = (share + shrink / 2.0) / (1.0 + shrink)
    half = z * sqrt(share * (1.0 - share) / trials + shrink / (4.0 * trials)) / (1.0 + shrink)
    return middle - half, middle + half


def rows_to_significance(estimate: float, interval: Interval, rows: int) -> float:
    """How many rows like these it takes until the interval excludes 0; NaN without an interval or at 0."""
    if isinstance(interval, str) or estimate == 0.0:
        return float("nan")
    return rows * ((interval[1] - estimate) / estimate) ** 2


def _deviations(values: Floats) -> Floats:
    """Each row's influence (n,) on the mean of those that count, 0 for the others."""
    influence: Floats = np.nan_to_num((values - np.nanmean(values)) / np.count_nonzero(~np.isnan(values)))
    return influence


def _half(influence: Floats, days: Days) -> float:
    """Half the width of the interval."""
    _, member = np.unique(days, return_inverse=True)
    of_date = np.bincount(member, influence)
    dates = len(of_date)
    return float(stdtrit(dates - 1, 0.975)) * sqrt(dates / (dates - 1) * float((of_date**2).sum()))
