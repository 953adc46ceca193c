-- news: what tonight's absences free, against the team's last ten games known by the prediction time. Expects `players`.
-- Only what a player did in those ten games counts, so one who has been absent for longer frees little. Sums are over integers.
team_games AS (
  SELECT team, game_id, game_date, MAX(known_at) AS known_at
  FROM nba_analytics.player_game_summary
  WHERE team IN (SELECT team FROM players) AND game_date >= DATE_SUB(@from_date, INTERVAL 400 DAY)
  GROUP BY team, game_id, game_date
),
recent_games AS (
  SELECT
    asked.game_id, asked.team, past.game_id AS past_game,
    ROW_NUMBER() OVER (
      PARTITION BY asked.game_id, asked.team ORDER BY past.known_at DESC, past.game_id DESC
    ) AS place
  FROM (SELECT DISTINCT game_id, game_date, team, as_of FROM players) AS asked
  JOIN team_games AS past
    ON past.team = asked.team AND past.known_at <= asked.as_of
    AND past.game_date >= DATE_SUB(asked.game_date, INTERVAL 400 DAY)
  QUALIFY place <= 10
),
windows AS (
  SELECT game_id, team, MAX(place) AS games, LEAST(MAX(place), 5) AS games_5
  FROM recent_games
  GROUP BY game_id, team
),
parts AS (
  SELECT
    recent.game_id, recent.team, game.player_id,
    COUNTIF(game.seconds_played > 0) AS played, COUNTIF(game.seconds_played > 0 AND place <= 5) AS played_5,
    SUM(COALESCE(seconds_played, 0)) AS seconds, SUM(IF(place <= 5, COALESCE(seconds_played, 0), 0)) AS seconds_5,
    SUM(IF(place = 1, COALESCE(seconds_played, 0), 0)) AS seconds_1,
    SUM(COALESCE(points, 0)) AS points, SUM(COALESCE(100 * fga + 44 * fta, 0)) AS tsa_hundredths,
    SUM(CAST(is_starter AS INT64)) AS starts
  FROM recent_games AS recent
  JOIN nba_analytics.player_game_summary AS game
    ON game.game_id = recent.past_game AND game.team = recent.team
  WHERE game.team IN (SELECT team FROM players) AND game.game_date >= DATE_SUB(@from_date, INTERVAL 400 DAY)
  GROUP BY recent.game_id, recent.team, game.player_id
),
-- Each player's level in games that he plays, in whole seconds and thousandths.
mates AS (
  SELECT
    players.game_id, players.team, players.player_id, players.injury_status IN ('out', 'doubtful') AS is_absent,
    COALESCE(parts.played, 0) AS played, COALESCE(parts.played_5, 0) AS played_5,
    COALESCE(parts.seconds, 0) AS seconds, COALESCE(parts.seconds_5, 0) AS seconds_5,
    COALESCE(parts.seconds_1, 0) AS seconds_1, COALESCE(parts.points, 0) AS points,
    COALESCE(parts.tsa_hundredths, 0) AS tsa_hundredths, COALESCE(parts.starts, 0) AS starts,
    COALESCE(CAST(ROUND(60 * cached.minutes_avg_last_10) AS INT64), 0) AS level_seconds,
    COALESCE(CAST(ROUND(1000 * cached.points_avg_last_10) AS INT64), 0) AS level_points,
    COALESCE(CAST(ROUND(1000 * cached.fga_avg_last_10) AS INT64), 0) AS level_fga,
    COALESCE(CAST(ROUND(1000 * cached.points_avg_season) AS INT64), 0) AS season_points
  FROM players
  LEFT JOIN parts
    ON parts.game_id = players.game_id AND parts.team = players.team AND parts.player_id = players.player_id
  LEFT JOIN nba_precompute.player_daily_cache AS cached
    ON cached.player_id = players.player_id AND cached.cache_date = players.game_date
    AND cached.known_at <= players.as_of
),
team_sums AS (
  SELECT
    mates.game_id, mates.team, windows.games, windows.games_5,
    SUM(IF(is_absent, seconds, 0)) AS seconds, SUM(IF(is_absent, seconds_5, 0)) AS seconds_5,
    SUM(IF(is_absent, seconds_1, 0)) AS seconds_1, SUM(IF(is_absent, points, 0)) AS points,
    SUM(IF(is_absent, tsa_hundredths, 0)) AS tsa_hundredths, SUM(IF(is_absent, starts, 0)) AS starts,
    SUM(IF(is_absent, 0, (windows.games - played) * level_seconds)) AS returning_seconds,
    SUM(IF(is_absent, 0, (windows.games_5 - played_5) * level_seconds)) AS returning_seconds_5,
    SUM(IF(is_absent, 0, level_seconds)) AS available_seconds, SUM(IF(is_absent, 0, level_points)) AS available_points,
    SUM(IF(is_absent, 0, level_fga)) AS available_fga, MAX(IF(is_absent, played * season_points, 0)) AS top_absent
  FROM mates
  JOIN windows ON windows.game_id = mates.game_id AND windows.team = mates.team
  GROUP BY mates.game_id, mates.team, windows.games, windows.games_5
),
team_news AS (
  SELECT
    game_id, team,
    seconds / (60 * games) AS minutes_freed_10, seconds_5 / (60 * games_5) AS minutes_freed_5,
    seconds_1 / 60 AS minutes_freed_1, points / games AS points_freed_10,
    tsa_hundredths / (100 * games) AS tsa_freed_10, starts / games AS starts_freed_10,
    returning_seconds / (60 * games) AS minutes_returning_10, returning_seconds_5 / (60 * games_5) AS minutes_returning_5,
    available_seconds / 60 AS minutes_available, available_points / 1000 AS points_available, available_fga / 1000 AS fga_available,
    top_absent / (1000 * games) AS top_points_freed
  FROM team_sums
),
-- A player's rank among those who may play, and his share of the team's last games.
own_news AS (
  SELECT
    mates.game_id, mates.player_id, played / games AS played_share_10, played_5 / games_5 AS played_share_5,
    CAST(RANK() OVER by_minutes AS FLOAT64) AS minutes_rank, CAST(RANK() OVER by_shots AS FLOAT64) AS shots_rank
  FROM mates
  JOIN windows ON windows.game_id = mates.game_id AND windows.team = mates.team
  WINDOW
    by_minutes AS (PARTITION BY mates.game_id, mates.team ORDER BY IF(is_absent, -1, level_seconds) DESC),
    by_shots AS (PARTITION BY mates.game_id, mates.team ORDER BY IF(is_absent, -1, level_fga) DESC)
),
