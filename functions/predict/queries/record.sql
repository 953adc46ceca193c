-- Each system's mean absolute error over the days behind the slate whose grades are known: that of the moving average on
-- all its rows, plus how much larger the system's error is on the rows that both predicted. So a system that predicts
-- fewer or easier players is compared on equal terms. Sums are of whole millionths: the same bits in any order.
WITH errors AS (
  SELECT game_id, player_id, system_id, CAST(ROUND(1000000 * absolute_error) AS INT64) AS micro
  FROM nba_predictions.prediction_accuracy
  WHERE game_date < @from_date AND absolute_error IS NOT NULL
),
base AS (
  SELECT game_id, player_id, micro, SUM(micro) OVER () / COUNT(*) OVER () AS mean
  FROM errors
  WHERE system_id = 'moving_average'
)
SELECT
  errors.system_id, COUNT(*) AS graded,
  (MAX(base.mean) + SUM(errors.micro - base.micro) / COUNT(*)) / 1000000 AS mae
FROM errors
JOIN base ON base.game_id = errors.game_id AND base.player_id = errors.player_id
GROUP BY errors.system_id
ORDER BY errors.system_id
