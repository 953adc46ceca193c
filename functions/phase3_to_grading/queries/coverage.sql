-- One row for the window: games, which of them lack a box score, distinct player-games predicted, and those of them
-- with an actual result. `issued` counts predicted player-games, `predicted` those of scheduled games.
-- A box score counts once both teams' rows passed the checks. A player listed as not having played has a result, and so
-- has one whom a complete box score does not list.
WITH whole AS (
  SELECT game_id FROM nba_analytics.team_offense_game_summary GROUP BY game_id HAVING COUNT(*) = 2
),
games AS (
  SELECT
    COUNTIF(schedule.game_status = 'scheduled') AS scheduled,
    COUNTIF(schedule.game_status NOT IN ('scheduled', 'tentative')) AS called_off,
    COUNTIF(schedule.game_status = 'scheduled' AND whole.game_id IS NOT NULL) AS games_with_box_scores,
    STRING_AGG(
      IF(
        schedule.game_status = 'scheduled' AND whole.game_id IS NULL,
        CONCAT(schedule.away_team, ' at ', schedule.home_team, ' (', schedule.game_id, ')'),
        NULL
      ),
      ', ' ORDER BY schedule.game_id
    ) AS without
  FROM nba_raw.nbac_schedule AS schedule
  LEFT JOIN whole ON whole.game_id = schedule.game_id
),
issued AS (
  SELECT game_id, game_date, player_id, LOGICAL_OR(has_prop_line) AS has_line
  FROM nba_predictions.player_prop_predictions
  GROUP BY game_id, game_date, player_id
),
player_games AS (
  SELECT issued.game_id, issued.player_id, issued.has_line
  FROM issued
  JOIN nba_raw.nbac_schedule AS schedule
    ON schedule.game_id = issued.game_id AND schedule.game_date = issued.game_date
  WHERE schedule.game_status = 'scheduled'
),
players AS (
  SELECT
    COUNT(*) AS predicted,
    COUNTIF(player_games.has_line) AS predicted_with_line,
    COUNTIF(actual.player_id IS NOT NULL OR whole.game_id IS NOT NULL) AS actual,
    COUNTIF(player_games.has_line AND (actual.player_id IS NOT NULL OR whole.game_id IS NOT NULL)) AS actual_with_line
  FROM player_games
  LEFT JOIN nba_analytics.player_game_summary AS actual
    ON actual.game_id = player_games.game_id AND actual.player_id = player_games.player_id
  LEFT JOIN whole ON whole.game_id = player_games.game_id
)
SELECT
  games.scheduled,
  games.called_off,
  games.games_with_box_scores,
  games.without,
  (SELECT COUNT(*) FROM issued) AS issued,
  players.predicted,
  players.predicted_with_line,
  players.actual,
  players.actual_with_line
FROM games CROSS JOIN players
