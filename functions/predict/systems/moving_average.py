"""moving_average: recent form and season, adjusted for the situation (original-system.md, section 3).

Corrected against the original: fresh players lose no points (see `adjustments`); the result is a whole
distribution instead of a confidence made of bonuses; a missing factor adds nothing instead of a made-up default.
"""

import numpy as np

from functions.predict.adjustments import CLAMP, situation
from functions.predict.distribution import expected_std, pmf_of
from functions.predict.slate import Forecast, Slate, skipped

GAMES_BEHIND_STD = 10.0


def forecast(slate: Slate) -> Forecast:
    """0.5 L5 + 0.3 L10 + 0.2 season, venue +-0.5, back-to-back -1.5; players without a past game are left out."""
    last_5, last_10 = slate.values("points_avg_last_5"), slate.values("points_avg_last_10")
    unknown = np.isnan(last_5) | np.isnan(last_10)
    average = 0.5 * last_5 + 0.3 * last_10 + 0.2 * slate.known("points_avg_season", last_10)
    venue = np.where(slate.known("home_away", 0.0) > 0, 0.5, -0.5)
    back_to_back = -1.5 * slate.known("back_to_back", 0.0)
    mean = np.clip(average + situation(slate) + venue + back_to_back, *CLAMP)
    index = np.flatnonzero(~unknown)
    std = expected_std(mean, slate.values("points_std_last_10"), GAMES_BEHIND_STD)
    return Forecast(index, pmf_of(mean[index], std[index]), skipped("no_past_game", unknown))
