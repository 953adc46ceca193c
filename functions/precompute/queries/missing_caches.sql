-- How many of the slate's players without a cache of the postgame run have games to make one from.
WITH
-- include: unforeseen.sql
played AS (
  SELECT asked.player_id
  FROM asked
  WHERE EXISTS (
    SELECT 1
    FROM nba_analytics.player_game_summary AS game
    WHERE game.player_id = asked.player_id AND game.known_at <= asked.as_of AND NOT game.is_dnp
      AND game.season BETWEEN asked.season - 1 AND asked.season
  )
)
SELECT COUNT(*) AS missing FROM played
