-- Each prediction of the window's current generation, with the result of its game and player.
-- points_on_floor is NULL for a DNP, for 0 seconds and for a player whom the complete box score does not list.
WITH box_scores AS (
  SELECT game_id FROM nba_analytics.team_offense_game_summary GROUP BY game_id HAVING COUNT(*) = 2
),
player_games AS (
  SELECT game_id, game_date, player_id, MIN(tip_utc) AS tip_utc
  FROM nba_predictions.player_prop_predictions
  GROUP BY game_id, game_date, player_id
),
last_reports AS (
  SELECT player_games.game_id, player_games.player_id, report.injury_status
  FROM player_games
  JOIN nba_raw.nbac_injury_report AS report
    ON report.game_date = player_games.game_date AND report.player_id = player_games.player_id
  WHERE report.known_at <= player_games.tip_utc
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY player_games.game_id, player_games.player_id
    ORDER BY report.known_at DESC, report.source, report.injury_status
  ) = 1
)
SELECT
  p.game_id,
  p.game_date,
  p.player_id,
  p.player_lookup,
  p.team,
  p.opponent,
  p.system_id,
  p.generation AS prediction_generation,
  p.predicted_points,
  p.has_prop_line,
  p.line,
  p.bookmaker,
  p.over_price,
  p.under_price,
  p.recommendation,
  COALESCE(p.best_line, p.line) AS graded_line,
  p.p_over,
  p.p_push,
  p.p_under,
  p.feature_quality_score,
  p.model_hash,
  box_scores.game_id IS NOT NULL AS has_box_score,
  schedule.game_status,
  IF(actual.seconds_played > 0, actual.points, NULL) AS points_on_floor,
  actual.minutes_played,
  COALESCE(last_reports.injury_status, p.injury_status) AS last_injury_status
FROM nba_predictions.player_prop_predictions AS p
LEFT JOIN nba_raw.nbac_schedule AS schedule ON schedule.game_id = p.game_id AND schedule.game_date = p.game_date
LEFT JOIN box_scores ON box_scores.game_id = p.game_id
LEFT JOIN nba_analytics.player_game_summary AS actual
  ON actual.game_id = p.game_id AND actual.player_id = p.player_id AND NOT actual.is_dnp
LEFT JOIN last_reports ON last_reports.game_id = p.game_id AND last_reports.player_id = p.player_id
ORDER BY p.game_id, p.player_id, p.system_id
