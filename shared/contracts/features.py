"""The named features: what a model reads, in which order, and what is known of each; from features.yaml.

They are columns of `nba_precompute.ml_feature_store_v2`; a model reads them by name, never by position in the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Feature:
    """One feature; features.yaml says what its values mean."""

    name: str
    group: str
    label: str
    origin: str
    weight: int = 0
    required: bool = False
    range: tuple[float, float] | None = None
    default: float | None = None


@dataclass(frozen=True)
class Quality:
    """How the quality of a row of features is scored; features.yaml says what its values mean."""

    cache_weights: Mapping[str, int]
    weights: Mapping[str, int]
    default_weight: int
    caps: tuple[tuple[int, int], ...]
    tiers: tuple[tuple[int, str], ...]


def _features(raw: Mapping[str, Any], quality: Quality) -> Mapping[str, Feature]:
    """By name; ValueError for a name that is there twice, or for an unknown group or origin."""
    features = [Feature(name, **entry) for section in raw["features"].values() for name, entry in section.items()]
    by_name = {f.name: f for f in features}
    known = all(f.group in raw["groups"] and f.origin in ("cache", *quality.weights) for f in features)
    if len(by_name) < len(features) or not known:
        raise ValueError("features.yaml has a name twice, or a feature of an unknown group or origin")
    return by_name


_RAW = yaml.load(Path(__file__).with_suffix(".yaml").read_text("utf-8"), yaml.CSafeLoader)
QUALITY = Quality(**_RAW["quality"])
GROUPS: tuple[str, ...] = tuple(_RAW["groups"])
FEATURES = _features(_RAW, QUALITY)

ALL_FEATURES: tuple[str, ...] = tuple(FEATURES)
CATBOOST_V8_FEATURES: tuple[str, ...] = tuple(_RAW["features"]["catboost_v8"])
# A system that must not see a line reads only unpriced features.
MARKET_FEATURES: frozenset[str] = frozenset(f.name for f in FEATURES.values() if f.origin == "market")
UNPRICED_FEATURES: tuple[str, ...] = tuple(name for name in ALL_FEATURES if name not in MARKET_FEATURES)
