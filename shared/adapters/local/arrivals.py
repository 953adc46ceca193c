"""Rows on their way into a unit's part of a table, and the statements that put them there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from shared.adapters.local import validation
from shared.contracts.rows import SYSTEM_COLUMNS, Table
from shared.ports import Scope, Written


@dataclass(eq=False)
class Arrival:
    """Rows for a scope; `found` is how many of them were read back once they are written."""

    table: Table
    rows: pa.Table
    scope: Scope
    hash: str
    is_whole: bool  # no required value is missing, no key comes twice
    found: int | None = None

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the contract's checks stands between the rows and the table."""
        return self.is_whole and self.table.write == "replace" and self.scope.token == 1

    def goes_with(self, other: "Arrival") -> bool:
        """Whether both can be put in by the same statements: other units' rows for the same part of the table."""
        mine, others = self.scope, other.scope
        return (
            self.table is other.table
            and bool(self.table.unit_column)
            and mine.unit != others.unit
            and (mine.run_id, mine.generation) == (others.run_id, others.generation)
            and (mine.from_date, mine.to_date) == (others.from_date, others.to_date)
        )

    def written(self, refused: Mapping[str, int]) -> Written:
        """What became of them."""
        return Written(self.rows.num_rows, self.found or 0, self.hash, refused, self.rows.nbytes)


def arrival(table: Table, rows: pa.Table, scope: Scope) -> Arrival:
    """The rows, hashed and looked over as far as that needs no SQL."""
    return Arrival(table, rows, scope, *validation.look_over(table, rows))


def part_of(table: Table, scopes: Sequence[Scope]) -> str:
    """The condition that selects what these scopes of one run and window are answerable for."""
    scope = scopes[0]
    conditions = [f"{table.partition} BETWEEN DATE '{scope.from_date}' AND DATE '{scope.to_date}'"]
    if table.unit_column:
        units = ", ".join(f"'{s.unit}'" for s in scopes)
        conditions.append(f"{table.unit_column} IN ({units})")
    if table.keep_generations:
        conditions.append(f"generation = {scope.generation:d}")
    return " AND ".join(conditions)


def insertion(table: Table, scope: Scope, source: str, where: str = "TRUE") -> str:
    """The statement that adds the rows, by date where they span several: a slate then scans its days only.

    Its two parameters are the run and the generation.
    """
    order = f" ORDER BY {table.partition}" if scope.from_date < scope.to_date else ""
    select = f"SELECT *, ? AS run_id, ? AS generation FROM {source} WHERE {where}{order}"  # noqa: S608 - of the contract
    return f"INSERT INTO {table.full_name} BY NAME {select}"


def deletion(table: Table, scopes: Sequence[Scope]) -> str:
    """The statement that takes away what the scopes had."""
    return f"DELETE FROM {table.full_name} WHERE {part_of(table, scopes)}"  # noqa: S608


def replace_whole(db: duckdb.DuckDBPyConnection, group: Sequence[Arrival]) -> None:
    """Put the rows of the group in place of what its scopes had; raises `BROKEN` at a row that breaks a check."""
    table, scopes = group[0].table, [a.scope for a in group]
    arriving = pa.concat_tables([a.rows for a in group])  # DuckDB finds it by this name, at half the price of a view
    db.execute(deletion(table, scopes))
    sql = insertion(table, scopes[0], "arriving", validation.raising(table))
    db.execute(sql, [scopes[0].run_id, scopes[0].generation])
    del arriving


def count_by_unit(db: duckdb.DuckDBPyConnection, table: Table, scopes: Sequence[Scope]) -> dict[str, int]:
    """How many rows each of the scopes has, by its unit."""
    unit = table.unit_column or f"'{scopes[0].unit}'"
    sql = f"SELECT {unit}, COUNT(*) FROM {table.full_name} WHERE {part_of(table, scopes)} GROUP BY 1"  # noqa: S608
    return dict(db.execute(sql).fetchall())


def put_sifted(db: duckdb.DuckDBPyConnection, one: Arrival, source: str) -> str:
    """Replace or merge with the rows of `source`; the condition that selects what the unit is answerable for."""
    if one.table.write == "merge":
        return _merge(db, one.table, one.scope, source, one.rows)
    db.execute(deletion(one.table, [one.scope]))
    db.execute(insertion(one.table, one.scope, source), [one.scope.run_id, one.scope.generation])
    return part_of(one.table, [one.scope])


def _merge(db: duckdb.DuckDBPyConnection, table: Table, scope: Scope, source: str, arriving: pa.Table) -> str:
    """Put by key; a row whose content is already there stays as it is, with its first known_at."""
    bounds = pc.min_max(arriving.column(table.partition)).as_py()
    if bounds["min"] is None:
        return "FALSE"
    span = f"{table.partition} BETWEEN DATE '{bounds['min']}' AND DATE '{bounds['max']}'"
    if count(db, f"SELECT COUNT(*) FROM {table.full_name} WHERE {span}"):  # noqa: S608
        key = " AND ".join(f"i.{k} = e.{k}" for k in table.key)
        bookkeeping = {*SYSTEM_COLUMNS, "known_at", "known_at_source", *table.volatile}
        content = [c.name for c in table.columns if c.name not in bookkeeping]
        same = " AND ".join(f"i.{c} IS NOT DISTINCT FROM e.{c}" for c in content)
        existing = f"(SELECT * FROM {table.full_name} WHERE {span})"  # noqa: S608
        keep = f"NOT EXISTS (SELECT 1 FROM {existing} e WHERE {key} AND {same})"  # noqa: S608
        if count(db, f"CREATE OR REPLACE TEMP TABLE changed AS SELECT * FROM {source} i WHERE {keep}"):  # noqa: S608
            db.execute(f"DELETE FROM {table.full_name} e USING changed i WHERE {key} AND e.{span}")  # noqa: S608
            db.execute(insertion(table, scope, "changed"), [scope.run_id, scope.generation])
    else:
        db.execute(insertion(table, scope, source), [scope.run_id, scope.generation])
    keys = ", ".join(table.key)
    return f"{span} AND ({keys}) IN (SELECT ({keys}) FROM {source})"  # noqa: S608


def count(db: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The one number that the statement gives."""
    row = db.execute(sql).fetchone()
    assert row is not None
    return int(row[0])
