"""The named feature contract: which columns of the feature store are features, in their fixed order."""

from shared.contracts.rows import table

FEATURE_STORE = "nba_precompute.ml_feature_store_v2"
CATBOOST_V8_COUNT = 33


def _feature_names() -> tuple[str, ...]:
    names = [c.name for c in table(FEATURE_STORE).columns]
    return tuple(names[names.index("is_expected") + 1 : names.index("cache_source")])


FEATURES: tuple[str, ...] = _feature_names()
CATBOOST_V8_FEATURES: tuple[str, ...] = FEATURES[:CATBOOST_V8_COUNT]
