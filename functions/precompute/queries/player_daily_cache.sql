-- The form of every player whose team plays on a game day, as of 06:00 US Eastern on that day.
WITH
-- include: playing.sql
-- include: listed.sql
asked AS (
  SELECT
    listed.player_id, listed.player_lookup, listed.team, playing.game_date AS cache_date, playing.season, playing.as_of
  FROM listed
  JOIN playing ON playing.game_id = listed.game_id AND playing.team = listed.team
),
-- include: form.sql
SELECT * FROM form
