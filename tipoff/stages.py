"""The champion's three boosters (functions/predict/systems/champion.py), fitted one after another.

`market` and `spread` learn from forecasts of `score` for rows it had not seen: the examples are cut by date, and each
later part is forecast by a booster fitted on all parts before it. Chosen by walk-forward on 2021-22 to 2023-24
(docs/model-card.md).
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict import boosters
from functions.predict.distribution import SHIFT, Floats
from functions.predict.systems import champion
from functions.predict.systems.champion import Parts
from tipoff.examples import Examples

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
PARTS = (0.4, 0.55, 0.7, 0.85)  # of the rows: where the parts that are forecast begin
LEAST_SQUARE = 1e-3
HALF_LIFE_DAYS = 180.0  # of a lined row's weight in `market` and `pull`
MIN_LINED = 1000  # rows with a line, below which no `market` is fitted


def parameters() -> dict[str, Any]:
    """All of the above, for the card."""
    settings = {"score": SCORE, "market": MARKET, "spread": SPREAD}
    return {**settings, "rounds": ROUNDS, "parts": PARTS, "half_life_days": HALF_LIFE_DAYS}


def fit(examples: Examples) -> Parts:
    """The parts; `market` is absent where fewer than 1,000 rows have a line."""
    matrix = examples.matrix(champion.SCORE_FEATURES)
    roots = np.sqrt(examples.points + SHIFT)
    start, seen = _forecast_unseen(matrix, roots, examples)
    tail, truth, pull = examples.since(start), roots[start:], (0.0, 0.0)
    found = {"score": _boost("score", SCORE, matrix, roots)}
    priced = ~np.isnan(tail.lines)
    if priced.sum() >= MIN_LINED:
        inputs = champion.market_inputs(tail.slate(), seen, tail.lines)[priced]
        weights = _recency(tail, priced)
        moved = truth[priced] - inputs[:, 1]
        found["market"] = _boost("market", MARKET, inputs, moved, weights)
        pull = _pull(inputs[:, 2], moved, weights)
        seen[priced] = champion.beside_line(found["market"], pull, inputs)
    squares = np.maximum((truth - seen) ** 2, LEAST_SQUARE)
    found["spread"] = _boost("spread", SPREAD, champion.spread_inputs(tail.slate(), seen), squares)
    return Parts(found, pull)


def _recency(rows: Examples, chosen: Any) -> Floats:
    """Weights (m,) of mean one that halve every 180 days: what a line is worth differs by book and season."""
    age = (rows.dates[-1] - rows.dates[chosen]).astype(np.float64)
    weights = 0.5 ** (age / HALF_LIFE_DAYS)
    found: Floats = weights * (len(weights) / weights.sum())
    return found


def _pull(distance: Floats, moved: Floats, weights: Floats) -> tuple[float, float]:
    """Least squares of `moved` on a constant and the distance."""
    columns = np.column_stack([np.ones(len(distance)), distance])
    found = np.linalg.solve(columns.T @ (columns * weights[:, None]), columns.T @ (weights * moved))
    return float(found[0]), float(found[1])


def _forecast_unseen(matrix: Floats, roots: Floats, examples: Examples) -> tuple[int, Floats]:
    """Where the forecast parts begin; `score`'s forecasts (n - start,) by boosters that saw only what lay before."""
    cuts = [int(np.searchsorted(examples.dates, examples.dates[int(len(examples) * p)])) for p in PARTS]
    edges = [*sorted({max(1, c) for c in cuts}), len(examples)]
    parts = [
        boosters.predict(_boost("score", SCORE, matrix[:begin], roots[:begin]), matrix[begin:end])
        for begin, end in pairwise(edges)
    ]
    return edges[0], np.concatenate(parts)


def _boost(
    name: str, settings: dict[str, Any], features: Floats, target: Floats, weight: Floats | None = None
) -> "Booster":
    library = boosters.library()
    matrix = library.DMatrix(features, target, weight=weight)
    made: Booster = library.train(settings, matrix, ROUNDS[name])
    return made
