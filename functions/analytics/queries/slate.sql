-- slate: the games to be played, each with its own prediction time, without postponed games; sides: one row per team.
slate AS (
  SELECT
    game_id, game_date, season, season_type, tip_utc, home_team, away_team, source, known_at,
    LEAST(@as_of, TIMESTAMP_SUB(tip_utc, INTERVAL @lead_minutes MINUTE)) AS as_of
  FROM nba_raw.nbac_schedule
  WHERE game_status = 'scheduled'
),
sides AS (
  SELECT * EXCEPT (home_team, away_team), home_team AS team, away_team AS opponent, TRUE AS is_home FROM slate
  UNION ALL
  SELECT * EXCEPT (home_team, away_team), away_team AS team, home_team AS opponent, FALSE AS is_home FROM slate
),
