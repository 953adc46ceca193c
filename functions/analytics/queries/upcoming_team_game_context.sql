-- A team before a game, as of the prediction time: rest days, spread and total of the game, and its rates so far.
WITH
-- include: slate.sql
-- History covers the season of the slate and the one before.
games AS (
  SELECT
    game.team, game.season, game.game_date, GREATEST(game.known_at, allowed.known_at) AS known_at,
    CAST(game.won AS INT64) AS win, game.points, allowed.points_allowed, game.possessions_milli AS milli,
    48 + 5 * game.overtimes AS minutes
  FROM nba_analytics.team_offense_game_summary AS game
  JOIN nba_analytics.team_defense_game_summary AS allowed
    ON allowed.game_id = game.game_id AND allowed.defending_team = game.team
  WHERE game.team IN (SELECT team FROM sides)
),
history AS (
  SELECT *, season + ahead AS slate_season, ahead = 0 AS is_current FROM games CROSS JOIN UNNEST([0, 1]) AS ahead
),
so_far AS (
  SELECT
    sides.game_id, sides.team,
    DATE_DIFF(sides.game_date, MAX(history.game_date), DAY) AS days_rest,
    COUNTIF(DATE_DIFF(sides.game_date, history.game_date, DAY) BETWEEN 1 AND 7) AS games_week,
    COUNTIF(is_current) AS games, COUNTIF(NOT is_current) AS games_before,
    SUM(IF(is_current, win, 0)) AS wins, SUM(IF(is_current, 0, win)) AS wins_before,
    SUM(IF(is_current, points, 0)) AS points, SUM(IF(is_current, 0, points)) AS points_before,
    SUM(IF(is_current, points_allowed, 0)) AS allowed, SUM(IF(is_current, 0, points_allowed)) AS allowed_before,
    SUM(IF(is_current, milli, 0)) AS milli, SUM(IF(is_current, 0, milli)) AS milli_before,
    SUM(IF(is_current, minutes, 0)) AS minutes, SUM(IF(is_current, 0, minutes)) AS minutes_before
  FROM sides
  JOIN history
    ON history.team = sides.team AND history.slate_season = sides.season AND history.known_at <= sides.as_of
  GROUP BY sides.game_id, sides.team, sides.game_date
),
-- The rates are those of this season from its fifth known game on, before that those of last season.
form AS (
  SELECT
    game_id, team, days_rest, games_week,
    IF(games >= 5, games, games_before) AS games, IF(games >= 5, wins, wins_before) AS wins,
    IF(games >= 5, points, points_before) AS points, IF(games >= 5, allowed, allowed_before) AS allowed,
    IF(games >= 5, milli, milli_before) AS milli, IF(games >= 5, minutes, minutes_before) AS minutes
  FROM so_far
),
-- The last spread and the last total of each book; then the medians over the books.
quotes AS (
  SELECT line.game_id, line.bookmaker, line.source, line.known_at, kind,
    IF(kind = 'spread', line.home_spread, line.total) AS quote
  FROM nba_raw.odds_api_game_lines AS line
  JOIN slate ON slate.game_id = line.game_id AND line.known_at <= slate.as_of
  CROSS JOIN UNNEST(['spread', 'total']) AS kind
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
    AVG(IF(kind = 'total' AND is_middle, quote, NULL)) AS game_total
  FROM (SELECT *, 2 * place BETWEEN books AND books + 2 AS is_middle FROM ranked)
  GROUP BY game_id
)
SELECT
  sides.game_id, sides.game_date, sides.season, sides.season_type, sides.tip_utc, sides.as_of,
  sides.team, sides.opponent, sides.is_home,
  form.days_rest, COALESCE(form.days_rest = 1, FALSE) AS is_back_to_back,
  COALESCE(form.games_week, 0) AS games_last_7_days,
  market.home_spread, market.game_total,
  (market.game_total - IF(sides.is_home, market.home_spread, -market.home_spread)) / 2 AS implied_team_total,
  market.known_at AS game_line_known_at,
  SAFE_DIVIDE(48 * form.milli, 1000 * form.minutes) AS team_pace,
  SAFE_DIVIDE(100000 * form.points, form.milli) AS team_off_rating,
  SAFE_DIVIDE(100000 * form.allowed, form.milli) AS team_def_rating,
  SAFE_DIVIDE(form.wins, form.games) AS team_win_pct,
  COALESCE(form.games, 0) AS team_games,
  sides.as_of AS known_at, sides.source
FROM sides
LEFT JOIN form ON form.game_id = sides.game_id AND form.team = sides.team
LEFT JOIN market ON market.game_id = sides.game_id
