"""champion_no_line: the champion as if no book had spoken; the same artefact, its market part not asked."""

import numpy as np

from functions.predict.slate import Forecast, Slate
from functions.predict.systems import champion


def forecast(slate: Slate) -> Forecast:
    """Everybody on the slate, without any line as an input."""
    return champion.forecast_with(slate, np.full(len(slate), np.nan))
