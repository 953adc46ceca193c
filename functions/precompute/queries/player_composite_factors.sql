-- The original system's four adjustments, each within bounds. A rested player's fatigue score is 100, and a lower score
-- lowers the prediction. The original's terms for age and for back-to-backs within 14 days are left out: no feed has them.
WITH
players AS (
  SELECT
    player.game_id, player.game_date, player.player_id, player.team, player.opponent, player.as_of, player.source,
    player.injury_status IN ('out', 'doubtful') AS is_absent,
    cached.days_since_last_game, cached.games_last_7_days, cached.minutes_last_7_days,
    cached.minutes_avg_last_5, cached.minutes_avg_last_10, cached.minutes_avg_season,
    cached.usage_rate_last_5, cached.usage_rate_last_10, cached.usage_rate_season, cached.points_avg_season
  FROM nba_analytics.upcoming_player_game_context AS player
  LEFT JOIN nba_precompute.player_daily_cache AS cached
    ON cached.player_id = player.player_id AND cached.cache_date = player.game_date
    AND cached.known_at <= player.as_of
),
absences AS (
  SELECT
    game_id, team,
    COUNTIF(points_avg_season >= @star_points) AS stars,
    SUM(CAST(ROUND(1000 * points_avg_season) AS INT64)) AS points_milli
  FROM players
  WHERE is_absent
  GROUP BY game_id, team
),
-- The zone in which a player scores most, and the points that the opponent allows there, relative to the league.
zones AS (
  SELECT
    players.game_id, players.player_id,
    GREATEST(pct_paint, pct_mid_range, pct_three) AS share,
    CASE GREATEST(pct_paint, pct_mid_range, pct_three)
      WHEN pct_paint THEN paint_points_allowed_vs_league
      WHEN pct_three THEN three_points_allowed_vs_league
      ELSE mid_range_points_allowed_vs_league
    END AS allowed
  FROM players
  JOIN nba_precompute.player_shot_zone_analysis AS zone
    ON zone.player_id = players.player_id AND zone.analysis_date = players.game_date AND zone.known_at <= players.as_of
  JOIN nba_precompute.team_defense_zone_analysis AS defence
    ON defence.team = players.opponent AND defence.analysis_date = players.game_date
    AND defence.known_at <= players.as_of
),
weighed AS (
  SELECT
    players.*,
    COALESCE(absences.stars, 0) - IF(is_absent AND COALESCE(points_avg_season, 0) >= @star_points, 1, 0) AS stars_out,
    COALESCE(absences.points_milli, 0)
      - IF(is_absent, COALESCE(CAST(ROUND(1000 * points_avg_season) AS INT64), 0), 0) AS points_out_milli,
    opposing.team_pace - own.team_pace AS pace_difference,
    5 * usage_rate_last_5 + 3 * usage_rate_last_10 + 2 * usage_rate_season AS projected_usage_tenths,
    zones.allowed * LEAST(2 * zones.share, 1) AS mismatch
  FROM players
  LEFT JOIN absences ON absences.game_id = players.game_id AND absences.team = players.team
  LEFT JOIN zones ON zones.game_id = players.game_id AND zones.player_id = players.player_id
  LEFT JOIN nba_analytics.upcoming_team_game_context AS own
    ON own.game_id = players.game_id AND own.team = players.team
  LEFT JOIN nba_analytics.upcoming_team_game_context AS opposing
    ON opposing.game_id = players.game_id AND opposing.team = players.opponent
)
SELECT
  game_id, game_date, player_id,
  CAST(GREATEST(0, LEAST(100,
    100
    - IF(days_since_last_game = 1, 15, 0)
    + IF(days_since_last_game >= 3, 5, 0)
    - IF(games_last_7_days >= 4, 10, 0)
    - IF(minutes_last_7_days > 240, 10, 0)
    - IF(minutes_avg_last_5 > 35, 8, 0)
  )) AS FLOAT64) AS fatigue_score,
  GREATEST(-10, LEAST(10, IF(ABS(mismatch) > 5, mismatch * 6 / 5, mismatch))) AS shot_zone_mismatch_score,
  GREATEST(-3, LEAST(3, pace_difference / 2)) AS pace_score,
  GREATEST(-3, LEAST(3,
    3 * (projected_usage_tenths / 10 - usage_rate_last_10) / 10
    * CASE WHEN stars_out >= 2 THEN 130 WHEN stars_out = 1 THEN 115 ELSE 100 END / 100
  )) AS usage_spike_score,
  stars_out AS star_teammates_out, points_out_milli / 1000 AS points_out,
  (5 * minutes_avg_last_5 + 3 * minutes_avg_last_10 + 2 * minutes_avg_season) / 10 AS projected_minutes,
  as_of AS known_at, source
FROM weighed
