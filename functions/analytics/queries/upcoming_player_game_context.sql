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
-- The main lines that a prediction may use, and of each book the newest and the first.
lines AS (
  SELECT * FROM nba_analytics.player_quotes WHERE is_main AND refused_input IS NULL
),
moments AS (
  SELECT game_id, player_id, bookmaker, MIN(quoted_at) AS first_at
  FROM lines
  GROUP BY game_id, player_id, bookmaker
),
book_lines AS (
  SELECT lines.*, first_at = quoted_at AS is_first
  FROM lines
  JOIN moments
    ON moments.game_id = lines.game_id AND moments.player_id = lines.player_id
    AND moments.bookmaker = lines.bookmaker AND (is_current OR quoted_at = first_at)
),
-- The line to beat: first one that can be bet on, then one still on the board, then by the map's order of books.
chosen AS (
  SELECT book_lines.*
  FROM book_lines
  LEFT JOIN (SELECT book, place FROM UNNEST(@bookmaker_order) AS book WITH OFFSET AS place) AS preferred
    ON preferred.book = book_lines.bookmaker
  WHERE is_current
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY game_id, player_id
    ORDER BY refused_bet IS NOT NULL, NOT is_on_board, COALESCE(place, 1000), bookmaker
  ) = 1
),
-- Consensus and opening line: the medians over the books of their last and of their first lines.
ranked AS (
  SELECT
    game_id, player_id, is_newest, points_line,
    ROW_NUMBER() OVER (PARTITION BY game_id, player_id, is_newest ORDER BY points_line) AS place,
    COUNT(*) OVER (PARTITION BY game_id, player_id, is_newest) AS books
  FROM book_lines
  CROSS JOIN UNNEST([TRUE, FALSE]) AS is_newest
  WHERE IF(is_newest, is_current, is_first)
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
        AND listing.game_date < slate.game_date
        AND listing.known_at BETWEEN TIMESTAMP_SUB(slate.as_of, INTERVAL 14 DAY) AND slate.as_of
    )
),
-- Where feeds disagree about a player's team: that of the line first, then the newer of player list and last listing.
claims AS (
  SELECT game_id, player_id, player_name, player_lookup, team, quoted_at AS known_at, 1 AS trust, 'props' AS source
  FROM chosen WHERE team IS NOT NULL
  UNION ALL
  SELECT game_id, player_id, player_name, player_lookup, team, known_at, 2, 'player_list' FROM on_list
  UNION ALL
  SELECT game_id, player_id, player_name, player_lookup, team, known_at, 2, 'listing' FROM listed
  UNION ALL
  SELECT game_id, player_id, player_name, player_lookup, team, known_at, 3, 'injury_report' FROM back_soon
),
-- A player whom books quote in one game plays in no other game of that date, as a list that lags a trade would have it.
claimed AS (
  SELECT claims.*
  FROM claims
  JOIN slate ON slate.game_id = claims.game_id
  WHERE claims.source = 'props' OR NOT EXISTS (
    SELECT 1
    FROM lines
    WHERE lines.player_id = claims.player_id AND lines.game_date = slate.game_date
      AND lines.game_id != claims.game_id AND lines.quoted_at <= slate.as_of
  )
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY claims.game_id, claims.player_id
    ORDER BY claims.trust, claims.known_at DESC, claims.source, claims.team
  ) = 1
),
-- Of two teams that play on one date a traded player is with the one of the better or newer claim known by then.
placed AS (
  SELECT claimed.*, sides.game_date, sides.as_of
  FROM claimed
  JOIN sides ON sides.game_id = claimed.game_id AND sides.team = claimed.team
),
candidates AS (
  SELECT own.* EXCEPT (game_date, as_of)
  FROM placed AS own
  WHERE NOT EXISTS (
    SELECT 1
    FROM placed AS other
    WHERE other.player_id = own.player_id AND other.game_date = own.game_date AND other.game_id != own.game_id
      AND other.known_at <= own.as_of
      AND (other.trust < own.trust OR (other.trust = own.trust AND (
        other.known_at > own.known_at OR (other.known_at = own.known_at AND other.game_id < own.game_id)
      )))
  )
),
-- When a book last quoted a line for the player, among quotes with a real time.
quoted AS (
  SELECT game_id, player_id, MAX(quoted_at) AS last_at
  FROM lines
  WHERE quoted_at_source != 'assumed'
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
  chosen.over_price, chosen.under_price, chosen.quoted_at AS line_known_at, chosen.seen_at AS line_seen_at,
  chosen.age_minutes AS line_age_minutes, chosen.refused_bet AS line_refused_bet,
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
