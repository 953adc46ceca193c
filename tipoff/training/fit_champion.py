"""Fit the champion's parts (functions/predict/systems/champion.py) one after another.

`market` and the variance part learn from out-of-sample forecasts of `score`: the examples are split by date, and each
later fold is forecast by a `score` fitted on all folds before it. `trust` is learnt in the same way from forecasts of
`market`. Settings chosen by walk-forward validation on 2021-22 to 2023-24 (docs/model-card.md).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict import boosters, ridge
from functions.predict.distribution import SHIFT, Floats
from functions.predict.systems import champion
from functions.predict.systems.champion import RIDGE_INPUTS, Parts
from tipoff.training.examples import Examples

if TYPE_CHECKING:
    from xgboost import Booster

# Two threads, a fixed seed, histograms: the same bytes each time.
PARAMETERS: dict[str, Any] = {
    "tree_method": "hist",
    "max_bin": 128,
    "subsample": 0.7,
    "colsample_bytree": 0.5,
    "min_child_weight": 30,
    "reg_lambda": 5,
    "nthread": 2,
    "seed": 1,
}
SCORE = {**PARAMETERS, "eta": 0.05, "max_depth": 5}
MARKET = {**PARAMETERS, "eta": 0.04, "max_depth": 3, "min_child_weight": 100, "reg_lambda": 10, "base_score": 0.0}
VARIANCE = {**PARAMETERS, "objective": "reg:gamma", "eta": 0.1, "max_depth": 3, "min_child_weight": 1000}
ROUNDS = {"score": 250, "market": 50, "variance": 60}
PRIOR_ROWS = 50.0  # the ridge penalty of each standardised feature, as a number of rows
FOLDS = (0.4, 0.55, 0.7, 0.85)  # shares of the rows: where the folds that `score` forecasts begin
MARKET_FOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # shares of the rows with a line, for `market`
LEAST_SQUARE = 1e-3
HALF_LIFE_DAYS = 180.0  # of the weight of a row with a line in `market` and `trust`, as books change
TRUST_PRIOR = 0.3  # standard deviation of the prior of trust, whose mean is 0: the market is right
MIN_LINED = 1000  # rows with a line, below which no `market` is fitted


def parameters() -> dict[str, Any]:
    """All settings above, for the card."""
    settings = {"score": SCORE, "market": MARKET, "variance": VARIANCE, "prior_rows": PRIOR_ROWS}
    cuts = {"parts": FOLDS, "market_parts": MARKET_FOLDS, "half_life_days": HALF_LIFE_DAYS}
    shares = {"score": champion.SCORE_RIDGE_SHARE, "market": champion.MARKET_RIDGE_SHARE}
    return {**settings, **cuts, "rounds": ROUNDS, "ridge_share": shares, "trust_prior": TRUST_PRIOR}


def fit_champion(examples: Examples) -> Parts:
    """The champion's parts; `market` is absent if fewer than 1,000 rows have a line."""
    matrix = examples.matrix(champion.SCORE_FEATURES)
    roots = np.sqrt(examples.points + SHIFT)
    start, forecasts = _out_of_sample(matrix, roots, examples)
    tail, truth = examples.since(start), roots[start:]
    score, trust = _score(matrix, roots), 0.0
    trees, ridges = dict(score.boosters), dict(score.ridges)
    priced = ~np.isnan(tail.lines)
    if priced.sum() >= MIN_LINED:
        inputs = champion.market_inputs(tail.slate(), forecasts, tail.lines)[priced]
        moved, days = truth[priced] - inputs[:, 1], tail.dates[priced]
        trust, moves = _trust(inputs, moved, days)
        forecasts[priced] = inputs[:, 1] + trust * moves
        market = _market(inputs, moved, days)
        trees, ridges = {**trees, **market.boosters}, {**ridges, **market.ridges}
    squares = np.maximum((truth - forecasts) ** 2, LEAST_SQUARE)
    trees["variance"] = _boost("variance", VARIANCE, champion.variance_inputs(tail.slate(), forecasts), squares)
    return Parts(trees, ridges, trust)


def _score(matrix: Floats, roots: Floats) -> Parts:
    linear = ridge.fit(matrix, roots, np.ones(len(roots)), PRIOR_ROWS)
    residuals = roots - champion.SCORE_RIDGE_SHARE * linear.predict(matrix)
    return Parts({"score": _boost("score", SCORE, matrix, residuals)}, {"score": linear})


def _market(inputs: Floats, moved: Floats, days: Any) -> Parts:
    weights = _recency(days)
    linear = ridge.fit(inputs[:, RIDGE_INPUTS], moved, weights, PRIOR_ROWS)
    return Parts({"market": _boost("market", MARKET, inputs, moved, weights)}, {"market": linear})


def _trust(inputs: Floats, moved: Floats, days: Any) -> tuple[float, Floats]:
    """The share of `market`'s forecast moves that comes true, 0 to 1; and these forecasts (m,), 0 before the folds.

    The posterior mean of the slope of a regression through the origin, whose prior is that the market is right.
    """
    edges = _edges(days, MARKET_FOLDS)
    moves = np.zeros(len(moved))
    for begin, end in pairwise(edges):
        earlier = _market(inputs[:begin], moved[:begin], days[:begin])
        moves[begin:end] = champion.move(earlier, inputs[begin:end])
    late = slice(edges[0], None)
    weights = _recency(days)[late]
    noise = float(weights @ (moved[late] - moves[late]) ** 2 / weights.sum())
    slope = (weights @ (moves[late] * moved[late])) / (weights @ moves[late] ** 2 + noise / TRUST_PRIOR**2)
    return float(f"{np.clip(slope, 0.0, 1.0):.{ridge.DIGITS}g}"), moves


def _recency(days: Any) -> Floats:
    """Weights (m,) of mean one that halve every 180 days."""
    weights = 0.5 ** ((days[-1] - days).astype(np.float64) / HALF_LIFE_DAYS)
    weights *= len(weights) / weights.sum()
    return np.asarray(weights)


def _edges(days: Any, folds: Sequence[float]) -> list[int]:
    """The indexes where folds of rows ordered by date begin, each with a whole date, and where the last one ends."""
    cuts = {max(1, int(np.searchsorted(days, days[int(len(days) * p)]))) for p in folds}
    return [*sorted(cuts), len(days)]


def _out_of_sample(matrix: Floats, roots: Floats, examples: Examples) -> tuple[int, Floats]:
    """Where the folds begin, and `score`'s forecasts (n - start,), each fold's by a fit on all rows before it."""
    edges = _edges(examples.dates, FOLDS)
    folds = [
        champion.score_root(_score(matrix[:begin], roots[:begin]), matrix[begin:end]) for begin, end in pairwise(edges)
    ]
    return edges[0], np.concatenate(folds)


def _boost(
    name: str, settings: dict[str, Any], features: Floats, target: Floats, weight: Floats | None = None
) -> "Booster":
    library = boosters.library()
    matrix = library.DMatrix(features, target, weight=weight)
    booster: Booster = library.train(settings, matrix, ROUNDS[name])
    return booster
