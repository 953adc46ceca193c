"""The feature units of the map run one after another on a warehouse, written through the production path."""

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from functions.analytics.quotes import table_of
from shared.adapters.local.warehouse import DuckTables
from shared.contracts.rows import SYSTEM_COLUMNS, Table, table
from shared.map.loader import pipeline_map
from shared.map.model import Unit
from shared.ports import Query, Scope
from shared.sql import queries
from shared.sql.queries import FUNCTIONS_DIR

LATER = datetime(2026, 1, 1, tzinfo=UTC)
GAMES = ("team_offense_game_summary", "team_defense_game_summary", "player_game_summary")
SLATE = (
    "player_quotes",
    "upcoming_team_game_context",
    "upcoming_player_game_context",
    "player_daily_cache",
    "player_shot_zone_analysis",
    "team_defense_zone_analysis",
    "player_daily_cache_top_up",
    "player_composite_factors",
    "ml_feature_store_v2",
)


def unit_of(name: str) -> Unit:
    """The unit of that name of analytics or precompute."""
    functions = pipeline_map().functions
    return functions["analytics"].units.get(name) or functions["precompute"].units[name]


def query_of(name: str, first: date, last: date, as_of: datetime = LATER) -> Query:
    """The unit's query over a window, as the engine would ask it."""
    unit, known = unit_of(name), pipeline_map()
    text = queries.load(FUNCTIONS_DIR / unit.function / "queries" / (unit.query or unit.inputs["quotes"]))
    params: dict[str, Any] = {**known.settings, **unit.params, "from_date": first, "to_date": last, "as_of": as_of}
    return Query(text, unit.reads, params, unit.feeds_prediction)


def answer(tables: DuckTables, name: str, first: date, last: date, as_of: datetime = LATER) -> pa.Table:
    """The rows the unit would write, in the contract's columns and the order of its key."""
    query = query_of(name, first, last, as_of)
    target = table(unit_of(name).writes or "")
    found = tables.query(query.sql, query.reads, query.params, as_of=query.as_of)
    if unit_of(name).compute:
        found = table_of(found, pipeline_map().quotes)
    schema = target.arrow_schema(system=False)
    return found.select(schema.names).cast(schema).sort_by(_order(target))


def missing_caches(tables: DuckTables, day: date) -> int:
    """How many caches the top-up is told are missing."""
    name = "player_daily_cache_top_up"
    query = query_of(name, day, day)
    sql = queries.text("precompute", unit_of(name).facts or "")
    found: int = tables.query(sql, query.reads, query.params, as_of=query.as_of)["missing"][0].as_py()
    return found


def _order(target: Table) -> list[tuple[str, str]]:
    return [(k, "ascending") for k in target.key if k not in SYSTEM_COLUMNS]


def stored(tables: DuckTables, name: str) -> list[dict[str, Any]]:
    """The rows in the unit's table, in the order of its key, without the system columns."""
    target = table(unit_of(name).writes or "")
    found = tables.read(f"SELECT * EXCLUDE (run_id, generation) FROM {target.full_name}")
    return found.sort_by(_order(target)).to_pylist()


def run(tables: DuckTables, names: tuple[str, ...], first: date, last: date, as_of: datetime = LATER) -> dict[str, int]:
    """Write these units' rows over a window; returns the rows refused by rule, which should be none."""
    refused: dict[str, int] = {}
    for name in names:
        scope = Scope("chain", 1, 1, name, first, last)
        computes = unit_of(name).compute
        rows = answer(tables, name, first, last, as_of) if computes else query_of(name, first, last, as_of)
        written = tables.write(table(unit_of(name).writes or ""), rows, scope)
        refused |= {f"{name}.{rule}": count for rule, count in written.refused.items()}
    return refused
