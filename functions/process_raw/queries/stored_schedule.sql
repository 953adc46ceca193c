-- The stored games, against which a new schedule is held: those that it moves or no longer lists change their status.
SELECT
  game_id, game_date, season, season_type, tip_utc, tip_source, home_team, away_team, is_neutral_site, game_status,
  status_reason, known_at, known_at_source, source
FROM nba_raw.nbac_schedule
