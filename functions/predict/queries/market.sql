-- The quotes behind the market's distribution: of each player those seen within @aligned_minutes of the newest one. Books
-- with both prices come first; one-sided sources and fixed payouts count where no such book quotes the player.
WITH quotes AS (
  SELECT game_id, player_id, bookmaker, points_line, p_over, COALESCE(age_minutes, 0) AS age_minutes,
    CASE WHEN refused_bet = 'fixed_payout' THEN 3 WHEN hold IS NULL THEN 2 ELSE 1 END AS choice
  FROM nba_analytics.player_quotes
  WHERE is_current AND refused_input IS NULL AND p_over IS NOT NULL
    AND game_date BETWEEN @from_date AND @to_date
),
best AS (
  SELECT * FROM quotes
  QUALIFY choice = MIN(choice) OVER (PARTITION BY game_id, player_id)
)
SELECT game_id, player_id, bookmaker, points_line, p_over
FROM best
QUALIFY age_minutes <= MIN(age_minutes) OVER (PARTITION BY game_id, player_id) + @aligned_minutes
ORDER BY game_id, player_id, bookmaker, points_line
