-- How many of the slate's players have games to make a cache of, and none made by the postgame run.
SELECT COUNT(*) AS missing
FROM nba_analytics.upcoming_player_game_context AS player
WHERE NOT EXISTS (
  SELECT 1
  FROM nba_precompute.player_daily_cache AS cached
  WHERE cached.player_id = player.player_id AND cached.cache_date = player.game_date
    AND cached.known_at <= player.as_of AND cached.cache_source != @cache_source
)
AND EXISTS (
  SELECT 1
  FROM nba_analytics.player_game_summary AS game
  WHERE game.player_id = player.player_id AND game.known_at <= player.as_of AND NOT game.is_dnp
    AND game.season BETWEEN player.season - 1 AND player.season
)
