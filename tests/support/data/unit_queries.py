"""A warehouse in memory with a few rows put straight into tables, and queries asked as a unit would ask them."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from shared.adapters.local.warehouse import DuckTables
from shared.contracts.rows import table
from shared.map.loader import pipeline_map
from shared.ports import Scope
from shared.sql import queries
from shared.sql.queries import FUNCTIONS_DIR
from tests.support.data.slates import AS_OF, DAY

FIRST = DAY.replace(year=DAY.year - 1)


def warehouse() -> DuckTables:
    """An empty one."""
    return DuckTables(None)


def put(
    tables: DuckTables, full_name: str, rows: Iterable[Mapping[str, Any]], generation: int = 1, unit: str = "t"
) -> None:
    """Write rows through the production path; a row that a check refuses fails the test."""
    listed = [dict(r) for r in rows]
    written = tables.write(
        table(full_name), table(full_name).to_arrow(listed), Scope("test", generation, 1, unit, FIRST, DAY)
    )
    assert not written.refused
    assert written.found >= len(listed)


def ask(tables: DuckTables, function: str, unit_name: str, name: str, **params: Any) -> pa.Table:
    """An input query of a unit of the map over the day, with the unit's reads and its door."""
    unit = pipeline_map().unit(function, unit_name)
    sql = queries.load(FUNCTIONS_DIR / function / "queries" / (unit.inputs.get(name) or unit.query or ""))
    usual = {"from_date": DAY, "to_date": DAY, "as_of": AS_OF}
    return tables.query(sql, unit.reads, {**usual, **params}, as_of=unit.feeds_prediction)
