-- Where a player's points come from, last 20 games with shot locations; no rows where no feed has any.
-- Zones by points: paint, threes, free throws, mid-range = the rest.
WITH
-- include: playing.sql
-- include: listed.sql
history AS (
  SELECT
    player_id, game.season + ahead AS slate_season, game_id, known_at, points, points_in_paint, 3 * fg3m AS three_points, ftm
  FROM nba_analytics.player_game_summary AS game
  CROSS JOIN UNNEST([0, 1]) AS ahead
  WHERE NOT is_dnp AND points_in_paint IS NOT NULL
),
state AS (
  SELECT
    player_id, slate_season,
    ROW_NUMBER() OVER known AS n, COUNT(*) OVER last_20 AS games, SUM(points) OVER last_20 AS points,
    SUM(points_in_paint) OVER last_20 AS paint, SUM(three_points) OVER last_20 AS three, SUM(ftm) OVER last_20 AS free_throw
  FROM history
  WINDOW
    known AS (PARTITION BY player_id, slate_season ORDER BY known_at, game_id),
    last_20 AS (known ROWS BETWEEN 19 PRECEDING AND CURRENT ROW)
),
counted AS (
  SELECT listed.player_id, playing.game_date, playing.season, playing.as_of, COUNT(*) AS n
  FROM listed
  JOIN playing ON playing.game_id = listed.game_id AND playing.team = listed.team
  JOIN history
    ON history.player_id = listed.player_id AND history.slate_season = playing.season
    AND history.known_at <= playing.as_of
  GROUP BY listed.player_id, playing.game_date, playing.season, playing.as_of
)
SELECT
  counted.game_date AS analysis_date, counted.player_id, games AS games_used,
  paint / points AS pct_paint,
  (points - paint - three - free_throw) / points AS pct_mid_range,
  three / points AS pct_three,
  free_throw / points AS pct_free_throw,
  as_of AS known_at, 'player_game_summary' AS source
FROM counted
JOIN state ON state.player_id = counted.player_id AND state.slate_season = counted.season AND state.n = counted.n
WHERE points > 0
