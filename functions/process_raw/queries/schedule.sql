-- The games of the window, against which other feeds' events are matched.
SELECT game_id, game_date, tip_utc, home_team, away_team, game_status
FROM nba_raw.nbac_schedule
WHERE game_status NOT IN ('moved', 'withdrawn')
