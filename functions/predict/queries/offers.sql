-- The main lines that may be bet on, of each player those seen within @aligned_minutes of the newest one, by the map's order.
SELECT quote.game_id, quote.player_id, quote.bookmaker, quote.points_line, quote.over_price, quote.under_price
FROM nba_analytics.player_quotes AS quote
LEFT JOIN (SELECT book, place FROM UNNEST(@bookmaker_order) AS book WITH OFFSET AS place) AS preferred
  ON preferred.book = quote.bookmaker
WHERE quote.is_current AND quote.is_main AND quote.refused_bet IS NULL
  AND quote.game_date BETWEEN @from_date AND @to_date
QUALIFY quote.age_minutes <=
  MIN(quote.age_minutes) OVER (PARTITION BY quote.game_id, quote.player_id) + @aligned_minutes
ORDER BY quote.game_id, quote.player_id, COALESCE(preferred.place, 1000), quote.bookmaker
