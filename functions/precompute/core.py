"""Zones need shot locations; features have a quality. Pure.

`score_quality` says once more, where it can be read, what the SQL of ml_feature_store_v2 computes. Source of the rule:
the original system's `quality_scorer.py` (see shared/contracts/features.py for weights and tiers). A test
holds this function and the query to the same numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.contracts.features import CACHE, CATBOOST_V8_CONTRACT, DEFAULT_CAPS, QUALITY_TIERS, SOURCE_WEIGHTS
from shared.contracts.work import Computed

IMPLEMENTS: Mapping[str, tuple[str, ...]] = {}  # every unit is a query


def ready(unit: str, facts: Mapping[str, int]) -> Computed | None:
    """None to run, or how the unit ends without it: no feed has shot locations, or nobody lacks a cache.

    `facts` counts the games `with_locations`, or the players whose cache is `missing`: on most dates there are none.
    """
    if any(facts.values()):
        return None
    if "missing" in facts:
        return Computed(outcome="empty", reason="nothing_missing", expected=0)
    return Computed(outcome="no_source", reason=f"no feed has the shot locations {unit} needs", expected=0)


def judge(unit: str, facts: Mapping[str, int], found: int) -> Computed:
    """Any number of rows is right: one for whoever has locations, or lacks a cache. None is said.

    No cache although some were counted as missing is a failure: the count is wrong.
    """
    del unit
    if found:
        return Computed()
    if "missing" in facts:
        return Computed(outcome="failed", reason=f"none of {facts['missing']} missing caches was made")
    return Computed(outcome="no_source", reason="nobody of the slate has locations")


@dataclass(frozen=True)
class Quality:
    """How much of a feature row rests on real sources: score 0-100, its tier, required features without a value."""

    score: float
    tier: str
    default_count: int


def score_quality(values: Mapping[str, float | None], cache_source: str) -> Quality:
    """The quality of one row of named features; `cache_source` is phase4, phase3 or none.

    The score is the mean weight of the features that count; a missing optional one does not count, a missing
    required one counts as a default and caps the score.
    """
    weights = []
    defaults = 0
    for feature in CATBOOST_V8_CONTRACT:
        present = values.get(feature.name) is not None
        if present:
            weights.append(SOURCE_WEIGHTS[cache_source if feature.origin == CACHE else "calculated"])
        elif feature.required:
            weights.append(SOURCE_WEIGHTS["default"])
            defaults += 1
    cap = next((limit for count, limit in DEFAULT_CAPS if defaults >= count), 100)
    score = min(cap, sum(weights) / len(weights))
    return Quality(score, next(name for floor, name in QUALITY_TIERS if score >= floor), defaults)
