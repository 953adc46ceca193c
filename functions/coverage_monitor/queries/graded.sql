-- How much of what could be graded is graded: distinct player-games, never predictions times systems.
SELECT
  COUNT(DISTINCT IF(outcome IN ('win', 'loss', 'push', 'void'), CONCAT(game_id, '/', CAST(player_id AS STRING)), NULL))
    AS graded,
  COUNT(DISTINCT IF(outcome != 'ungradeable', CONCAT(game_id, '/', CAST(player_id AS STRING)), NULL)) AS gradable
FROM nba_predictions.prediction_accuracy
