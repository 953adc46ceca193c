-- A team's totals in a game, summed over its players; the opponent's totals are needed for the possessions.
-- possessions = FGA + 0.4 FTA - 1.07 OREB / (OREB + opponent's DREB) (FGA - FGM) + TOV, the mean of both teams
-- (NBA team logs, ../shared/data/README.md), stored as integer thousandths so that sums are exact in any order.
WITH team AS (
  SELECT
    game_id, game_date, season, season_type, team, opponent, is_home, overtimes,
    SUM(points) AS points, SUM(fgm) AS fgm, SUM(fga) AS fga, SUM(fg3m) AS fg3m, SUM(fg3a) AS fg3a,
    SUM(ftm) AS ftm, SUM(fta) AS fta, SUM(oreb) AS oreb, SUM(dreb) AS dreb, SUM(ast) AS ast, SUM(tov) AS tov,
    SUM(points_in_paint) AS points_in_paint, SUM(seconds_played) AS team_seconds,
    MAX(known_at) AS known_at, MIN(source) AS source
  FROM nba_raw.nbac_gamebook_player_stats
  WHERE player_status = 'played'
  GROUP BY game_id, game_date, season, season_type, team, opponent, is_home, overtimes
),
both_teams AS (
  SELECT
    own.*,
    other.points AS points_allowed, other.team_seconds AS opponent_seconds,
    GREATEST(own.known_at, other.known_at) AS both_known_at,
    1000 * (own.fga + own.tov) + 400 * own.fta
      - COALESCE(SAFE_DIVIDE(1070 * own.oreb * (own.fga - own.fgm), own.oreb + other.dreb), 0) AS own_milli,
    1000 * (other.fga + other.tov) + 400 * other.fta
      - COALESCE(SAFE_DIVIDE(1070 * other.oreb * (other.fga - other.fgm), other.oreb + own.dreb), 0) AS other_milli
  FROM team AS own
  JOIN team AS other ON other.game_id = own.game_id AND other.team = own.opponent
),
with_possessions AS (
  SELECT *, CAST(ROUND((own_milli + other_milli) / 2) AS INT64) AS possessions_milli FROM both_teams
)
SELECT
  game_id, game_date, season, season_type, team, opponent, is_home,
  CAST(points AS INT64) AS points, points > points_allowed AS won,
  CAST(fgm AS INT64) AS fgm, CAST(fga AS INT64) AS fga, CAST(fg3m AS INT64) AS fg3m, CAST(fg3a AS INT64) AS fg3a,
  CAST(ftm AS INT64) AS ftm, CAST(fta AS INT64) AS fta, CAST(oreb AS INT64) AS oreb, CAST(dreb AS INT64) AS dreb,
  CAST(ast AS INT64) AS ast, CAST(tov AS INT64) AS tov, CAST(points_in_paint AS INT64) AS points_in_paint,
  CAST(team_seconds AS INT64) AS team_seconds, CAST(opponent_seconds AS INT64) AS opponent_seconds, overtimes,
  possessions_milli,
  SAFE_DIVIDE(48 * possessions_milli, 1000 * (48 + 5 * overtimes)) AS pace,
  SAFE_DIVIDE(100000 * points, possessions_milli) AS offensive_rating,
  both_known_at AS known_at, source
FROM with_possessions
