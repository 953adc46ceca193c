-- How many player-games have shot locations at all.
SELECT COUNTIF(points_in_paint IS NOT NULL) AS with_locations FROM nba_analytics.player_game_summary
