"""xgboost_v1: gradient-boosted trees over every named feature, the line among them.

Corrected against the original: a model, where the original stored a heuristic's numbers under this name.
"""

import numpy as np

from functions.predict import boosters
from functions.predict.distribution import pmf_of
from functions.predict.slate import Forecast, Slate
from functions.predict.systems.catboost_v8 import residual_std
from shared.contracts.features import ALL_FEATURES
from shared.errors import ContractError


def forecast(slate: Slate) -> Forecast:
    """Every player of the slate; features may be missing. ContractError if the model was trained on other features."""
    model = slate.model
    if model is None or tuple(model.card["features"]) != ALL_FEATURES:
        raise ContractError("xgboost_v1 needs a model trained on the named features of the contract")
    mean = boosters.predict(boosters.unpack(model)["points"], slate.matrix(ALL_FEATURES))
    return Forecast(np.arange(len(slate)), pmf_of(mean, residual_std(mean, model.card["residual_std"])))
