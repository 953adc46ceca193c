-- Player-games that can be graded, and those that are: each counts once, however many systems predicted it. A game that
-- is off for now (`game_postponed`) cannot be graded.
SELECT
  COUNT(DISTINCT IF(outcome IN ('win', 'loss', 'push', 'void'), CONCAT(game_id, '/', CAST(player_id AS STRING)), NULL))
    AS graded,
  COUNT(DISTINCT IF(outcome != 'ungradeable' AND COALESCE(SUBSTR(pending_reason, 1, 5), '') != 'game_',
    CONCAT(game_id, '/', CAST(player_id AS STRING)), NULL)) AS gradable
FROM nba_predictions.prediction_accuracy
