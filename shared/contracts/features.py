"""The named feature contract: which features a model gets, in which order, and what each may come from.

Names and order of the first 33 are the original system's `shared/ml/feature_contract.py` (V8/V9). Features are columns
of `nba_precompute.ml_feature_store_v2`; a model reads them by name, never by position in the table.
"""

from dataclasses import dataclass

CACHE, CALCULATED = "cache", "calculated"


@dataclass(frozen=True)
class Feature:
    """One feature: its column, where it comes from, and whether its absence counts as a default."""

    name: str
    origin: str
    required: bool


def _features(origin: str, names: str, *, required: bool) -> tuple[Feature, ...]:
    return tuple(Feature(name, origin, required) for name in names.split())


# Optional where the world may have nothing to say: no line, no game against this opponent, no shot locations.
CATBOOST_V8_CONTRACT: tuple[Feature, ...] = (
    *_features(CACHE, "points_avg_last_5 points_avg_last_10 points_avg_season points_std_last_10", required=True),
    *_features(CACHE, "games_in_last_7_days", required=True),
    *_features(CALCULATED, "fatigue_score", required=True),
    *_features(CALCULATED, "shot_zone_mismatch_score", required=False),
    *_features(CALCULATED, "pace_score usage_spike_score rest_advantage injury_risk", required=True),
    *_features(CACHE, "recent_trend minutes_change", required=True),
    *_features(CALCULATED, "opponent_def_rating opponent_pace home_away back_to_back playoff_game", required=True),
    *_features(CALCULATED, "pct_paint pct_mid_range", required=False),
    *_features(CACHE, "pct_three pct_free_throw", required=True),
    *_features(CALCULATED, "team_pace team_off_rating team_win_pct", required=True),
    *_features(CALCULATED, "vegas_points_line vegas_opening_line vegas_line_move", required=False),
    *_features(CALCULATED, "has_vegas_line", required=True),
    *_features(CALCULATED, "avg_points_vs_opponent", required=False),
    *_features(CALCULATED, "games_vs_opponent", required=True),
    *_features(CACHE, "minutes_avg_last_10 ppm_avg_last_10", required=True),
)
CATBOOST_V8_FEATURES: tuple[str, ...] = tuple(f.name for f in CATBOOST_V8_CONTRACT)

# Further named features; the quality score does not count them.
FURTHER_FEATURES: tuple[str, ...] = (
    "dnp_rate",
    "star_teammates_out",
    "points_out",
    "game_total_line",
    "implied_team_total",
    "spread",
    "days_rest",
    "minutes_load_last_7d",
    "points_avg_last_3",
    "usage_rate_last_5",
    "minutes_avg_last_5",
    "minutes_avg_season",
    "fga_avg_last_10",
    "starter_rate_last_10",
    "projected_minutes",
)

# How far a value is trusted by where it came from; a missing required feature counts as a default.
SOURCE_WEIGHTS: dict[str, int] = {"phase4": 100, "phase3": 87, "calculated": 100, "default": 40}
DEFAULT_CAPS: tuple[tuple[int, int], ...] = ((5, 49), (1, 69))  # (defaults from, score at most)
QUALITY_TIERS: tuple[tuple[int, str], ...] = ((95, "gold"), (85, "silver"), (70, "bronze"), (0, "poor"))
