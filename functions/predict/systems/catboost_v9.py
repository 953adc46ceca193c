"""catboost_v9: the trees of catboost_v8 over every named feature, decayed form and tonight's absences too."""

from functions.predict.slate import Forecast, Slate
from functions.predict.systems import catboost_v8
from shared.contracts.features import ALL_FEATURES


def forecast(slate: Slate) -> Forecast:
    """Every player of the slate; features may be missing. ContractError if the model was trained on other features."""
    return catboost_v8.forecast_with(slate, ALL_FEATURES)
