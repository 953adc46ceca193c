-- One row per player and game: the named features of shared/contracts/features.yaml, and how far each may be trusted.
-- What is not known stays NULL and is counted; nothing is filled in here.
WITH
players AS (
  SELECT * EXCEPT (run_id, generation) FROM nba_analytics.upcoming_player_game_context
),
-- This season's and last season's games against tonight's opponent, as far as they were known.
meetings AS (
  SELECT players.game_id, players.player_id, COUNT(*) AS games, SUM(game.points) AS points
  FROM players
  JOIN nba_analytics.player_game_summary AS game
    ON game.player_id = players.player_id AND game.opponent = players.opponent
    AND game.known_at <= players.as_of AND game.season BETWEEN players.season - 1 AND players.season
  WHERE NOT game.is_dnp AND game.player_id IN (SELECT player_id FROM players)
  GROUP BY players.game_id, players.player_id
),
-- include: news.sql
features AS (
  SELECT
    players.game_id, players.game_date, players.season, players.tip_utc, players.as_of, players.player_id,
    players.player_name, players.player_lookup, players.team, players.opponent, players.is_home, players.has_line,
    players.line, players.bookmaker, players.over_price, players.under_price, players.line_known_at,
    players.line_seen_at, players.line_age_minutes, players.line_refused_bet,
    players.line_source, players.injury_status, players.source,
    players.injury_status != 'out' AND GREATEST(
      COALESCE(cached.minutes_avg_last_5, 0), COALESCE(cached.minutes_avg_last_10, 0),
      COALESCE(cached.minutes_avg_season, 0)
    ) >= @min_projected_minutes AS is_expected,
    cached.points_avg_last_5, cached.points_avg_last_10, cached.points_avg_season, cached.points_std_last_10,
    CAST(cached.games_last_7_days AS FLOAT64) AS games_in_last_7_days,
    IF(cached.player_id IS NULL, NULL, factors.fatigue_score) AS fatigue_score,
    factors.shot_zone_mismatch_score, factors.pace_score, factors.usage_spike_score,
    CAST(GREATEST(-3, LEAST(3, own.days_rest - opposing.days_rest)) AS FLOAT64) AS rest_advantage,
    CAST(CASE players.injury_status
      WHEN 'out' THEN 3 WHEN 'doubtful' THEN 3 WHEN 'questionable' THEN 2 WHEN 'probable' THEN 1 ELSE 0
    END AS FLOAT64) AS injury_risk,
    cached.points_avg_last_3 - cached.points_avg_last_10 AS recent_trend,
    cached.minutes_avg_last_5 - cached.minutes_avg_season AS minutes_change,
    opposing.team_def_rating AS opponent_def_rating, opposing.team_pace AS opponent_pace,
    CAST(CAST(players.is_home AS INT64) AS FLOAT64) AS home_away,
    CAST(CAST(own.is_back_to_back AS INT64) AS FLOAT64) AS back_to_back,
    CAST(CAST(players.season_type IN ('Playoffs', 'Play-In') AS INT64) AS FLOAT64) AS playoff_game,
    zone.pct_paint, zone.pct_mid_range,
    COALESCE(zone.pct_three, cached.pct_three) AS pct_three,
    COALESCE(zone.pct_free_throw, cached.pct_free_throw) AS pct_free_throw,
    own.team_pace, own.team_off_rating, own.team_win_pct,
    players.line AS vegas_points_line, players.opening_line AS vegas_opening_line,
    players.consensus_line - players.opening_line AS vegas_line_move,
    CAST(CAST(players.has_line AS INT64) AS FLOAT64) AS has_vegas_line,
    SAFE_DIVIDE(meetings.points, meetings.games) AS avg_points_vs_opponent,
    CAST(COALESCE(meetings.games, 0) AS FLOAT64) AS games_vs_opponent,
    cached.minutes_avg_last_10, cached.ppm_avg_last_10,
    cached.dnp_rate, CAST(factors.star_teammates_out AS FLOAT64) AS star_teammates_out, factors.points_out,
    own.game_total AS game_total_line, own.implied_team_total,
    IF(players.is_home, own.home_spread, -own.home_spread) AS spread,
    CAST(LEAST(cached.days_since_last_game, @max_rest_days) AS FLOAT64) AS days_rest, cached.minutes_last_7_days AS minutes_load_last_7d,
    cached.points_avg_last_3, cached.usage_rate_last_5, cached.minutes_avg_last_5, cached.minutes_avg_season,
    cached.fga_avg_last_10, cached.starter_rate_last_10, factors.projected_minutes,
    cached.points_decayed_fast, cached.points_decayed_middle, cached.points_decayed_slow, cached.points_decayed_std,
    cached.minutes_decayed_fast, cached.minutes_decayed_middle, cached.minutes_decayed_slow, cached.minutes_decayed_std,
    cached.fga_decayed_fast, cached.fga_decayed_middle, cached.fga_decayed_slow, cached.fta_decayed_middle,
    cached.fta_decayed_slow, cached.fg3a_decayed_slow, cached.ast_decayed_slow, cached.reb_decayed_slow,
    cached.starts_decayed_fast, cached.minutes_newest, cached.started_newest,
    team_news.minutes_freed_10, team_news.minutes_freed_5, team_news.minutes_freed_1, team_news.points_freed_10,
    team_news.tsa_freed_10, team_news.starts_freed_10, team_news.minutes_returning_10, team_news.minutes_returning_5,
    team_news.minutes_available, team_news.points_available, team_news.fga_available, team_news.top_points_freed,
    own_news.played_share_10, own_news.played_share_5, own_news.minutes_rank, own_news.shots_rank,
    other_news.minutes_freed_10 AS opponent_minutes_freed_10, other_news.points_freed_10 AS opponent_points_freed_10,
    COALESCE(cached.cache_source, 'none') AS cache_source,
    IF(zone.player_id IS NULL, 'no_source', 'shot_data') AS zone_source
  FROM players
  LEFT JOIN nba_analytics.upcoming_team_game_context AS own
    ON own.game_id = players.game_id AND own.team = players.team
  LEFT JOIN nba_analytics.upcoming_team_game_context AS opposing
    ON opposing.game_id = players.game_id AND opposing.team = players.opponent
  LEFT JOIN nba_precompute.player_shot_zone_analysis AS zone
    ON zone.player_id = players.player_id AND zone.analysis_date = players.game_date
    AND zone.known_at <= players.as_of
  LEFT JOIN nba_precompute.player_composite_factors AS factors
    ON factors.game_id = players.game_id AND factors.player_id = players.player_id
  LEFT JOIN team_news ON team_news.game_id = players.game_id AND team_news.team = players.team
  LEFT JOIN team_news AS other_news ON other_news.game_id = players.game_id AND other_news.team = players.opponent
  LEFT JOIN own_news ON own_news.game_id = players.game_id AND own_news.player_id = players.player_id
  LEFT JOIN meetings ON meetings.game_id = players.game_id AND meetings.player_id = players.player_id
  LEFT JOIN nba_precompute.player_daily_cache AS cached
    ON cached.player_id = players.player_id AND cached.cache_date = players.game_date
    AND cached.known_at <= players.as_of
),
-- The quality score, by shared/contracts/features.yaml: the mean weight of the features that count.
counted AS (
  SELECT
    game_id, player_id, ${defaults} AS defaults, ${weighted_sum} AS weighted_sum, ${weight_sum} AS weight_sum
  FROM features
),
scored AS (
  SELECT game_id, player_id, defaults, LEAST(${cap}, weighted_sum / weight_sum) AS score
  FROM counted
)
SELECT
  features.*, defaults AS default_feature_count, score AS feature_quality_score, ${tier} AS quality_tier,
  as_of AS known_at
FROM features
JOIN scored ON scored.game_id = features.game_id AND scored.player_id = features.player_id
