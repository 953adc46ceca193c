-- Player-games that can be graded, and those that are: each counts once, however many systems predicted it.
SELECT
  COUNT(DISTINCT IF(outcome IN ('win', 'loss', 'push', 'void'), CONCAT(game_id, '/', CAST(player_id AS STRING)), NULL))
    AS graded,
  COUNT(DISTINCT IF(outcome != 'ungradeable', CONCAT(game_id, '/', CAST(player_id AS STRING)), NULL)) AS gradable
FROM nba_predictions.prediction_accuracy
