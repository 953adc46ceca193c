-- What a team allowed: the opponent's box score and the possessions of the game.
-- Possessions are computed as in team_offense_game_summary; the formula is symmetric in the two teams.
WITH team AS (
  SELECT
    game_id, game_date, season, season_type, team, opponent, is_home, overtimes, SUM(seconds_played) AS team_seconds,
    SUM(points) AS points, SUM(fgm) AS fgm, SUM(fga) AS fga, SUM(fg3m) AS fg3m, SUM(fg3a) AS fg3a,
    SUM(ftm) AS ftm, SUM(fta) AS fta, SUM(oreb) AS oreb, SUM(dreb) AS dreb, SUM(tov) AS tov,
    SUM(points_in_paint) AS points_in_paint, MAX(known_at) AS known_at, MIN(source) AS source
  FROM nba_raw.nbac_gamebook_player_stats
  WHERE player_status = 'played'
  GROUP BY game_id, game_date, season, season_type, team, opponent, is_home, overtimes
),
both_teams AS (
  SELECT
    own.game_id, own.game_date, own.season, own.season_type, own.team, own.opponent, own.is_home, own.source,
    own.overtimes, own.team_seconds, other.team_seconds AS opponent_seconds,
    other.points, other.fgm, other.fga, other.fg3m, other.fg3a, other.ftm, other.fta, other.points_in_paint,
    GREATEST(own.known_at, other.known_at) AS known_at,
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
  game_id, game_date, season, season_type, team AS defending_team, opponent, is_home,
  CAST(points AS INT64) AS points_allowed,
  CAST(fgm AS INT64) AS opp_fgm, CAST(fga AS INT64) AS opp_fga, CAST(fg3m AS INT64) AS opp_fg3m,
  CAST(fg3a AS INT64) AS opp_fg3a, CAST(ftm AS INT64) AS opp_ftm, CAST(fta AS INT64) AS opp_fta,
  CAST(points_in_paint AS INT64) AS opp_points_in_paint,
  CAST(team_seconds AS INT64) AS team_seconds, CAST(opponent_seconds AS INT64) AS opponent_seconds, overtimes,
  possessions_milli AS opp_possessions_milli,
  SAFE_DIVIDE(100000 * points, possessions_milli) AS defensive_rating,
  known_at, source
FROM with_possessions
