-- Every quote known at its game's prediction time, with what the rule of shared/rules/quotes.py reads.
WITH
-- include: slate.sql
quoted AS (
  SELECT line.* EXCEPT (run_id, generation), slate.as_of, slate.tip_utc, GREATEST(line.known_at, COALESCE(line.last_seen_at, line.known_at)) AS last_at
  FROM nba_raw.odds_api_player_points_props AS line
  JOIN slate ON slate.game_id = line.game_id
  WHERE line.market = @market AND line.known_at <= slate.as_of
),
-- The snapshots of a game and source by as_of, as far as a quote appears or ends in them.
snapshots AS (
  SELECT game_id, source, known_at AS taken_at FROM quoted
  UNION DISTINCT
  SELECT game_id, source, last_at FROM quoted WHERE last_at <= as_of
),
-- A quote that outlives as_of was last seen in the newest snapshot by then, not later.
sighted AS (
  SELECT quoted.game_id, quoted.player_id, quoted.bookmaker, quoted.points_line, quoted.known_at,
    MAX(snapshots.taken_at) AS seen_at
  FROM quoted
  JOIN snapshots ON snapshots.game_id = quoted.game_id AND snapshots.source = quoted.source
  WHERE snapshots.taken_at <= quoted.last_at
  GROUP BY quoted.game_id, quoted.player_id, quoted.bookmaker, quoted.points_line, quoted.known_at
),
seen AS (
  SELECT quoted.*, sighted.seen_at,
    sighted.seen_at = MAX(sighted.seen_at) OVER (PARTITION BY quoted.game_id, quoted.player_id, quoted.bookmaker)
      AS is_current,
    quoted.last_seen_at IS NULL OR sighted.seen_at = MAX(IF(quoted.last_seen_at IS NULL, NULL, sighted.seen_at)) OVER (
      PARTITION BY quoted.game_id, quoted.bookmaker, quoted.source
    ) AS is_listed
  FROM quoted
  JOIN sighted
    ON sighted.game_id = quoted.game_id AND sighted.player_id = quoted.player_id
    AND sighted.bookmaker = quoted.bookmaker AND sighted.points_line = quoted.points_line
    AND sighted.known_at = quoted.known_at
),
in_play AS (
  SELECT DISTINCT seen.game_id, seen.seen_at
  FROM seen
  JOIN sides AS own ON own.game_id = seen.game_id
  JOIN sides AS other ON other.team = own.team
  WHERE other.game_id != own.game_id AND seen.seen_at >= other.tip_utc
    AND seen.seen_at < TIMESTAMP_ADD(other.tip_utc, INTERVAL @running_minutes MINUTE)
)
SELECT
  seen.* EXCEPT (known_at, known_at_source, last_seen_at, last_at, is_listed, tip_utc, market),
  seen.known_at AS quoted_at, seen.known_at_source AS quoted_at_source,
  is_current AND is_listed AS is_on_board,
  -- Of the lines that a book quotes together, the one with the most balanced prices.
  ROW_NUMBER() OVER (
    PARTITION BY seen.game_id, player_id, bookmaker, IF(is_current, NULL, known_at)
    ORDER BY
      COALESCE(ABS(
        IF(over_price < 0, SAFE_DIVIDE(-over_price, 100 - over_price), SAFE_DIVIDE(100, 100 + over_price))
        - IF(under_price < 0, SAFE_DIVIDE(-under_price, 100 - under_price), SAFE_DIVIDE(100, 100 + under_price))
      ), 1),
      points_line, known_at
  ) = 1 AS is_main,
  seen.seen_at >= tip_utc AS has_started,
  in_play.game_id IS NOT NULL AS other_game
FROM seen
LEFT JOIN in_play ON in_play.game_id = seen.game_id AND in_play.seen_at = seen.seen_at
ORDER BY seen.game_id, player_id, bookmaker, points_line, quoted_at
