"""zone_matchup_v1: the season's average, moved by where he scores and where the opponent leaks (original, section 3).

Corrected against the original: a zone's defence is measured against the league in that zone, not against a rating of
110 for all; its term for fatigue is left out (see `adjustments`). Free throws have no defended zone and are left out.
The usage limits (25 and 18 %) are ours: the original's are not on record.
"""

import numpy as np

from functions.predict.adjustments import CLAMP
from functions.predict.distribution import Floats, expected_std, pmf_of
from functions.predict.slate import Forecast, Slate, floats, skipped

# Zone: the player's share of points, the defence's figure, the original's multiplier.
ZONES = (
    ("pct_paint", "paint_points_allowed_vs_league", 1.2),
    ("pct_mid_range", "mid_range_points_allowed_vs_league", 1.0),
    ("pct_three", "three_points_allowed_vs_league", 1.1),
)
MOST_PER_ZONE = 3.0
GAMES_BEHIND_STD = 10.0
HIGH_USAGE, MIDDLE_USAGE = 25.0, 18.0  # percent


def forecast(slate: Slate) -> Forecast:
    """Season average plus zones by usage, 0.4 pace, venue +-0.8; without zone data the player is left out."""
    season, matchup = slate.values("points_avg_season"), _matchup(slate)
    unknown = np.isnan(season) | np.isnan(matchup)
    usage = slate.known("usage_rate_last_5", MIDDLE_USAGE)
    weight = np.where(usage >= HIGH_USAGE, 1.0, np.where(usage >= MIDDLE_USAGE, 0.7, 0.4))
    venue = np.where(slate.known("home_away", 0.0) > 0, 0.8, -0.8)
    mean = np.clip(season + weight * matchup + 0.4 * slate.known("pace_score", 0.0) + venue, *CLAMP)
    index = np.flatnonzero(~unknown)
    std = expected_std(mean, slate.values("points_std_last_10"), GAMES_BEHIND_STD)
    return Forecast(index, pmf_of(mean[index], std[index]), skipped("no_zone_data", unknown))


def _matchup(slate: Slate) -> Floats:
    """Points (n,) that the zones add: 0.3 x defence x share x multiplier each, at most 3; NaN without either side."""
    zones = slate.inputs["zones"]
    keys = zip(zones.column("analysis_date").to_pylist(), zones.column("team").to_pylist(), strict=True)
    position = {key: i for i, key in enumerate(keys)}
    dates, opponents = (slate.features.column(c).to_pylist() for c in ("game_date", "opponent"))
    row = np.array([position.get(key, len(position)) for key in zip(dates, opponents, strict=True)], dtype=np.int64)
    total = np.zeros(len(slate))
    for share, defence, multiplier in ZONES:
        allowed = np.append(floats(zones, defence), np.nan)[row]
        total += np.clip(0.3 * allowed * slate.values(share) * multiplier, -MOST_PER_ZONE, MOST_PER_ZONE)
    return total
