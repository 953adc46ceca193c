"""NBA.com statistics: schedule, scoreboards, box scores, game logs, play-by-play, players and rosters."""

from functions.process_raw.feeds.kind import Kind
from functions.process_raw.feeds.nba import play_by_play, schedule, scoreboard
from functions.process_raw.feeds.nba_stats import (
    boxscore_v2,
    boxscore_v3,
    game_logs,
    other,
    players,
    result_sets,
    rotation,
    scoreboard_v2,
    summary,
    team_season,
)

_NO_GAMES = "a day without games"
KINDS = (
    Kind("schedule", "json", schedule.recognises, schedule.read, schedule.league),
    Kind("scoreboard_v3", "json", scoreboard.recognises, scoreboard.read, scoreboard.league, _NO_GAMES),
    Kind(
        "boxscore_traditional_v3", "json",
        boxscore_v3.has("Traditional"), boxscore_v3.read_traditional, boxscore_v3.league,
    ),
    *(
        Kind(
            f"boxscore_{table.removeprefix('nbac_player_boxscores_')}_v3", "json",
            boxscore_v3.has(measure), boxscore_v3.read_measure(measure), boxscore_v3.league,
        )
        for measure, table in boxscore_v3.MEASURES.items()
    ),
    Kind("boxscore_matchups_v3", "json", boxscore_v3.has("Matchups"), boxscore_v3.read_matchups, boxscore_v3.league),
    Kind("boxscore_summary_v3", "json", summary.is_v3, summary.read_v3, summary.league_v3),
    Kind("play_by_play_v3", "json", play_by_play.is_v3, play_by_play.read_v3, play_by_play.league),
    Kind("scoreboard_v2", "json", scoreboard_v2.recognises, scoreboard_v2.read, result_sets.league, _NO_GAMES),
    Kind("boxscore_summary_v2", "json", summary.is_v2, summary.read_v2, result_sets.league),
    Kind(
        "boxscore_traditional_v2", "json",
        boxscore_v2.is_traditional, boxscore_v2.read_traditional, result_sets.league,
    ),
    Kind(
        "boxscore_advanced_v2", "json", boxscore_v2.has_measure(boxscore_v2.ADVANCED, "OFF_RATING"),
        boxscore_v2.read_measure("nbac_player_boxscores_advanced", boxscore_v2.ADVANCED), result_sets.league,
    ),
    Kind(
        "boxscore_usage_v2", "json", boxscore_v2.has_measure(boxscore_v2.USAGE, "PCT_FGA"),
        boxscore_v2.read_measure("nbac_player_boxscores_usage", boxscore_v2.USAGE), result_sets.league,
    ),
    Kind(
        "boxscore_hustle_v2", "json", boxscore_v2.has_measure(boxscore_v2.HUSTLE, "DEFLECTIONS"),
        boxscore_v2.read_measure("nbac_player_boxscores_hustle", boxscore_v2.HUSTLE), result_sets.league,
    ),
    Kind("fan_duel_players", "json", boxscore_v2.is_fan_duel, boxscore_v2.read_fan_duel, boxscore_v2.fan_duel_league),
    Kind("game_log_of_players", "json", game_logs.is_of_players, game_logs.read_players, result_sets.league),
    Kind("game_log_of_teams", "json", game_logs.is_of_teams, game_logs.read_teams, result_sets.league),
    Kind("player_list", "json", players.is_list, players.read_list, result_sets.league),
    Kind("player_index", "json", players.is_index, players.read_index, result_sets.league),
    Kind("team_roster", "json", players.is_roster, players.read_roster, result_sets.league),
    Kind("team_season_stats", "json", team_season.recognises, team_season.read, result_sets.league),
    Kind("rotation", "json", rotation.recognises, rotation.read, result_sets.league),
    Kind("other_resource", "json", other.recognises, other.read),
)  # fmt: skip
