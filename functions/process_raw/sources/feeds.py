"""The parser of each live feed."""

from functions.process_raw.sources import box_score, injury_report, odds_api, player_list, schedule

PARSERS = {
    "nbac_schedule": schedule.parse,
    "nbac_player_list": player_list.parse,
    "nbac_injury_report": injury_report.parse,
    "nbac_gamebook_player_stats": box_score.parse,
    "odds_api_player_points_props": odds_api.parse_props,
    "odds_api_game_lines": odds_api.parse_game_lines,
}
