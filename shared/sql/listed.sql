-- listed: the players of a team as of a moment. Needs the CTE `playing` (game_id, game_date, team, as_of).
-- A player belongs to the team that listed him last, if that was in one of its last 15 games known by then. Games of the
-- same date do not count: the run that predicts a date has no box score of it.
team_games AS (
  SELECT team, game_id, game_date, MAX(known_at) AS known_at
  FROM nba_analytics.player_game_summary
  WHERE team IN (SELECT team FROM playing)
  GROUP BY team, game_id, game_date
),
recent AS (
  SELECT playing.game_id, playing.game_date, playing.team, playing.as_of, game.game_id AS listed_in, game.game_date AS listed_on
  FROM playing
  JOIN team_games AS game
    ON game.team = playing.team AND game.known_at <= playing.as_of
    AND game.game_date >= DATE_SUB(playing.game_date, INTERVAL 400 DAY) AND game.game_date < playing.game_date
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY playing.game_id, playing.team ORDER BY game.known_at DESC, game.game_id DESC
  ) <= 15
),
listings AS (
  SELECT
    player_id, player_name, player_lookup, team, game_id, game_date, known_at,
    LEAD(known_at) OVER in_order AS replaced_at, LEAD(game_date) OVER in_order AS replaced_on
  FROM nba_analytics.player_game_summary
  WHERE game_date >= (SELECT MIN(listed_on) FROM recent)
  WINDOW in_order AS (PARTITION BY player_id ORDER BY known_at, game_id)
),
listed AS (
  SELECT recent.game_id, recent.team, listing.player_id, listing.player_name, listing.player_lookup, listing.known_at
  FROM recent
  JOIN listings AS listing
    ON listing.game_id = recent.listed_in AND listing.team = recent.team AND listing.known_at <= recent.as_of
    AND (listing.replaced_at IS NULL OR listing.replaced_at > recent.as_of OR listing.replaced_on >= recent.game_date)
),
