-- The number of games, teams and players that the box scores of the window list.
SELECT
  COUNT(DISTINCT game_id) AS games,
  COUNT(DISTINCT CONCAT(game_id, team)) AS teams,
  COUNT(*) AS players
FROM nba_raw.nbac_gamebook_player_stats
