"""ensemble_v1_1: the members' distributions mixed by how well each did, as known when the slate is predicted.

Corrected against the original: its weights (.45 CatBoost, .25 similarity, .20 moving average, .10 zone) were fixed;
these follow each member's mean absolute error over the last 90 days of grades.
"""

import numpy as np

from functions.predict.slate import Forecast, Slate, floats
from functions.predict.systems.ensemble_v1 import mix

MEMBERS = (
    *("moving_average", "zone_matchup_v1", "similarity_balanced_v1"),
    *("catboost_v8", "catboost_v9", "xgboost_v1", "champion"),
)
SHARPNESS = 40.0  # a member 0.025 points worse than the best weighs 1/e of it
MIN_GRADED = 300  # below, nothing is learnt of a member yet
UNKNOWN = {"champion": 1.0, "catboost_v9": 0.5, "xgboost_v1": 0.5, "catboost_v8": 0.25}  # until the grades speak


def forecast(slate: Slate) -> Forecast:
    """The mixture; whom no member predicted is left out."""
    members = slate.inputs["members"]
    weights = learnt(slate)
    given = np.array([weights.get(s, 0.0) for s in members.column("system_id").to_pylist()])
    return mix(slate, given)


def learnt(slate: Slate) -> dict[str, float]:
    """Each member's weight by its record: exp(-40 x (its error - the best's)); the start's until all are known."""
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
