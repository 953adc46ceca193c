"""Validation before write on DuckDB: every rule is one condition, counted over all incoming rows at once."""

from collections.abc import Mapping
from functools import cache

import duckdb

from shared import gsql
from shared.contracts.rows import Table
from shared.ports import Scope

QUARANTINE = "nba_orchestration.quarantined_rows"


@cache
def rules(table: Table) -> tuple[tuple[str, str], ...]:
    """Name and DuckDB condition that is true for a row to be refused: NULL where required, or a FALSE check."""
    system = {"run_id", "generation"}
    required = [(f"required:{c.name}", f'"{c.name}" IS NULL') for c in table.columns if c.required and c.name not in system]
    checks = []
    for name, sql in table.checks:
        condition = gsql.to_duckdb(f"SELECT {sql}").removeprefix("SELECT ")
        checks.append((name, f"({condition}) IS FALSE"))
    return (*required, *checks)


def _duplicates(table: Table) -> str:
    keys = ", ".join(f'"{k}"' for k in table.key)
    return f"SELECT COUNT(*) - COUNT(DISTINCT ({keys})) FROM incoming"  # noqa: S608 - names of the contract


def refuse(db: duckdb.DuckDBPyConnection, table: Table) -> dict[str, int]:
    """Move bad rows of `incoming` to the temporary table `refused` (with the rule); how many by rule."""
    found = rules(table)
    counts = ", ".join(f"COUNT(*) FILTER (WHERE {condition})" for _, condition in found)
    row = db.execute(f"SELECT ({_duplicates(table)}), {counts} FROM incoming").fetchone()  # noqa: S608
    assert row is not None
    broken = {name: int(n) for (name, _), n in zip(found, row[1:], strict=True) if n}
    if not broken and not row[0]:
        return {}
    cases = " ".join(f"WHEN {condition} THEN '{name}'" for name, condition in found)
    db.execute(f"CREATE OR REPLACE TEMP TABLE judged AS SELECT *, CASE {cases} END AS rule FROM incoming")  # noqa: S608
    keys = ", ".join(f'"{k}"' for k in table.key)
    db.execute(
        "CREATE OR REPLACE TEMP TABLE refused AS SELECT * REPLACE (COALESCE(rule, 'duplicate_key') AS rule) FROM judged j"  # noqa: S608
        f" QUALIFY rule IS NOT NULL OR ROW_NUMBER() OVER (PARTITION BY {keys}, rule IS NULL ORDER BY HASH(j)) > 1"
    )
    db.execute(
        "CREATE OR REPLACE TEMP TABLE incoming AS SELECT * EXCLUDE (rule) FROM judged j WHERE rule IS NULL"  # noqa: S608
        f" QUALIFY ROW_NUMBER() OVER (PARTITION BY {keys} ORDER BY HASH(j)) = 1"
    )
    return dict(db.execute("SELECT rule, COUNT(*) FROM refused GROUP BY rule ORDER BY rule").fetchall())


def quarantine(db: duckdb.DuckDBPyConnection, table: Table, scope: Scope, refused: Mapping[str, int]) -> None:
    """Keep the refused rows of this unit whole, with their rule, in place of those of an earlier attempt."""
    args = [scope.run_id, scope.generation, f"{table.name}:{scope.unit}"]
    db.execute(f"DELETE FROM {QUARANTINE} WHERE run_id = ? AND generation = ? AND unit = ?", args)  # noqa: S608
    if not refused:
        return
    select = (
        f"SELECT DATE '{scope.from_date}' AS game_date, ? AS run_id, ? AS generation, ? AS unit,"  # noqa: S608
        f" '{table.full_name}' AS table_name, rule, row_json, MD5(row_json) AS row_hash,"
        " COALESCE(known_at, TIMESTAMPTZ '1970-01-01 00:00:00+00') AS known_at, 'validation' AS source"
        " FROM (SELECT r.rule, r.known_at, TO_JSON(r)::VARCHAR AS row_json FROM refused r)"
    )
    db.execute(f"INSERT INTO {QUARANTINE} BY NAME {select}", args)  # noqa: S608
