"""Rows on their way into a unit's part of a table, and the statements that put them there."""

from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from shared.adapters.local import validation
from shared.contracts.rows import SYSTEM_COLUMNS, Table
from shared.ports import Scope


@dataclass(frozen=True)
class Arrival:
    """Rows for a scope, with their content hash and whether no required value is missing and no key comes twice."""

    table: Table
    rows: pa.Table
    scope: Scope
    hash: str
    is_whole: bool

    @property
    def is_plain(self) -> bool:
        """Whether they need not be looked at one by one, unless one breaks a check."""
        return self.is_whole and self.scope.token == 1

    @property
    def bounds(self) -> tuple[date, date] | None:
        """First and last partition of the rows; None without rows."""
        found = pc.min_max(self.rows.column(self.table.partition)).as_py()
        return None if found["min"] is None else (found["min"], found["max"])

    @property
    def span(self) -> str | None:
        """The condition that selects the partitions of the rows; None without rows."""
        bounds = self.bounds
        return bounds and f"{self.table.partition} BETWEEN DATE '{bounds[0]}' AND DATE '{bounds[1]}'"

    @property
    def shows_what_was(self) -> bool:
        """Whether a count after the write tells if the scope had rows: one day's, with a place for each that comes."""
        scope, unit = self.scope, self.table.unit_column
        one_day = scope.from_date == scope.to_date and self.bounds in (None, (scope.from_date, scope.to_date))
        return one_day and (unit is None or pc.all(pc.equal(self.rows.column(unit), scope.unit)).as_py() is not False)


def arrival(table: Table, rows: pa.Table, scope: Scope) -> Arrival:
    """The rows, hashed and looked over as far as that needs no SQL."""
    return Arrival(table, rows, scope, *validation.look_over(table, rows))


def put_checked(db: duckdb.DuckDBPyConnection, one: Arrival) -> int:
    """Put the rows where they belong, as `put_sifted`, each checked on its way; raises `BROKEN` at a broken check."""
    check = validation.raising(one.table)
    if one.table.write == "merge" and _meets(db, one):
        return _merged(db, one, "arriving", check)
    where = _place(one)
    if one.table.write == "replace" and not one.shows_what_was:
        _clear(db, one.table, where)
    _insert(db, one, "arriving", check)
    found = _count(db, one, where)
    if found > one.rows.num_rows:  # seldom: clearing first would cost every write what only a repeated one needs
        _clear(db, one.table, where)
        _insert(db, one, "arriving", check)
        found = _count(db, one, where)
    return found


def put_sifted(db: duckdb.DuckDBPyConnection, one: Arrival, source: str) -> int:
    """Replace or merge with the rows of `source`; how many the unit is answerable for stand there now."""
    if one.table.write == "merge" and _meets(db, one):
        return _merged(db, one, source)
    where = _place(one)
    if one.table.write == "replace":
        _clear(db, one.table, where)
    _insert(db, one, source)
    return _count(db, one, where)


def _run(db: duckdb.DuckDBPyConnection, one: Arrival, sql: str, values: tuple[object, ...] = ()) -> int:
    """Run a statement which may name the rows, once, as `arriving`; the number that it gives, of rows or as such."""
    arriving = one.rows.__arrow_c_stream__()  # DuckDB finds it by name, for one scan; all it knows better costs more
    row = db.execute(sql, values).fetchone()
    del arriving
    assert row is not None
    return int(row[0])


def _insert(db: duckdb.DuckDBPyConnection, one: Arrival, source: str, where: str = "TRUE") -> None:
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


def _clear(db: duckdb.DuckDBPyConnection, table: Table, where: str) -> None:
    db.execute(f"DELETE FROM {table.full_name} WHERE {where}")  # noqa: S608 - names of the contract


def _meets(db: duckdb.DuckDBPyConnection, one: Arrival) -> bool:
    """Whether there are rows on the dates of these, for them to be merged with."""
    return one.span is not None and _count(db, one, one.span) > 0


def _merged(db: duckdb.DuckDBPyConnection, one: Arrival, source: str, check: str = "TRUE") -> int:
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
