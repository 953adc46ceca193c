"""Raw tables in a scratch DuckDB straight from ../shared/data, by the assumptions of the map. For tests only.

The production path for the same files is the history feed of `functions/process_raw`; this loader keeps the feature
queries testable without it.
"""

from collections.abc import Sequence

import duckdb

from shared.contracts.rows import tables
from shared.map.loader import pipeline_map
from tests.support.places import SHARED_DATA

_SCHEDULE = """
SELECT game_id, game_date::DATE AS game_date, left(season, 4)::BIGINT AS season, season_type,
    coalesce(tip_utc, (game_date::DATE + INTERVAL (tip_hour_eastern) HOUR) AT TIME ZONE 'America/New_York') AS tip_utc,
    if(tip_utc IS NULL, 'assumed', 'schedule') AS tip_source, home_team, away_team, is_neutral_site,
    'scheduled' AS game_status, coalesce(overtimes, 0)::BIGINT AS overtimes
FROM read_parquet('{data}/games.parquet'), assumed
"""

# games: tip and end of every game; people: rows without an NBA id get a negative one made from the name
_RAW = {
    "nba_raw.nbac_schedule": """
SELECT games.* EXCLUDE (overtimes), tip_utc - INTERVAL (schedule_days_before_tip) DAY AS known_at,
    'assumed' AS known_at_source, 'history' AS source
FROM games, assumed
""",
    "nba_raw.nbac_gamebook_player_stats": """
WITH box AS (
    SELECT *, coalesce(player_id, -(1 + hash(player_name || team) % 1000000000)::BIGINT) AS person
    FROM read_parquet({box})
),
listed AS (
    SELECT game_id, team, opponent, is_home, person AS player_id, player_name, is_starter,
        if(played, 'played', 'dnp') AS player_status, comment AS dnp_reason,
        if(played, round(minutes * 60), NULL)::BIGINT AS seconds_played,
        COLUMNS('^(fgm|fga|fg3m|fg3a|ftm|fta|oreb|dreb|ast|stl|blk|tov|pf)$')::BIGINT, pts::BIGINT AS points
    FROM box
    QUALIFY row_number() OVER (PARTITION BY game_id, person ORDER BY played DESC) = 1
    UNION ALL BY NAME
    SELECT i.game_id, i.team, if(i.team = home_team, away_team, home_team) AS opponent, i.team = home_team AS is_home,
        i.player_id, i.player_name, false AS is_starter, 'inactive' AS player_status, 'inactive list' AS dnp_reason
    FROM read_parquet('{data}/inactives.parquet') AS i JOIN games USING (game_id)
    WHERE i.player_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM box WHERE box.game_id = i.game_id AND box.person = i.player_id
    )
    QUALIFY row_number() OVER (PARTITION BY i.game_id, i.player_id ORDER BY i.team) = 1
)
SELECT listed.*, game_date, season, season_type, home_team, away_team, overtimes,
    regexp_replace(lower(strip_accents(player_name)), '[^a-z]', '', 'g') AS player_lookup,
    NULL::BIGINT AS points_in_paint,
    tip_utc + INTERVAL (box_score_minutes_after_tip + overtimes * box_score_minutes_per_overtime) MINUTE AS known_at,
    'assumed' AS known_at_source, 'history' AS source
FROM listed JOIN games USING (game_id), assumed
WHERE player_status != 'played' OR points = 2 * (fgm - fg3m) + 3 * fg3m + ftm
""",
    "nba_raw.nbac_injury_report": """
WITH spans AS (
    SELECT first_seen_utc, last_seen_utc, team, player_id, player_name_raw AS player_name, detail AS reason,
        status AS injury_status, source
    FROM read_parquet('{data}/injury_snapshots.parquet')
    WHERE status IN ('out', 'doubtful', 'questionable', 'probable', 'available') AND player_id IS NOT NULL
),
said AS (
    SELECT game_date, s.* EXCLUDE (first_seen_utc, last_seen_utc), first_seen_utc AS known_at,
        'timestamp' AS known_at_source
    FROM spans AS s JOIN games AS g ON s.team IN (g.home_team, g.away_team)
        AND g.tip_utc BETWEEN s.first_seen_utc AND s.last_seen_utc + INTERVAL 12 HOUR
    UNION ALL BY NAME
    SELECT g.game_date, i.team, i.player_id, i.player_name, 'out' AS injury_status, 'inactive list' AS reason,
        'inactive_list' AS source, tip_utc - INTERVAL (inactive_minutes_before_tip) MINUTE AS known_at,
        'assumed' AS known_at_source
    FROM read_parquet('{data}/inactives.parquet') AS i JOIN games AS g USING (game_id), assumed
    WHERE i.player_id IS NOT NULL
)
SELECT *, regexp_replace(lower(strip_accents(player_name)), '[^a-z]', '', 'g') AS player_lookup
FROM said
QUALIFY row_number() OVER (PARTITION BY game_date, player_id, known_at, source ORDER BY injury_status) = 1
""",
    "nba_raw.odds_api_player_points_props": """
SELECT game_id, g.game_date, p.player_id, p.player_name, p.team, p.bookmaker, p.market,
    regexp_replace(lower(strip_accents(p.player_name)), '[^a-z]', '', 'g') AS player_lookup,
    p.line::DOUBLE AS points_line, p.over_price::BIGINT AS over_price, p.under_price::BIGINT AS under_price,
    coalesce(first_seen_utc, g.tip_utc - INTERVAL (line_minutes_before_tip) MINUTE) AS known_at,
    if(first_seen_utc IS NULL, 'assumed', 'timestamp') AS known_at_source, last_seen_utc AS last_seen_at, p.source
FROM read_parquet('{data}/props_points.parquet') AS p JOIN games AS g USING (game_id), assumed
WHERE p.line_type = 'standard' AND p.player_id IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY game_id, p.player_id, p.bookmaker, p.line, known_at
    ORDER BY p.is_main_line DESC, p.over_price, p.under_price, p.source
) = 1
""",
    "nba_raw.odds_api_game_lines": """
SELECT game_id, g.game_date, g.home_team, g.away_team, l.bookmaker, l.home_spread, l.total,
    l.home_ml::BIGINT AS home_ml, l.away_ml::BIGINT AS away_ml,
    coalesce(captured_at_utc, g.tip_utc - INTERVAL (line_minutes_before_tip) MINUTE) AS known_at,
    if(captured_at_utc IS NULL, 'assumed', 'timestamp') AS known_at_source, l.source
FROM read_parquet('{data}/game_lines.parquet') AS l JOIN games AS g USING (game_id), assumed
QUALIFY row_number() OVER (PARTITION BY game_id, l.bookmaker, known_at, l.source ORDER BY l.home_spread) = 1
""",
}


