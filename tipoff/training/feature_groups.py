"""The groups of features whose worth is told, by what a reader would withhold together.

Every named feature but the market's is in exactly one group. `the market` is all that books say; `prices and other
books` is its part beside the one line.
"""

from collections.abc import Mapping

from shared.contracts.features import MARKET_FEATURES
from tipoff.training.examples import QUOTE

MARKET = "the market"
PRICES = "prices and other books"

# What a player always has, and so can be given another player's of.
PLAYER_GROUPS: Mapping[str, tuple[str, ...]] = {
    "points scored": (
        "points_avg_last_3", "points_avg_last_5", "points_avg_last_10", "points_avg_season", "points_std_last_10",
        "recent_trend", "ppm_avg_last_10", "points_faded_fast", "points_faded_middle", "points_faded_slow",
        "points_faded_std",
    ),
    "shots and other play": (
        "usage_spike_score", "usage_rate_last_5", "fga_avg_last_10", "fga_faded_fast", "fga_faded_middle",
        "fga_faded_slow", "fta_faded_middle", "fta_faded_slow", "fg3a_faded_slow", "ast_faded_slow", "reb_faded_slow",
        "pct_paint", "pct_mid_range", "pct_three", "pct_free_throw", "shots_rank",
    ),
    "minutes and role": (
        "minutes_change", "minutes_avg_last_5", "minutes_avg_last_10", "minutes_avg_season", "projected_minutes",
        "minutes_faded_fast", "minutes_faded_middle", "minutes_faded_slow", "minutes_faded_std", "minutes_newest",
        "started_newest", "starts_faded_fast", "starter_rate_last_10", "minutes_rank", "dnp_rate", "played_share_10",
        "played_share_5",
    ),
    "who is out tonight": (
        "injury_risk", "star_teammates_out", "points_out", "minutes_freed_10", "minutes_freed_5", "minutes_freed_1",
        "points_freed_10", "tries_freed_10", "starts_freed_10", "minutes_back_10", "minutes_back_5", "minutes_there",
        "points_there", "fga_there", "top_points_freed", "opponent_minutes_freed_10", "opponent_points_freed_10",
    ),
    "rest and venue": (
        "games_in_last_7_days", "fatigue_score", "rest_advantage", "home_away", "back_to_back", "playoff_game",
        "days_rest", "minutes_load_last_7d",
    ),
    "opponent and pace": (
        "shot_zone_mismatch_score", "pace_score", "opponent_def_rating", "opponent_pace", "team_pace",
        "team_off_rating", "team_win_pct", "avg_points_vs_opponent", "games_vs_opponent",
    ),
    "odds of the game": ("game_total_line", "implied_team_total", "spread"),
}  # fmt: skip
# What is not always there: training, too, has players of whom no book spoke.
MARKET_GROUPS: Mapping[str, tuple[str, ...]] = {
    PRICES: ("over_price", "under_price", "vegas_opening_line", "vegas_line_move"),
    MARKET: (*QUOTE, *sorted(MARKET_FEATURES)),
}
