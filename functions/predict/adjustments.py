"""Adjustments that the formula systems add to a player's average, from the composite factors."""

import numpy as np

from functions.predict.distribution import Floats
from functions.predict.slate import Slate

CLAMP = (0.0, 60.0)
EXHAUSTED, TIRED, FRESH = 30.0, 50.0, 100.0  # of fatigue_score


def situation(slate: Slate) -> Floats:
    """Points (n,) for fatigue, zones, pace and usage, by the original's weights; an unknown factor adds nothing.

    Corrected: `fatigue_score` is 100 for a fresh player, and the original took points from the rested. Here the
    tired lose them: -2.5 below 30, -1.0 below 50.
    """
    freshness = slate.known("fatigue_score", FRESH)
    fatigue = np.where(freshness < EXHAUSTED, -2.5, np.where(freshness < TIRED, -1.0, 0.0))
    zones = 0.3 * slate.known("shot_zone_mismatch_score", 0.0)
    return fatigue + zones + 0.3 * slate.known("pace_score", 0.0) + 0.4 * slate.known("usage_spike_score", 0.0)
