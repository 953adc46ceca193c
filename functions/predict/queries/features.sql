-- The slate's rows of the feature store, in a fixed order.
SELECT *
FROM nba_precompute.ml_feature_store_v2
WHERE game_date BETWEEN @from_date AND @to_date
ORDER BY game_id, player_id