def create_tables(db: duckdb.DuckDBPyConnection) -> None:
    """Every table of the contracts, empty."""
    for table in tables().values():
        db.execute(f"CREATE SCHEMA IF NOT EXISTS {table.dataset}")
        db.execute(table.duckdb_ddl())


def load(db: duckdb.DuckDBPyConnection, seasons: Sequence[str]) -> None:
    """Fill the raw tables with these seasons (`2023-24`, ...), in order of game date."""
    create_tables(db)
    assumed = ", ".join(f"{value} AS {name}" for name, value in pipeline_map().assumptions.items())
    db.execute(f"CREATE OR REPLACE TEMP TABLE assumed AS SELECT {assumed}")
    db.execute("CREATE OR REPLACE TEMP TABLE games AS " + _SCHEDULE.format(data=SHARED_DATA))
    db.execute("DELETE FROM games WHERE season NOT IN (SELECT unnest(?))", [[int(s[:4]) for s in seasons]])
    box = str([str(SHARED_DATA / f"box_scores_{s}.parquet") for s in seasons])
    for name, sql in _RAW.items():
        body = sql.format(data=SHARED_DATA, box=box)
        db.execute(
            f"INSERT INTO {name} BY NAME SELECT *, 'load' AS run_id, 1 AS generation FROM ({body}) ORDER BY game_date"
        )
