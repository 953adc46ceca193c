-- A team before a game, as of the prediction time: rest days, spread and total of the game, and its rates so far.
WITH
-- include: slate.sql
tonight AS (SELECT * FROM sides WHERE game_date BETWEEN @from_date AND @to_date),
-- Rest is by the schedule, which knows of a game before its box score comes.
rest AS (
  SELECT
    tonight.game_id, tonight.team, DATE_DIFF(tonight.game_date, MAX(earlier.game_date), DAY) AS days,
    COUNTIF(DATE_DIFF(tonight.game_date, earlier.game_date, DAY) <= 7) AS games_week
  FROM tonight
  JOIN sides AS earlier
    ON earlier.team = tonight.team AND earlier.game_date < tonight.game_date
    AND earlier.known_at <= tonight.as_of AND earlier.tip_utc <= tonight.as_of
  GROUP BY tonight.game_id, tonight.team, tonight.game_date
),
-- History covers the season of the slate and the one before.
games AS (
  SELECT
    game.team, game.season, game.game_date, GREATEST(game.known_at, allowed.known_at) AS known_at,
    CAST(game.won AS INT64) AS win, game.points, allowed.points_allowed, game.possessions_milli AS milli,
    48 + 5 * game.overtimes AS minutes
  FROM nba_analytics.team_offense_game_summary AS game
  JOIN nba_analytics.team_defense_game_summary AS allowed
    ON allowed.game_id = game.game_id AND allowed.defending_team = game.team
  WHERE game.team IN (SELECT team FROM tonight)
),
history AS (
  SELECT *, season + ahead AS slate_season, ahead = 0 AS is_current FROM games CROSS JOIN UNNEST([0, 1]) AS ahead
),
so_far AS (
  SELECT
    tonight.game_id, tonight.team,
    COUNTIF(is_current) AS games, COUNTIF(NOT is_current) AS games_before,
    SUM(IF(is_current, win, 0)) AS wins, SUM(IF(is_current, 0, win)) AS wins_before,
    SUM(IF(is_current, points, 0)) AS points, SUM(IF(is_current, 0, points)) AS points_before,
    SUM(IF(is_current, points_allowed, 0)) AS allowed, SUM(IF(is_current, 0, points_allowed)) AS allowed_before,
    SUM(IF(is_current, milli, 0)) AS milli, SUM(IF(is_current, 0, milli)) AS milli_before,
    SUM(IF(is_current, minutes, 0)) AS minutes, SUM(IF(is_current, 0, minutes)) AS minutes_before
  FROM tonight
  JOIN history
    ON history.team = tonight.team AND history.slate_season = tonight.season AND history.known_at <= tonight.as_of
  GROUP BY tonight.game_id, tonight.team
),
-- The rates are those of this season from its fifth known game on, before that those of last season.
form AS (
  SELECT
    game_id, team,
    IF(games >= 5, games, games_before) AS games, IF(games >= 5, wins, wins_before) AS wins,
    IF(games >= 5, points, points_before) AS points, IF(games >= 5, allowed, allowed_before) AS allowed,
    IF(games >= 5, milli, milli_before) AS milli, IF(games >= 5, minutes, minutes_before) AS minutes
  FROM so_far
),
-- The last spread and the last total of each book, and both of its last row that has both: a total of now does not fit a
-- spread of the morning. Then the medians over the books.
quotes AS (
  SELECT line.game_id, line.bookmaker, line.source, line.known_at, kind,
    CASE kind
      WHEN 'spread' THEN line.home_spread
      WHEN 'total' THEN line.total
      WHEN 'spread with total' THEN IF(line.total IS NULL, NULL, line.home_spread)
      ELSE IF(line.home_spread IS NULL, NULL, line.total)
    END AS quote
  FROM nba_raw.odds_api_game_lines AS line
  JOIN slate ON slate.game_id = line.game_id AND line.known_at <= slate.as_of
  CROSS JOIN UNNEST(['spread', 'total', 'spread with total', 'total with spread']) AS kind
),
latest AS (
  SELECT game_id, kind, quote, known_at
  FROM quotes
  WHERE quote IS NOT NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY game_id, kind, bookmaker, source ORDER BY known_at DESC, quote) = 1
),
ranked AS (
  SELECT
    game_id, kind, quote, known_at,
    ROW_NUMBER() OVER (PARTITION BY game_id, kind ORDER BY quote, known_at) AS place,
    COUNT(*) OVER (PARTITION BY game_id, kind) AS books
  FROM latest
),
market AS (
  SELECT
    game_id, MAX(known_at) AS known_at,
    AVG(IF(kind = 'spread' AND is_middle, quote, NULL)) AS home_spread,
    AVG(IF(kind = 'total' AND is_middle, quote, NULL)) AS game_total,
    AVG(IF(kind = 'spread with total' AND is_middle, quote, NULL)) AS paired_spread,
    AVG(IF(kind = 'total with spread' AND is_middle, quote, NULL)) AS paired_total
  FROM (SELECT *, 2 * place BETWEEN books AND books + 2 AS is_middle FROM ranked)
  GROUP BY game_id
)
SELECT
  tonight.game_id, tonight.game_date, tonight.season, tonight.season_type, tonight.tip_utc, tonight.as_of,
  tonight.team, tonight.opponent, tonight.is_home,
  LEAST(COALESCE(rest.days, @max_rest_days), @max_rest_days) AS days_rest,
  COALESCE(rest.days = 1, FALSE) AS is_back_to_back, COALESCE(rest.games_week, 0) AS games_last_7_days,
  market.home_spread, market.game_total,
  (market.paired_total - IF(tonight.is_home, market.paired_spread, -market.paired_spread)) / 2 AS implied_team_total,
  market.known_at AS game_line_known_at,
  SAFE_DIVIDE(48 * form.milli, 1000 * form.minutes) AS team_pace,
  SAFE_DIVIDE(100000 * form.points, form.milli) AS team_off_rating,
  SAFE_DIVIDE(100000 * form.allowed, form.milli) AS team_def_rating,
  SAFE_DIVIDE(form.wins, form.games) AS team_win_pct,
  COALESCE(form.games, 0) AS team_games,
  tonight.as_of AS known_at, tonight.source
FROM tonight
LEFT JOIN rest ON rest.game_id = tonight.game_id AND rest.team = tonight.team
LEFT JOIN form ON form.game_id = tonight.game_id AND form.team = tonight.team
LEFT JOIN market ON market.game_id = tonight.game_id
