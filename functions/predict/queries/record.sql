-- Each system's mean absolute error over the days behind the slate whose grades are known, weighed by graded rows.
SELECT
  system_id, SUM(wins + losses + pushes) AS graded,
  SUM(CAST(ROUND(1000000 * mae) AS INT64) * (wins + losses + pushes)) / (1000000 * NULLIF(SUM(wins + losses + pushes), 0)) AS mae
FROM nba_predictions.system_daily_performance
WHERE game_date < @from_date AND mae IS NOT NULL
GROUP BY system_id
HAVING SUM(wins + losses + pushes) > 0
ORDER BY system_id
