"""Rows on their way into a unit's part of a table, and the statements that put them there."""

from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from shared.adapters.local import validation
from shared.contracts.rows import SYSTEM_COLUMNS, Table
from shared.ports import Scope


@dataclass(frozen=True)
class Arrival:
    """Rows for a scope, their content hash, and whether every required value is there and every key is unique."""

    table: Table
    rows: pa.Table
    scope: Scope
    hash: str
    is_whole: bool

    @property
    def is_plain(self) -> bool:
        """Whether only the contract's checks can refuse a row, and no earlier attempt has rows in quarantine."""
        return self.is_whole and self.scope.token == 1

    @property
    def span(self) -> str | None:
        """The condition that selects the partitions of the rows; None without rows."""
        ends = pc.min_max(self.rows.column(self.table.partition)).as_py()
        if ends["min"] is None:
            return None
        return f"{self.table.partition} BETWEEN DATE '{ends['min']}' AND DATE '{ends['max']}'"


def arrival(table: Table, rows: pa.Table, scope: Scope) -> Arrival:
    """The rows with their hash, examined as far as that needs no SQL."""
    return Arrival(table, rows, scope, *validation.look_over(table, rows))


def put(db: duckdb.DuckDBPyConnection, one: Arrival, source: str, check: str = "TRUE") -> int:
    """Replace or merge with the rows of `source` that pass the check; how many of the unit's are there afterwards."""
    if one.table.write == "merge" and _meets(db, one):
        return _merged(db, one, source, check)
    where = _place(one)
    if one.table.write == "replace":
        db.execute(f"DELETE FROM {one.table.full_name} WHERE {where}")  # noqa: S608 - names of the contract
    _insert(db, one, source, check)
    return _count(db, one, where)


def _run(db: duckdb.DuckDBPyConnection, one: Arrival, sql: str, values: tuple[object, ...] = ()) -> int:
    """Run a statement which may name the rows, once, as `arriving`; the number that it gives, of rows or as such."""
    arriving = one.rows.__arrow_c_stream__()  # DuckDB finds it by name, for one scan; all it knows better costs more
    row = db.execute(sql, values).fetchone()
    del arriving
    assert row is not None
    return int(row[0])


def _insert(db: duckdb.DuckDBPyConnection, one: Arrival, source: str, where: str) -> None:
    """Add the rows of the source, by date where they span several: a slate then scans its days only."""
    order = f" ORDER BY {one.table.partition}" if one.scope.from_date < one.scope.to_date else ""
    select = f"SELECT *, ? AS run_id, ? AS generation FROM {source} i WHERE {where}{order}"  # noqa: S608 - of the contract
    _run(db, one, f"INSERT INTO {one.table.full_name} BY NAME {select}", (one.scope.run_id, one.scope.generation))


def _place(one: Arrival) -> str:
    """The condition that selects what the scope has; of rows to be merged that meet no others, themselves."""
    table, scope = one.table, one.scope
    if table.write == "merge":
        mine = f"run_id = '{scope.run_id}' AND generation = {scope.generation:d}"
        return f"{one.span} AND {mine}" if one.span else "FALSE"
    conditions = [f"{table.partition} BETWEEN DATE '{scope.from_date}' AND DATE '{scope.to_date}'"]
    if table.unit_column:
        conditions.append(f"{table.unit_column} = '{scope.unit}'")
    if table.keep_generations:
        conditions.append(f"generation = {scope.generation:d}")
    return " AND ".join(conditions)


def _meets(db: duckdb.DuckDBPyConnection, one: Arrival) -> bool:
    """Whether there are rows on the dates of these, for them to be merged with."""
    return one.span is not None and _count(db, one, one.span) > 0


def _merged(db: duckdb.DuckDBPyConnection, one: Arrival, source: str, check: str) -> int:
    """Put by key; a row whose content is there already stays as it is, with its first known_at. How many are there."""
    table, span = one.table, one.span
    key = " AND ".join(f"i.{k} = e.{k}" for k in table.key)
    bookkeeping = {*SYSTEM_COLUMNS, "known_at", "known_at_source", *table.volatile}
    content = [c.name for c in table.columns if c.name not in {*bookkeeping, *table.key}]
    changed = " OR ".join(f"i.{c} IS DISTINCT FROM e.{c}" for c in content)
    there = f"(SELECT * FROM {table.full_name} WHERE {span})"  # noqa: S608 - names of the contract
    _run(db, one, f"DELETE FROM {table.full_name} e USING {source} i WHERE e.{span} AND {key} AND ({changed})")  # noqa: S608
    _insert(db, one, source, f"NOT EXISTS (SELECT 1 FROM {there} e WHERE {key}) AND {check}")  # noqa: S608
    keys = ", ".join(table.key)
    return _count(db, one, f"{span} AND ({keys}) IN (SELECT ({keys}) FROM {source})")  # noqa: S608


def _count(db: duckdb.DuckDBPyConnection, one: Arrival, where: str) -> int:
    return _run(db, one, f"SELECT COUNT(*) FROM {one.table.full_name} WHERE {where}")  # noqa: S608 - of the contract
