"""GoogleSQL expressions that score the quality of a row of features, made from shared/contracts/features.yaml.

A query writes `${name}` for one of them.
"""

from collections.abc import Iterable, Mapping
from functools import cache

from shared.contracts.features import FEATURES, QUALITY, Feature


def _sum(terms: Iterable[tuple[Feature, int, int]]) -> str:
    """The sum of each feature's first number where it has a value, and of its second where it has none."""
    parts = [f"IF({feature.name} IS NULL, {missing}, {present})" for feature, present, missing in terms]
    return f"({' + '.join(parts or ['0'])})"


@cache
def expressions() -> Mapping[str, str]:
    """By name; they read the features and `cache_source`, and the columns `defaults` and `score` made with them.

    `weighted_sum` and `weight_sum` are whole numbers: their quotient is the same in every warehouse.
    """
    counted = [f for f in FEATURES.values() if f.weight]
    required = [f for f in counted if f.required]
    sources = " ".join(f"WHEN '{source}' THEN {weight}" for source, weight in QUALITY.cache_weights.items())
    origins = {"cache": f"CASE cache_source {sources} END", **QUALITY.weights}
    weighted = [f"{by} * {_sum((f, f.weight, 0) for f in counted if f.origin == o)}" for o, by in origins.items()]
    weighted.append(f"{QUALITY.default_weight} * {_sum((f, 0, f.weight) for f in required)}")
    caps = " ".join(f"WHEN defaults >= {least} THEN {cap}" for least, cap in QUALITY.caps)
    tiers = " ".join(f"WHEN score >= {least} THEN '{tier}'" for least, tier in QUALITY.tiers)
    return {
        "defaults": _sum((f, 0, 1) for f in required),
        "weighted_sum": " + ".join(weighted),
        "weight_sum": _sum((f, f.weight, f.weight if f.required else 0) for f in counted),
        "cap": f"CASE {caps} ELSE 100 END",
        "tier": f"CASE {tiers} END",
    }
