"""champion_no_line: the champion without the line; the same artefact, its market part not used."""

import numpy as np

from functions.predict.slate import Forecast, Slate
from functions.predict.systems import champion


def forecast(slate: Slate) -> Forecast:
    """Every player of the slate, without any line as an input."""
    return champion.forecast_with(slate, np.full(len(slate), np.nan))
