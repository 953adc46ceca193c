-- What every system that is no ensemble predicted for the slate; an ensemble gives rows of non-members no weight.
SELECT game_id, player_id, system_id, generation, predicted_std, points_pmf
FROM nba_predictions.player_prop_predictions
WHERE game_date BETWEEN @from_date AND @to_date
  AND member_systems IS NULL
ORDER BY game_id, player_id, system_id
