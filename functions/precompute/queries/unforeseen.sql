-- unforeseen: the slate's players without a cache of the postgame run, as of their game's prediction time, as `asked`.
asked AS (
  SELECT
    player.player_id, player.player_lookup, player.team, player.game_date AS cache_date, player.season, player.as_of
  FROM nba_analytics.upcoming_player_game_context AS player
  WHERE NOT EXISTS (
    SELECT 1
    FROM nba_precompute.player_daily_cache AS cached
    WHERE cached.player_id = player.player_id AND cached.cache_date = player.game_date
      AND cached.known_at <= player.as_of AND cached.cache_source != @cache_source
  )
),
