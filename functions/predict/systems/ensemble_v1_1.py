"""ensemble_v1_1: the members' distributions mixed by how well each did, as known when the slate is predicted.

Corrected against the original: its weights (.45 CatBoost, .25 similarity, .20 moving average, .10 zone) were fixed;
these follow each member's mean absolute error over the last 90 days of grades, each pair on the rows that it shares
(record.sql).
"""

import numpy as np

from functions.predict.distribution import Floats
from functions.predict.slate import Forecast, Slate, floats
from functions.predict.systems.ensemble_v1 import mix

MEMBERS = (
    *("moving_average", "zone_matchup_v1", "similarity_balanced_v1"),
    *("catboost_v8", "catboost_v9", "xgboost_v1", "champion"),
)
SHARPNESS = 40.0  # a member 0.025 points worse than the best weighs 1/e of it
MIN_GRADED = 300  # graded rows that a member's record needs
UNKNOWN = {
    "champion": 1.0,
    "catboost_v9": 0.5,
    "xgboost_v1": 0.5,
    "catboost_v8": 0.25,
}  # the weights while no member has a record


def forecast(slate: Slate) -> Forecast:
    """The mixture of the members; a player without any member's prediction is left out."""
    return mix(slate, weights(slate))


def weights(slate: Slate) -> Floats:
    """The weight of each row of `members` (m,): its system's, by the system's record."""
    by_system = learnt(slate)
    return np.array([by_system.get(s, 0.0) for s in slate.inputs["members"].column("system_id").to_pylist()])


def learnt(slate: Slate) -> dict[str, float]:
    """Each member's weight: exp(-40 x (its error - the least error of a member)); UNKNOWN while no record is known."""
    record = slate.inputs["record"]
    graded, errors = floats(record, "graded"), floats(record, "mae")
    known = {
        s: float(e)
        for s, n, e in zip(record.column("system_id").to_pylist(), graded, errors, strict=True)
        if s in MEMBERS and n >= MIN_GRADED
    }
    if not known:
        return UNKNOWN
    best = min(known.values())
    return {s: float(np.exp(-SHARPNESS * (e - best))) for s, e in known.items()}
