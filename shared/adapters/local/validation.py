"""Validation before write: required values, natural keys and the contract's checks; refused rows are kept whole."""

from collections.abc import Mapping
from functools import cache

import duckdb
import pyarrow as pa

from shared.adapters.fitted_rows import QUARANTINE, own_columns, own_key
from shared.contracts.rows import Table
from shared.ports import Scope
from shared.rules import content
from shared.sql import gsql

BROKEN = "a row breaks a check"


@cache
def _checks(table: Table) -> tuple[tuple[str, str], ...]:
    """Name and DuckDB condition of each check of the contract: true where a row is to be refused."""
    conditions = []
    for name, sql in table.checks:
        condition = gsql.to_duckdb(f"SELECT {sql}").removeprefix("SELECT ")
        conditions.append((name, f"({condition}) IS FALSE"))
    return tuple(conditions)


def _broken(table: Table) -> str:
    """The DuckDB condition that is true of a row which breaks any of the contract's checks; it has some."""
    return " OR ".join(condition for _, condition in _checks(table))


def look_over(table: Table, rows: pa.Table) -> tuple[str, bool]:
    """The content hash of the rows, and whether none lacks a required value and none has the key of another."""
    key = own_key(table)
    ordered = content.ordered(rows, key)
    nulls = any(rows.column(c.name).null_count for c in own_columns(table) if c.required)
    return content.hash_of(ordered, table.volatile), not nulls and not content.repeats(ordered, key)


@cache
def raising(table: Table) -> str:
    """A condition that is true of every row, and raises `BROKEN` instead at one that breaks a check."""
    if not table.checks:
        return "TRUE"
    return f"CASE WHEN {_broken(table)} THEN ERROR('{BROKEN}') ELSE TRUE END"


def sift(db: duckdb.DuckDBPyConnection, table: Table) -> dict[str, int]:
    """Split the rows registered as `arriving` into `accepted` and `refused`; how many were refused, by rule."""
    _split(db, table, own_key(table))
    return dict(db.execute("SELECT rule, COUNT(*) FROM refused GROUP BY rule ORDER BY rule").fetchall())


def breaks_checks(db: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> bool:
    """Whether a row registered as `arriving` breaks a check of the contract."""
    if not table.checks or not rows.num_rows:
        return False
    row = db.execute(f"SELECT COUNT(*) FROM arriving WHERE {_broken(table)}").fetchone()  # noqa: S608 - of the contract
    return bool(row and row[0])


def _split(db: duckdb.DuckDBPyConnection, table: Table, key: list[str]) -> None:
    keys = ", ".join(f'"{k}"' for k in key)
    required = [(f"required:{c.name}", f'"{c.name}" IS NULL') for c in own_columns(table) if c.required]
    cases = " ".join(f"WHEN {condition} THEN '{name}'" for name, condition in (*required, *_checks(table)))
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE judged AS SELECT *, CASE {cases} ELSE NULL END AS broken FROM arriving"  # noqa: S608
    )
    columns = ", ".join(f'"{c.name}"' for c in own_columns(table))
    first = f"ROW_NUMBER() OVER (PARTITION BY {keys}, broken IS NULL ORDER BY {columns}) = 1"
    db.execute(
        "CREATE OR REPLACE TEMP TABLE refused AS"  # noqa: S608 - names of the contract
        " SELECT COALESCE(broken, 'duplicate_key') AS rule, * EXCLUDE (broken) FROM judged j"
        f" QUALIFY broken IS NOT NULL OR NOT {first}"
    )
    db.execute(
        "CREATE OR REPLACE TEMP TABLE accepted AS SELECT * EXCLUDE (broken) FROM judged j"  # noqa: S608
        f" WHERE broken IS NULL QUALIFY {first}"
    )


def quarantine(db: duckdb.DuckDBPyConnection, table: Table, scope: Scope, refused: Mapping[str, int]) -> None:
    """Keep the refused rows of this unit whole, with their rule, in place of those of an earlier attempt."""
    args = [scope.run_id, scope.generation, f"{table.name}:{scope.unit}"]
    if scope.token > 1:
        db.execute(f"DELETE FROM {QUARANTINE} WHERE run_id = ? AND generation = ? AND unit = ?", args)  # noqa: S608
    if not refused:
        return
    select = (
        f"SELECT DATE '{scope.from_date}' AS game_date, ? AS run_id, ? AS generation, ? AS unit,"  # noqa: S608
        f" '{table.full_name}' AS table_name, rule, row_json, MD5(row_json) AS row_hash,"
        " COALESCE(known_at, TIMESTAMPTZ '1970-01-01 00:00:00+00') AS known_at, 'validation' AS source"
        " FROM (SELECT r.rule, r.known_at, TO_JSON(r)::VARCHAR AS row_json FROM refused r)"
    )
    db.execute(f"INSERT INTO {QUARANTINE} BY NAME {select}", args)
