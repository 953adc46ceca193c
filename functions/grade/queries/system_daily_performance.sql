-- Each system's results of a day. Means are computed from integer millionths, so that they are exact in any row order.
WITH grades AS (
  SELECT
    *,
    absolute_error IS NOT NULL AND line IS NOT NULL AS with_line,
    brier IS NOT NULL AND market_brier IS NOT NULL AS with_prices
  FROM nba_predictions.prediction_accuracy
)
SELECT
  game_date,
  system_id,
  COUNT(*) AS predictions,
  COUNTIF(outcome = 'win') AS wins,
  COUNTIF(outcome = 'loss') AS losses,
  COUNTIF(outcome = 'push') AS pushes,
  COUNTIF(outcome = 'void') AS voids,
  COUNTIF(outcome = 'pending') AS pending,
  COUNTIF(outcome = 'ungradeable') AS ungradeable,
  COUNTIF(is_pick) AS picks,
  COUNTIF(is_pick AND outcome = 'win') AS pick_wins,
  COUNTIF(is_pick AND outcome = 'loss') AS pick_losses,
  SUM(CAST(ROUND(absolute_error * 1e6) AS INT64)) / 1e6 / NULLIF(COUNT(absolute_error), 0) AS mae,
  SUM(CAST(ROUND(signed_error * 1e6) AS INT64)) / 1e6 / NULLIF(COUNT(signed_error), 0) AS bias,
  SUM(CAST(ROUND(brier * 1e6) AS INT64)) / 1e6 / NULLIF(COUNT(brier), 0) AS brier,
  SUM(CAST(ROUND(IF(with_line, absolute_error, NULL) * 1e6) AS INT64)) / 1e6 / NULLIF(COUNTIF(with_line), 0)
    AS mae_with_line,
  SUM(CAST(ROUND(IF(with_line, ABS(actual_points - line), NULL) * 1e6) AS INT64)) / 1e6 / NULLIF(COUNTIF(with_line), 0)
    AS line_mae,
  SUM(CAST(ROUND(IF(with_prices, brier, NULL) * 1e6) AS INT64)) / 1e6 / NULLIF(COUNTIF(with_prices), 0)
    AS brier_with_prices,
  SUM(CAST(ROUND(IF(with_prices, market_brier, NULL) * 1e6) AS INT64)) / 1e6 / NULLIF(COUNTIF(with_prices), 0)
    AS market_brier,
  COUNTIF(outcome = 'win') / NULLIF(COUNTIF(outcome IN ('win', 'loss')), 0) AS hit_rate,
  MAX(known_at) AS known_at,
  'prediction_accuracy' AS source
FROM grades
GROUP BY game_date, system_id
