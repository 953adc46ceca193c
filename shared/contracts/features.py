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

# Further named features; the quality score does not count them. FADED is a player's form with old games fading out,
# NEWS what tonight's absences free (functions/precompute/queries/form.sql and news.sql).
SITUATION_FEATURES: tuple[str, ...] = (
    "dnp_rate", "star_teammates_out", "points_out", "game_total_line", "implied_team_total", "spread", "days_rest",
    "minutes_load_last_7d", "points_avg_last_3", "usage_rate_last_5", "minutes_avg_last_5", "minutes_avg_season",
    "fga_avg_last_10", "starter_rate_last_10", "projected_minutes",
)  # fmt: skip
FADED_FEATURES: tuple[str, ...] = (
    "points_faded_fast", "points_faded_middle", "points_faded_slow", "points_faded_std", "minutes_faded_fast",
    "minutes_faded_middle", "minutes_faded_slow", "minutes_faded_std", "fga_faded_fast", "fga_faded_middle",
    "fga_faded_slow", "fta_faded_middle", "fta_faded_slow", "fg3a_faded_slow", "ast_faded_slow", "reb_faded_slow",
    "starts_faded_fast", "minutes_newest", "started_newest",
)  # fmt: skip
NEWS_FEATURES: tuple[str, ...] = (
    "minutes_freed_10", "minutes_freed_5", "minutes_freed_1", "points_freed_10", "tries_freed_10", "starts_freed_10",
    "minutes_back_10", "minutes_back_5", "minutes_there", "points_there", "fga_there", "top_points_freed",
    "played_share_10", "played_share_5", "minutes_rank", "shots_rank", "opponent_minutes_freed_10",
    "opponent_points_freed_10",
)  # fmt: skip
FURTHER_FEATURES: tuple[str, ...] = SITUATION_FEATURES + FADED_FEATURES + NEWS_FEATURES

# What only a market can say; a system that must not see a line reads none of these.
MARKET_FEATURES: frozenset[str] = frozenset(
    {"vegas_points_line", "vegas_opening_line", "vegas_line_move", "has_vegas_line"}
)
UNPRICED_FEATURES: tuple[str, ...] = tuple(
    n for n in CATBOOST_V8_FEATURES + FURTHER_FEATURES if n not in MARKET_FEATURES
)

# How far a value is trusted by where it came from; a missing required feature counts as a default.
SOURCE_WEIGHTS: dict[str, int] = {"phase4": 100, "phase3": 87, "calculated": 100, "default": 40}
DEFAULT_CAPS: tuple[tuple[int, int], ...] = ((5, 49), (1, 69))  # (defaults from, score at most)
QUALITY_TIERS: tuple[tuple[int, str], ...] = ((95, "gold"), (85, "silver"), (70, "bronze"), (0, "poor"))
