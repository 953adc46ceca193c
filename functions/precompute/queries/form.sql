-- form: a player's form before a game day. Expects `asked` (player_id, player_lookup, team, cache_date, season, as_of).
-- A date reads the games of its season and of the season before; each game is listed once for either use. Sums are of
-- integers, so that a date alone and a backfill give the same bits.
history AS (
  SELECT
    player_id, season + ahead AS slate_season, ahead = 0 AS is_current, game_id, game_date, known_at, is_home, is_dnp,
    points, fga, fta, fg3a, 3 * fg3m AS three_points, ftm, ast, oreb + dreb AS reb, seconds_played AS seconds, CAST(is_starter AS INT64) AS started,
    CAST(ROUND(1000 * usage_rate) AS INT64) AS usage_milli
  FROM nba_analytics.player_game_summary
  CROSS JOIN UNNEST([0, 1]) AS ahead
  WHERE player_id IN (SELECT player_id FROM asked) AND season + ahead IN (SELECT season FROM asked)
),
-- Games played, numbered in the order in which they became known.
numbered AS (
  SELECT
    * EXCEPT (is_current, game_date, is_home),
    ROW_NUMBER() OVER (PARTITION BY player_id, slate_season ORDER BY known_at, game_id) AS n
  FROM history
  WHERE NOT is_dnp
),
-- Totals of the games known by as_of, separately for this season and the one before.
by_season AS (
  SELECT
    asked.player_id, asked.cache_date, is_current,
    COUNT(*) AS listed, COUNT(points) AS games, MAX(IF(is_dnp, NULL, game_date)) AS last_game_date,
    SUM(points) AS points, SUM(seconds) AS seconds, COUNT(usage_milli) AS usage_games, SUM(usage_milli) AS usage_milli,
    COUNT(IF(is_home, points, NULL)) AS home_games, SUM(IF(is_home, points, NULL)) AS home_points,
    COUNT(IF(DATE_DIFF(cache_date, game_date, DAY) BETWEEN 1 AND 7, points, NULL)) AS week_games,
    SUM(IF(DATE_DIFF(cache_date, game_date, DAY) BETWEEN 1 AND 7, seconds, NULL)) AS week_seconds
  FROM asked
  JOIN history
    ON history.player_id = asked.player_id AND history.slate_season = asked.season
    AND history.known_at <= asked.as_of
  GROUP BY asked.player_id, asked.cache_date, is_current
),
so_far AS (
  SELECT
    player_id, cache_date, CAST(SUM(games) AS INT64) AS n, MAX(last_game_date) AS last_game_date,
    SUM(IF(is_current, listed, 0)) AS listed_season, SUM(IF(is_current, games, 0)) AS games_season,
    SUM(IF(is_current, points, NULL)) AS points_season, SUM(IF(is_current, NULL, points)) AS points_before,
    SUM(IF(is_current, NULL, games)) AS games_before,
    SUM(IF(is_current, seconds, NULL)) AS seconds_season, SUM(IF(is_current, NULL, seconds)) AS seconds_before,
    SUM(IF(is_current, usage_games, 0)) AS usage_games_season, SUM(IF(is_current, NULL, usage_games)) AS usage_games_before,
    SUM(IF(is_current, usage_milli, NULL)) AS usage_season, SUM(IF(is_current, NULL, usage_milli)) AS usage_before,
    SUM(home_games) AS home_games, SUM(home_points) AS home_points,
    SUM(games) - SUM(home_games) AS away_games, SUM(points) - COALESCE(SUM(home_points), 0) AS away_points,
    SUM(week_games) AS games_week, COALESCE(SUM(week_seconds), 0) AS seconds_week
  FROM by_season
  GROUP BY player_id, cache_date
),
-- The last 82 games played; back counts from the newest, 0. Plain averages use up to 20 of them. In the decayed averages
-- a game weighs 15, 7 or 2.5 % less than the next newer one; weights are whole thousandths, which keeps sums exact.
steps AS (
  SELECT
    asked.player_id, asked.cache_date, so_far.n AS known_games, so_far.n - numbered.n AS back,
    game_id, is_dnp, points, fga, fta, fg3a, three_points, ftm, ast, reb, seconds, started, usage_milli,
    CAST(ROUND(1000 * POW(0.85, so_far.n - numbered.n)) AS INT64) AS fast,
    CAST(ROUND(1000 * POW(0.93, so_far.n - numbered.n)) AS INT64) AS middle,
    CAST(ROUND(1000 * POW(0.975, so_far.n - numbered.n)) AS INT64) AS slow
  FROM asked
  JOIN so_far ON so_far.player_id = asked.player_id AND so_far.cache_date = asked.cache_date
  JOIN numbered
    ON numbered.player_id = asked.player_id AND numbered.slate_season = asked.season
    AND numbered.n BETWEEN so_far.n - 81 AND so_far.n
),
recently AS (
  SELECT
    player_id, cache_date, COUNTIF(is_dnp) AS dnp_rows_used,
    SUM(fast) AS fast, SUM(middle) AS middle, SUM(slow) AS slow,
    SUM(fast * points) AS points_fast, SUM(middle * points) AS points_middle, SUM(slow * points) AS points_slow,
    SUM(slow * points * points) AS squares_slow,
    SUM(fast * seconds) AS seconds_fast, SUM(middle * seconds) AS seconds_middle, SUM(slow * seconds) AS seconds_slow,
    SUM(middle * seconds * seconds) AS second_squares_middle,
    SUM(fast * fga) AS fga_fast, SUM(middle * fga) AS fga_middle, SUM(slow * fga) AS fga_slow,
    SUM(middle * fta) AS fta_middle, SUM(slow * fta) AS fta_slow, SUM(slow * fg3a) AS fg3a_slow,
    SUM(slow * ast) AS ast_slow, SUM(slow * reb) AS reb_slow, SUM(fast * started) AS started_fast,
    MAX(IF(back = 0, seconds, NULL)) AS seconds_newest, MAX(IF(back = 0, started, NULL)) AS started_newest,
    SUM(IF(back < 3, points, 0)) AS points_3,
    SUM(IF(back < 5, points, 0)) AS points_5, SUM(IF(back < 5, seconds, 0)) AS seconds_5,
    SUM(IF(back < 5, usage_milli, 0)) AS usage_5, COUNT(IF(back < 5, usage_milli, NULL)) AS usage_games_5,
    SUM(IF(back < 10, points, 0)) AS points_10, SUM(IF(back < 10, points * points, 0)) AS squares_10,
    SUM(IF(back < 10, seconds, 0)) AS seconds_10, SUM(IF(back < 10, fga, 0)) AS fga_10,
    SUM(IF(back < 10, started, 0)) AS started_10,
    SUM(IF(back < 10, usage_milli, 0)) AS usage_10, COUNT(IF(back < 10, usage_milli, NULL)) AS usage_games_10,
    MAX(IF(back = 0, game_id, NULL)) AS newest_game, MAX(IF(back = LEAST(known_games, 10) - 1, game_id, NULL)) AS tenth_game,
    SUM(IF(back < 20, points, 0)) AS points_20, SUM(IF(back < 20, three_points, 0)) AS three_points_20,
    SUM(IF(back < 20, ftm, 0)) AS ftm_20
  FROM steps
  GROUP BY player_id, cache_date
),
form AS (
  SELECT
    asked.cache_date, asked.player_id, asked.player_lookup, asked.team, asked.season, asked.as_of,
    n AS games_played, CAST(games_season AS INT64) AS games_played_season,
    CAST(listed_season AS INT64) AS games_listed_season, dnp_rows_used,
    last_game_date,
    DATE_DIFF(asked.cache_date, last_game_date, DAY) AS days_since_last_game,
    CAST(games_week AS INT64) AS games_last_7_days,
    seconds_week / 60 AS minutes_last_7_days,
    points_3 / LEAST(n, 3) AS points_avg_last_3,
    points_5 / LEAST(n, 5) AS points_avg_last_5,
    points_10 / LEAST(n, 10) AS points_avg_last_10,
    IF(games_season > 0, SAFE_DIVIDE(points_season, games_season), SAFE_DIVIDE(points_before, games_before))
      AS points_avg_season,
    SQRT(SAFE_DIVIDE(LEAST(n, 10) * squares_10 - points_10 * points_10, LEAST(n, 10) * (LEAST(n, 10) - 1)))
      AS points_std_last_10,
    seconds_5 / (60 * LEAST(n, 5)) AS minutes_avg_last_5,
    seconds_10 / (60 * LEAST(n, 10)) AS minutes_avg_last_10,
    IF(games_season > 0, SAFE_DIVIDE(seconds_season, 60 * games_season), SAFE_DIVIDE(seconds_before, 60 * games_before))
      AS minutes_avg_season,
    SAFE_DIVIDE(60 * points_10, seconds_10) AS ppm_avg_last_10,
    fga_10 / LEAST(n, 10) AS fga_avg_last_10,
    SAFE_DIVIDE(usage_5, 1000 * usage_games_5) AS usage_rate_last_5,
    SAFE_DIVIDE(usage_10, 1000 * usage_games_10) AS usage_rate_last_10,
    IF(usage_games_season > 0,
      SAFE_DIVIDE(usage_season, 1000 * usage_games_season), SAFE_DIVIDE(usage_before, 1000 * usage_games_before))
      AS usage_rate_season,
    SAFE_DIVIDE(three_points_20, points_20) AS pct_three,
    SAFE_DIVIDE(ftm_20, points_20) AS pct_free_throw,
    started_10 / LEAST(n, 10) AS starter_rate_last_10,
    SAFE_DIVIDE(listed_season - games_season, listed_season) AS dnp_rate,
    points_fast / fast AS points_decayed_fast, points_middle / middle AS points_decayed_middle,
    points_slow / slow AS points_decayed_slow,
    SQRT(GREATEST(0, slow * squares_slow - points_slow * points_slow)) / slow AS points_decayed_std,
    seconds_fast / (60 * fast) AS minutes_decayed_fast, seconds_middle / (60 * middle) AS minutes_decayed_middle,
    seconds_slow / (60 * slow) AS minutes_decayed_slow,
    SQRT(GREATEST(0, middle * second_squares_middle - seconds_middle * seconds_middle)) / (60 * middle)
      AS minutes_decayed_std,
    fga_fast / fast AS fga_decayed_fast, fga_middle / middle AS fga_decayed_middle, fga_slow / slow AS fga_decayed_slow,
    fta_middle / middle AS fta_decayed_middle, fta_slow / slow AS fta_decayed_slow, fg3a_slow / slow AS fg3a_decayed_slow,
    ast_slow / slow AS ast_decayed_slow, reb_slow / slow AS reb_decayed_slow, started_fast / fast AS starts_decayed_fast,
    seconds_newest / 60 AS minutes_newest, CAST(started_newest AS FLOAT64) AS started_newest,
    SAFE_DIVIDE(home_points, home_games) AS home_points_avg,
    SAFE_DIVIDE(away_points, away_games) AS away_points_avg,
    TO_HEX(MD5(CONCAT(newest_game, tenth_game))) AS source_games_hash,
    @cache_source AS cache_source, asked.as_of AS known_at, 'player_game_summary' AS source
  FROM asked
  JOIN so_far ON so_far.player_id = asked.player_id AND so_far.cache_date = asked.cache_date
  JOIN recently ON recently.player_id = asked.player_id AND recently.cache_date = asked.cache_date
)
