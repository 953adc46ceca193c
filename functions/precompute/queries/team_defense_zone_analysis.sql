-- What a defence allows by zone, last 15 games with shot locations, against the league's mean of both seasons so far.
WITH
-- include: playing.sql
history AS (
  SELECT
    defending_team AS team, game.season + ahead AS slate_season, game_id, known_at,
    opp_points_in_paint AS paint, 3 * opp_fg3m AS three,
    points_allowed - opp_points_in_paint - 3 * opp_fg3m - opp_ftm AS mid_range
  FROM nba_analytics.team_defense_game_summary AS game
  CROSS JOIN UNNEST([0, 1]) AS ahead
  WHERE opp_points_in_paint IS NOT NULL
),
state AS (
  SELECT
    team, slate_season,
    ROW_NUMBER() OVER known AS n, COUNT(*) OVER last_15 AS games, SUM(paint) OVER last_15 AS paint,
    SUM(three) OVER last_15 AS three, SUM(mid_range) OVER last_15 AS mid_range
  FROM history
  WINDOW
    known AS (PARTITION BY team, slate_season ORDER BY known_at, game_id),
    last_15 AS (known ROWS BETWEEN 14 PRECEDING AND CURRENT ROW)
),
mornings_so_far AS (
  SELECT
    day.season, day.game_date, day.as_of, COUNT(*) AS games,
    SUM(history.paint) AS paint, SUM(history.three) AS three, SUM(history.mid_range) AS mid_range
  FROM (SELECT DISTINCT season, game_date, as_of FROM playing) AS day
  JOIN history ON history.slate_season = day.season AND history.known_at <= day.as_of
  GROUP BY day.season, day.game_date, day.as_of
),
counted AS (
  SELECT playing.team, playing.season, playing.game_date, playing.as_of, COUNT(*) AS n
  FROM playing
  JOIN history
    ON history.team = playing.team AND history.slate_season = playing.season AND history.known_at <= playing.as_of
  GROUP BY playing.team, playing.season, playing.game_date, playing.as_of
)
SELECT
  counted.game_date AS analysis_date, counted.team, state.games AS games_used,
  state.paint / state.games - league.paint / league.games AS paint_points_allowed_vs_league,
  state.mid_range / state.games - league.mid_range / league.games AS mid_range_points_allowed_vs_league,
  state.three / state.games - league.three / league.games AS three_points_allowed_vs_league,
  counted.as_of AS known_at, 'team_defense_game_summary' AS source
FROM counted
JOIN state ON state.team = counted.team AND state.slate_season = counted.season AND state.n = counted.n
JOIN mornings_so_far AS league ON league.season = counted.season AND league.game_date = counted.game_date
