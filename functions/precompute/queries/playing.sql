-- playing: the teams of each game day, as of 06:00 US Eastern on that day, when the postgame run makes the caches.
mornings AS (
  SELECT
    game_id, game_date, season, home_team, away_team,
    LEAST(@as_of, TIMESTAMP(DATETIME_ADD(DATETIME(game_date), INTERVAL 6 HOUR), 'America/New_York')) AS as_of
  FROM nba_raw.nbac_schedule
  WHERE game_status = 'scheduled'
),
playing AS (
  SELECT game_id, game_date, season, as_of, home_team AS team, away_team AS opponent FROM mornings
  UNION ALL
  SELECT game_id, game_date, season, as_of, away_team AS team, home_team AS opponent FROM mornings
),
