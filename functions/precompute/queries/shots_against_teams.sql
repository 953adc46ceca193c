-- How many team-games have shot locations at all.
SELECT COUNTIF(opp_points_in_paint IS NOT NULL) AS with_locations FROM nba_analytics.team_defense_game_summary
