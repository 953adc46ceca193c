-- What each defence of the slate's dates allows by zone against the league.
SELECT
  analysis_date,
  team,
  paint_points_allowed_vs_league,
  mid_range_points_allowed_vs_league,
  three_points_allowed_vs_league
FROM nba_precompute.team_defense_zone_analysis
WHERE analysis_date BETWEEN @from_date AND @to_date
ORDER BY analysis_date, team
