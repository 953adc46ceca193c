-- One row per player and game, with his usage rate from his team's totals.
-- usage = 100 (FGA + 0.44 FTA + TOV) (team minutes / 5) / (minutes (team FGA + 0.44 team FTA + team TOV)),
-- as Basketball-Reference defines it. It is NULL without the team's row, as half a team would give a wrong rate, and
-- below three minutes played, where the ratio is noise (real rows reach 164 %).
WITH box AS (
  SELECT
    game.*,
    team.game_id IS NOT NULL AS has_team,
    100 * team.fga + 44 * team.fta + 100 * team.tov AS team_plays,
    team.team_seconds,
    team.known_at AS team_known_at,
    game.player_status = 'played' AS did_play
  FROM nba_raw.nbac_gamebook_player_stats AS game
  LEFT JOIN nba_analytics.team_offense_game_summary AS team
    ON team.game_id = game.game_id AND team.team = game.team
)
SELECT
  game_id, game_date, season, season_type, team, opponent, is_home, player_id, player_name, player_lookup, is_starter,
  NOT did_play AS is_dnp, dnp_reason,
  IF(did_play, seconds_played, NULL) AS seconds_played,
  IF(did_play, seconds_played / 60, NULL) AS minutes_played,
  IF(did_play, points, NULL) AS points,
  IF(did_play, fgm, NULL) AS fgm, IF(did_play, fga, NULL) AS fga,
  IF(did_play, fg3m, NULL) AS fg3m, IF(did_play, fg3a, NULL) AS fg3a,
  IF(did_play, ftm, NULL) AS ftm, IF(did_play, fta, NULL) AS fta,
  IF(did_play, oreb, NULL) AS oreb, IF(did_play, dreb, NULL) AS dreb, IF(did_play, ast, NULL) AS ast,
  IF(did_play, stl, NULL) AS stl, IF(did_play, blk, NULL) AS blk, IF(did_play, tov, NULL) AS tov,
  IF(did_play, pf, NULL) AS pf, IF(did_play, points_in_paint, NULL) AS points_in_paint,
  IF(did_play AND seconds_played >= 180,
    SAFE_DIVIDE(100 * (100 * fga + 44 * fta + 100 * tov) * team_seconds, 5 * seconds_played * team_plays),
    NULL) AS usage_rate,
  IF(did_play, SAFE_DIVIDE(100 * points, 200 * fga + 88 * fta), NULL) AS ts_pct,
  IF(did_play AND has_team, GREATEST(known_at, team_known_at), known_at) AS known_at,
  source
FROM box
