"""The champion's parts (functions/predict/systems/champion.py), fitted one after another.

`market` and `spread` learn from forecasts of `score` for rows it had not seen: the examples are cut by date, and each
later part is forecast by a `score` fitted on all parts before it. `trust` is learnt in the same way from forecasts of
`market`. Chosen by walk-forward on 2021-22 to 2023-24 (docs/model-card.md).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict import boosters, straight
from functions.predict.distribution import SHIFT, Floats
from functions.predict.systems import champion
from functions.predict.systems.champion import NEWS_OF_BOOKS, Parts
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
SPREAD = {**PARAMETERS, "objective": "reg:gamma", "eta": 0.1, "max_depth": 3, "min_child_weight": 1000}
ROUNDS = {"score": 250, "market": 50, "spread": 60}
PRIOR_ROWS = 50.0  # what stands against each feature of a straight line
PARTS = (0.4, 0.55, 0.7, 0.85)  # of the rows: where the parts that `score` forecasts begin
MARKET_PARTS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # of the rows with a line: where those of `market` begin
LEAST_SQUARE = 1e-3
HALF_LIFE_DAYS = 180.0  # of a lined row's weight in `market` and `trust`: books differ, and change
TRUST_PRIOR = 0.3  # before anything is seen trust is 0, give or take this: the market is right
MIN_LINED = 1000  # rows with a line, below which no `market` is fitted


def parameters() -> dict[str, Any]:
    """All of the above, for the card."""
    settings = {"score": SCORE, "market": MARKET, "spread": SPREAD, "prior_rows": PRIOR_ROWS}
    cuts = {"parts": PARTS, "market_parts": MARKET_PARTS, "half_life_days": HALF_LIFE_DAYS}
    shares = {"score": champion.SCORE_STRAIGHT, "market": champion.MARKET_STRAIGHT}
    return {**settings, **cuts, "rounds": ROUNDS, "straight": shares, "trust_prior": TRUST_PRIOR}


def fit(examples: Examples) -> Parts:
    """The parts; `market` is absent where fewer than 1,000 rows have a line."""
    matrix = examples.matrix(champion.SCORE_FEATURES)
    roots = np.sqrt(examples.points + SHIFT)
    start, seen = _forecast_unseen(matrix, roots, examples)
    tail, truth = examples.since(start), roots[start:]
    made, trust = _score(matrix, roots), 0.0
    trees, lines = dict(made.boosters), dict(made.straights)
    priced = ~np.isnan(tail.lines)
    if priced.sum() >= MIN_LINED:
        inputs = champion.market_inputs(tail.slate(), seen, tail.lines)[priced]
        moved, days = truth[priced] - inputs[:, 1], tail.dates[priced]
        trust, found = _trust(inputs, moved, days)
        seen[priced] = inputs[:, 1] + trust * found
        market = _market(inputs, moved, days)
        trees, lines = {**trees, **market.boosters}, {**lines, **market.straights}
    squares = np.maximum((truth - seen) ** 2, LEAST_SQUARE)
    trees["spread"] = _boost("spread", SPREAD, champion.spread_inputs(tail.slate(), seen), squares)
    return Parts(trees, lines, trust)


def _score(matrix: Floats, roots: Floats) -> Parts:
    line = straight.fit(matrix, roots, np.ones(len(roots)), PRIOR_ROWS)
    left = roots - champion.SCORE_STRAIGHT * line.predict(matrix)
    return Parts({"score": _boost("score", SCORE, matrix, left)}, {"score": line})


def _market(inputs: Floats, moved: Floats, days: Any) -> Parts:
    weights = _recency(days)
    line = straight.fit(inputs[:, NEWS_OF_BOOKS], moved, weights, PRIOR_ROWS)
    return Parts({"market": _boost("market", MARKET, inputs, moved, weights)}, {"market": line})


def _trust(inputs: Floats, moved: Floats, days: Any) -> tuple[float, Floats]:
    """How much of what `market` forecasts comes true, 0 to 1, and its forecasts (m,); 0 for the rows of the first part.

    The mean of a slope through nothing, given what is seen and a prior that the market is right.
    """
    edges = _edges(days, MARKET_PARTS)
    found = np.zeros(len(moved))
    for begin, end in pairwise(edges):
        made = _market(inputs[:begin], moved[:begin], days[:begin])
        found[begin:end] = champion.move(made, inputs[begin:end])
    late = slice(edges[0], None)
    weights = _recency(days)[late]
    noise = float(weights @ (moved[late] - found[late]) ** 2 / weights.sum())
    slope = (weights @ (found[late] * moved[late])) / (weights @ found[late] ** 2 + noise / TRUST_PRIOR**2)
    return float(f"{np.clip(slope, 0.0, 1.0):.{straight.DIGITS}g}"), found


def _recency(days: Any) -> Floats:
    """Weights (m,) of mean one that halve every 180 days."""
    weights = 0.5 ** ((days[-1] - days).astype(np.float64) / HALF_LIFE_DAYS)
    found: Floats = weights * (len(weights) / weights.sum())
    return found


def _edges(days: Any, parts: Sequence[float]) -> list[int]:
    """Where the parts of rows in the order of their dates begin, each with a whole date, and where the last ends."""
    cuts = {max(1, int(np.searchsorted(days, days[int(len(days) * p)]))) for p in parts}
    return [*sorted(cuts), len(days)]


def _forecast_unseen(matrix: Floats, roots: Floats, examples: Examples) -> tuple[int, Floats]:
    """Where the forecast parts begin; `score`'s forecasts (n - start,) by parts that saw only what lay before."""
    edges = _edges(examples.dates, PARTS)
    parts = [
        champion.score_root(_score(matrix[:begin], roots[:begin]), matrix[begin:end]) for begin, end in pairwise(edges)
    ]
    return edges[0], np.concatenate(parts)


def _boost(
    name: str, settings: dict[str, Any], features: Floats, target: Floats, weight: Floats | None = None
) -> "Booster":
    library = boosters.library()
    matrix = library.DMatrix(features, target, weight=weight)
    made: Booster = library.train(settings, matrix, ROUNDS[name])
    return made
