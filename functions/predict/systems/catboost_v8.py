"""catboost_v8: gradient-boosted trees over the 33 named features (original-system.md, section 3).

Corrected against the original: the standard deviation comes from held-out errors kept in the model's card; serving
reads the same 33 columns of the same table that training read; without a trained model the system predicts nothing,
where the original put a heuristic's numbers under this name.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict.distribution import Floats, pmf_of
from functions.predict.slate import Forecast, Slate
from shared.contracts.features import CATBOOST_V8_FEATURES
from shared.contracts.work import Model
from shared.errors import ContractError

if TYPE_CHECKING:
    from catboost import CatBoostRegressor

_loaded: dict[str, "CatBoostRegressor"] = {}


@cache
def _library() -> Any:
    import catboost  # three seconds, paid only by a process that predicts with it

    return catboost


def regressor(model: Model) -> "CatBoostRegressor":
    """The model ready to predict, loaded once per process and hash."""
    if model.hash not in _loaded:
        _loaded[model.hash] = _library().CatBoostRegressor().load_model(blob=model.body)
    return _loaded[model.hash]


def forecast(slate: Slate) -> Forecast:
    """Every player of the slate; features may be missing. ContractError if the model was trained on other features."""
    return forecast_with(slate, CATBOOST_V8_FEATURES)


def forecast_with(slate: Slate, features: tuple[str, ...]) -> Forecast:
    """The forecast of a regressor over these named features; ContractError if the model was trained on others."""
    model = slate.model
    if model is None or tuple(model.card["features"]) != features:
        raise ContractError(f"the model must be one trained on the {len(features)} features of the contract")
    mean = np.asarray(regressor(model).predict(slate.matrix(features), thread_count=1), dtype=np.float64)
    return Forecast(np.arange(len(slate)), pmf_of(mean, residual_std(mean, model.card["residual_std"])))


def residual_std(mean: Floats, buckets: list[dict[str, float]]) -> Floats:
    """The standard deviation at each mean, between the card's buckets of held-out errors (`mean`, `std` in points)."""
    return np.interp(mean, [b["mean"] for b in buckets], [b["std"] for b in buckets])
