-- The number of games, teams and players that the box scores of the window list, and of games to be played in it.
SELECT
  COUNT(DISTINCT game_id) AS games,
  COUNT(DISTINCT CONCAT(game_id, team)) AS teams,
  COUNT(*) AS players,
  (SELECT COUNTIF(game_status = 'scheduled') FROM nba_raw.nbac_schedule) AS scheduled
FROM nba_raw.nbac_gamebook_player_stats
