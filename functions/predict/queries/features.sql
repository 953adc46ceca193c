-- The slate's players who are to be predicted, in a fixed order.
SELECT *
FROM nba_precompute.ml_feature_store_v2
WHERE game_date BETWEEN @from_date AND @to_date AND (has_line OR is_expected)
ORDER BY game_id, player_id
