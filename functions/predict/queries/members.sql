-- What the members of the ensembles predicted for the slate; each ensemble gives those that are not its own no weight.
SELECT game_id, player_id, system_id, generation, predicted_std, points_pmf
FROM nba_predictions.player_prop_predictions
WHERE game_date BETWEEN @from_date AND @to_date
  AND system_id IN (
    'moving_average', 'zone_matchup_v1', 'similarity_balanced_v1', 'catboost_v8', 'catboost_v9', 'xgboost_v1', 'champion'
  )
ORDER BY game_id, player_id, system_id
