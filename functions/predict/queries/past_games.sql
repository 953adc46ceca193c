-- Each slate player's own earlier games: the situation as it stood before them, and the points scored in them.
-- A past game counts only if its box score was known at the slate row's own as_of.
WITH slate AS (
  SELECT game_id, player_id, game_date, as_of
  FROM nba_precompute.ml_feature_store_v2
  WHERE game_date BETWEEN @from_date AND @to_date AND (has_line OR is_expected)
)
SELECT
  slate.game_id,
  slate.player_id,
  past.opponent_def_rating,
  past.home_away,
  past.days_rest,
  past.points_avg_last_5,
  past.points_avg_season,
  actual.points
FROM slate
JOIN nba_precompute.ml_feature_store_v2 AS past
  ON past.player_id = slate.player_id AND past.game_date < slate.game_date
JOIN nba_analytics.player_game_summary AS actual
  ON actual.game_id = past.game_id AND actual.player_id = past.player_id
WHERE NOT actual.is_dnp AND actual.seconds_played > 0 AND actual.known_at <= slate.as_of
ORDER BY slate.game_id, slate.player_id, past.game_date, past.game_id
