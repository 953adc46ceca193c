-- Each player who may play in the slate, with his line and his injury status as of the game's prediction time.
WITH
-- include: slate.sql
playing AS (SELECT game_id, game_date, team, as_of FROM sides),
-- include: listed.sql
-- The newest player list known by the prediction time, at most 30 days old; it overrides older listings.
list_days AS (
  SELECT slate.game_id, slate.as_of, MAX(list.list_date) AS list_date
  FROM slate
  JOIN (SELECT list_date, MIN(known_at) AS known_at FROM nba_raw.nbac_player_list GROUP BY list_date) AS list
    ON list.known_at <= slate.as_of
    AND list.list_date BETWEEN DATE_SUB(slate.game_date, INTERVAL 30 DAY) AND slate.game_date
  GROUP BY slate.game_id, slate.as_of
),
on_list AS (
  SELECT day.game_id, list.player_id, list.player_name, list.player_lookup, list.team, list.known_at
  FROM list_days AS day
  JOIN nba_raw.nbac_player_list AS list ON list.list_date = day.list_date AND list.known_at <= day.as_of
  WHERE list.team IS NOT NULL
),
-- One line per book and snapshot: of several lines, the one with the most balanced prices.
lines AS (
  SELECT
    line.game_id, line.player_id, line.player_name, line.player_lookup, line.team, line.bookmaker, line.points_line,
    line.over_price, line.under_price, line.known_at, line.known_at_source, line.source
  FROM nba_raw.odds_api_player_points_props AS line
  JOIN slate ON slate.game_id = line.game_id AND line.known_at <= slate.as_of
  WHERE line.market = @market
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY line.game_id, line.player_id, line.bookmaker, line.known_at
    ORDER BY
      COALESCE(ABS(
        IF(over_price < 0, SAFE_DIVIDE(-over_price, 100 - over_price), SAFE_DIVIDE(100, 100 + over_price))
        - IF(under_price < 0, SAFE_DIVIDE(-under_price, 100 - under_price), SAFE_DIVIDE(100, 100 + under_price))
      ), 1),
      line.points_line
  ) = 1
),
moments AS (
  SELECT game_id, player_id, bookmaker, MIN(known_at) AS first_at, MAX(known_at) AS last_at
  FROM lines
  GROUP BY game_id, player_id, bookmaker
),
book_lines AS (
  SELECT lines.*, first_at = known_at AS is_first, last_at = known_at AS is_last
  FROM lines
  JOIN moments
    ON moments.game_id = lines.game_id AND moments.player_id = lines.player_id
    AND moments.bookmaker = lines.bookmaker AND lines.known_at IN (first_at, last_at)
),
chosen AS (
  SELECT book_lines.*
  FROM book_lines
  LEFT JOIN (SELECT book, place FROM UNNEST(@bookmaker_order) AS book WITH OFFSET AS place) AS preferred
    ON preferred.book = book_lines.bookmaker
  WHERE is_last
  QUALIFY ROW_NUMBER() OVER (PARTITION BY game_id, player_id ORDER BY COALESCE(place, 1000), bookmaker) = 1
),
-- Consensus and opening line: the medians over the books of their last and of their first lines.
ranked AS (
  SELECT
    game_id, player_id, is_newest, points_line,
    ROW_NUMBER() OVER (PARTITION BY game_id, player_id, is_newest ORDER BY points_line) AS place,
    COUNT(*) OVER (PARTITION BY game_id, player_id, is_newest) AS books
  FROM book_lines
  CROSS JOIN UNNEST([TRUE, FALSE]) AS is_newest
  WHERE IF(is_newest, is_last, is_first)
),
market AS (
  SELECT
    game_id, player_id, MAX(books) AS books,
    AVG(IF(is_newest, points_line, NULL)) AS consensus_line, AVG(IF(is_newest, NULL, points_line)) AS opening_line
  FROM ranked
  WHERE 2 * place BETWEEN books AND books + 2
  GROUP BY game_id, player_id
),
-- Players back after an absence longer than `listed` covers: reported as able to play, and not listed by another team
-- in the last 14 days.
back_soon AS (
  SELECT slate.game_id, report.player_id, report.player_name, report.player_lookup, report.team, report.known_at
  FROM slate
  JOIN nba_raw.nbac_injury_report AS report
    ON report.game_date = slate.game_date AND report.team IN (slate.home_team, slate.away_team)
    AND report.known_at <= slate.as_of
  WHERE report.injury_status IN ('available', 'probable', 'questionable')
    AND NOT EXISTS (
      SELECT 1
      FROM listings AS listing
      WHERE listing.player_id = report.player_id AND listing.team != report.team
        AND listing.known_at BETWEEN TIMESTAMP_SUB(slate.as_of, INTERVAL 14 DAY) AND slate.as_of
    )
),
-- Where feeds disagree about a player's team: that of the line first, then the newer of player list and last listing.
claims AS (
  SELECT game_id, player_id, player_name, player_lookup, team, known_at, 1 AS trust, 'props' AS source
  FROM chosen WHERE team IS NOT NULL
  UNION ALL
  SELECT game_id, player_id, player_name, player_lookup, team, known_at, 2, 'player_list' FROM on_list
  UNION ALL
  SELECT game_id, player_id, player_name, player_lookup, team, known_at, 2, 'listing' FROM listed
  UNION ALL
  SELECT game_id, player_id, player_name, player_lookup, team, known_at, 3, 'injury_report' FROM back_soon
),
candidates AS (
  SELECT * FROM claims
  QUALIFY ROW_NUMBER() OVER (PARTITION BY game_id, player_id ORDER BY trust, known_at DESC, source, team) = 1
),
-- When a book last quoted a line for the player, among quotes with a real time.
quoted AS (
  SELECT game_id, player_id, MAX(known_at) AS last_at
  FROM lines
  WHERE known_at_source != 'assumed'
  GROUP BY game_id, player_id
),
-- The latest status. `out` and `doubtful` do not count if a book quoted a line for the player more than 30 minutes
-- after the report, which then was about another day.
statuses AS (
  SELECT candidates.game_id, candidates.player_id, report.injury_status, report.reason, report.known_at
  FROM candidates
  JOIN slate ON slate.game_id = candidates.game_id
  JOIN nba_raw.nbac_injury_report AS report
    ON report.player_id = candidates.player_id AND report.game_date = slate.game_date
    AND report.known_at <= slate.as_of
  LEFT JOIN quoted ON quoted.game_id = candidates.game_id AND quoted.player_id = candidates.player_id
  WHERE report.injury_status NOT IN ('out', 'doubtful') OR quoted.last_at IS NULL
    OR quoted.last_at <= TIMESTAMP_ADD(report.known_at, INTERVAL 30 MINUTE)
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY candidates.game_id, candidates.player_id
    ORDER BY report.known_at DESC,
      CASE report.injury_status
        WHEN 'out' THEN 1 WHEN 'doubtful' THEN 2 WHEN 'questionable' THEN 3 WHEN 'probable' THEN 4 ELSE 5
      END,
      report.source
  ) = 1
)
SELECT
  sides.game_id, sides.game_date, sides.season, sides.season_type, sides.tip_utc, sides.as_of,
  candidates.player_id, candidates.player_name, candidates.player_lookup,
  sides.team, sides.opponent, sides.is_home,
  chosen.points_line IS NOT NULL AS has_line, chosen.points_line AS line, chosen.bookmaker,
  chosen.over_price, chosen.under_price, chosen.known_at AS line_known_at,
  market.opening_line, market.consensus_line, COALESCE(market.books, 0) AS line_books,
  COALESCE(chosen.source, 'none') AS line_source,
  COALESCE(statuses.injury_status, 'not_listed') AS injury_status, statuses.reason AS injury_reason,
  statuses.known_at AS injury_known_at,
  sides.as_of AS known_at, candidates.source
FROM candidates
JOIN sides ON sides.game_id = candidates.game_id AND sides.team = candidates.team
LEFT JOIN chosen ON chosen.game_id = candidates.game_id AND chosen.player_id = candidates.player_id
LEFT JOIN market ON market.game_id = candidates.game_id AND market.player_id = candidates.player_id
LEFT JOIN statuses ON statuses.game_id = candidates.game_id AND statuses.player_id = candidates.player_id
