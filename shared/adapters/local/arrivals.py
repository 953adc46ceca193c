"""Rows on their way into a unit's part of a table, and the statements that put them there."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from shared.adapters.local import validation
from shared.contracts.rows import SYSTEM_COLUMNS, Table
from shared.ports import Scope, Written


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
        """Whether they need not be looked at one by one, unless one breaks a check or has others to be merged with."""
        return self.is_whole and self.scope.token == 1

    @property
    def span(self) -> str | None:
        """The condition that selects the partitions of the rows; None without rows."""
        bounds = pc.min_max(self.rows.column(self.table.partition)).as_py()
        if bounds["min"] is None:
            return None
        return f"{self.table.partition} BETWEEN DATE '{bounds['min']}' AND DATE '{bounds['max']}'"


def arrival(table: Table, rows: pa.Table, scope: Scope) -> Arrival:
    """The rows, hashed and looked over as far as that needs no SQL."""
    return Arrival(table, rows, scope, *validation.look_over(table, rows))


def put_checked(db: duckdb.DuckDBPyConnection, one: Arrival) -> str | None:
    """Put the rows in place of what the scope had, or where nothing is to be merged with, as `put_sifted`.

    The condition that selects them, None if they have to be sifted; raises `BROKEN` at a row that breaks a check.
    """
    where = _place(db, one)
    if where is None:
        return None
    arriving = one.rows.__arrow_c_stream__()  # DuckDB finds it by name, for one scan; all that it knows better costs more
    sql = _insertion(one.table, one.scope, "arriving", validation.raising(one.table))
    db.execute(sql, [one.scope.run_id, one.scope.generation])
    del arriving
    return where


def _place(db: duckdb.DuckDBPyConnection, one: Arrival) -> str | None:
    """The condition that will select the rows and now selects none; None if they have others to be merged with."""
    if one.table.write == "replace":
        return _cleared(db, one)
    span, scope = one.span, one.scope
    if span is None or _count(db, one.table, span):
        return None
    return f"{span} AND run_id = '{scope.run_id}' AND generation = {scope.generation:d}"


def put_sifted(db: duckdb.DuckDBPyConnection, one: Arrival, source: str) -> str:
    """Replace or merge with the rows of `source`; the condition that selects what the unit is answerable for."""
    if one.table.write == "merge":
        return _merge(db, one, source)
    where = _cleared(db, one)
    db.execute(_insertion(one.table, one.scope, source), [one.scope.run_id, one.scope.generation])
    return where


def read_back(db: duckdb.DuckDBPyConnection, one: Arrival, where: str, refused: Mapping[str, int]) -> Written:
    """What became of the rows: how many stand in the table now, how many each rule refused."""
    return Written(one.rows.num_rows, _count(db, one.table, where), one.hash, refused, one.rows.nbytes)


def _cleared(db: duckdb.DuckDBPyConnection, one: Arrival) -> str:
    """Take away what the scope had; the condition that selects it."""
    table, scope = one.table, one.scope
    conditions = [f"{table.partition} BETWEEN DATE '{scope.from_date}' AND DATE '{scope.to_date}'"]
    if table.unit_column:
        conditions.append(f"{table.unit_column} = '{scope.unit}'")
    if table.keep_generations:
        conditions.append(f"generation = {scope.generation:d}")
    where = " AND ".join(conditions)
    db.execute(f"DELETE FROM {table.full_name} WHERE {where}")  # noqa: S608 - names of the contract
    return where


def _insertion(table: Table, scope: Scope, source: str, where: str = "TRUE") -> str:
    """The statement that adds the rows, by date where they span several: a slate then scans its days only.

    Its two parameters are the run and the generation.
    """
    order = f" ORDER BY {table.partition}" if scope.from_date < scope.to_date else ""
    select = f"SELECT *, ? AS run_id, ? AS generation FROM {source} WHERE {where}{order}"  # noqa: S608 - of the contract
    return f"INSERT INTO {table.full_name} BY NAME {select}"


def _merge(db: duckdb.DuckDBPyConnection, one: Arrival, source: str) -> str:
    """Put by key; a row whose content is already there stays as it is, with its first known_at."""
    table, span, system = one.table, one.span, [one.scope.run_id, one.scope.generation]
    if span is None:
        return "FALSE"
    if _count(db, table, span):
        key = " AND ".join(f"i.{k} = e.{k}" for k in table.key)
        bookkeeping = {*SYSTEM_COLUMNS, "known_at", "known_at_source", *table.volatile}
        content = [c.name for c in table.columns if c.name not in bookkeeping]
        same = " AND ".join(f"i.{c} IS NOT DISTINCT FROM e.{c}" for c in content)
        existing = f"(SELECT * FROM {table.full_name} WHERE {span})"  # noqa: S608
        keep = f"NOT EXISTS (SELECT 1 FROM {existing} e WHERE {key} AND {same})"  # noqa: S608
        changing = f"CREATE OR REPLACE TEMP TABLE changed AS SELECT * FROM {source} i WHERE {keep}"  # noqa: S608
        if _number(db, changing):
            db.execute(f"DELETE FROM {table.full_name} e USING changed i WHERE {key} AND e.{span}")  # noqa: S608
            db.execute(_insertion(table, one.scope, "changed"), system)
    else:
        db.execute(_insertion(table, one.scope, source), system)
    keys = ", ".join(table.key)
    return f"{span} AND ({keys}) IN (SELECT ({keys}) FROM {source})"  # noqa: S608


def _count(db: duckdb.DuckDBPyConnection, table: Table, where: str) -> int:
    return _number(db, f"SELECT COUNT(*) FROM {table.full_name} WHERE {where}")  # noqa: S608 - of the contract


def _number(db: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The one number that the statement gives: of a CREATE TABLE AS, the rows that it made."""
    row = db.execute(sql).fetchone()
    assert row is not None
    return int(row[0])
