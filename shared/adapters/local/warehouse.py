"""The Tables port on DuckDB: one process owns the file; reads pass the door, writes validate and read back."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from shared import door, gsql
from shared.adapters.local import validation
from shared.contracts.rows import SYSTEM_COLUMNS, Table, tables
from shared.errors import ContractError, Fenced, StaleGeneration, UserError
from shared.ports import Query, Scope, Written

_FENCES = """
CREATE TABLE IF NOT EXISTS nba_orchestration.write_fences (
  table_name VARCHAR, run_id VARCHAR, unit VARCHAR, generation BIGINT, token BIGINT)
"""
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


@cache
def _parameters(sql: str) -> frozenset[str]:
    return frozenset(_PARAMETER.findall(sql))


class DuckTables:
    """All tables of the contracts in one DuckDB file, or in memory without a path."""

    def __init__(self, path: Path | None, *, read_only: bool = False, memory_limit: str = "1GB") -> None:
        self._lock = threading.RLock()
        if path is not None and not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = duckdb.connect(str(path) if path else ":memory:", read_only=read_only)
        except duckdb.IOException as error:
            raise UserError(_opening_problem(path, str(error))) from error
        for statement in ("SET TimeZone = 'UTC'", f"SET memory_limit = '{memory_limit}'", *gsql.DUCKDB_MACROS):
            self._db.execute(statement)
        if not read_only:
            self._create_tables()

    def _create_tables(self) -> None:
        for dataset in sorted({t.dataset for t in tables().values()}):
            self._db.execute(f"CREATE SCHEMA IF NOT EXISTS {dataset}")
        for table in tables().values():
            self._db.execute(table.duckdb_ddl())
        self._db.execute(_FENCES)

    # -- reading ------------------------------------------------------------------------------------------------

    def query(self, sql: str, reads: Mapping[str, int], params: Mapping[str, Any], *, as_of: bool) -> pa.Table:
        """Rows of a GoogleSQL query behind the door; only parameters that the text names are bound."""
        return self.read(door.duckdb_sql(sql, reads, as_of=as_of), params)

    def read(self, duck_sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Rows of a DuckDB query of our own: for exports and people looking, never for features."""
        with self._lock:
            return self._execute(duck_sql, params or {}).to_arrow_table()

    def copy(self, duck_sql: str, target: Path, options: str) -> None:
        """Write a DuckDB query's rows to a file."""
        with self._lock:
            self._db.execute(f"COPY ({duck_sql}) TO '{str(target).replace(chr(39), chr(39) * 2)}' ({options})")

    def _execute(self, sql: str, params: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
        named = _parameters(sql)
        missing = named - set(params)
        if missing:
            raise ContractError(f"the query names parameters nobody gave: {', '.join(sorted(missing))}")
        return self._db.execute(sql, {n: params[n] for n in named}) if named else self._db.execute(sql)

    # -- writing ------------------------------------------------------------------------------------------------

    def write(self, table: Table, rows: pa.Table | Query, scope: Scope) -> Written:
        """Put rows, or a query's result, into the scope; what a check refuses goes to quarantine, whole."""
        with self._lock:
            self._stage(table, rows, scope)
            expected = self._count("SELECT COUNT(*) FROM incoming")
            refused = validation.refuse(self._db, table)
            with self._transaction():
                self._fence(table, scope)
                validation.quarantine(self._db, table, scope, refused)
                where = self._put(table, scope)
            found, digest = self._read_back(table, where, scope)
            return Written(expected, found, digest, {rule: n for rule, n in refused.items() if n})

    def _stage(self, table: Table, rows: pa.Table | Query, scope: Scope) -> None:
        """The incoming rows as a temporary table with exactly the contract's columns."""
        own = [c.name for c in table.columns if c.name not in SYSTEM_COLUMNS]
        if isinstance(rows, Query):
            source, params = door.duckdb_sql(rows.sql, rows.reads, as_of=rows.as_of), dict(rows.params)
        else:
            self._db.register("arriving", rows)
            source, params = "SELECT * FROM arriving", {}
        columns = ", ".join(f'"{name}"' for name in own)
        sql = (
            f"CREATE OR REPLACE TEMP TABLE incoming AS SELECT {columns}, $run_id AS run_id,"  # noqa: S608
            f" $generation::BIGINT AS generation FROM ({source})"
        )
        try:
            self._execute(sql, {**params, "run_id": scope.run_id, "generation": scope.generation})
        except duckdb.BinderException as error:
            raise ContractError(f"rows for {table.full_name} lack columns of its contract: {error}") from error
        finally:
            if not isinstance(rows, Query):
                self._db.unregister("arriving")

    def _put(self, table: Table, scope: Scope) -> str:
        """Replace or merge; returns the condition that selects what the unit is answerable for."""
        window = f"{table.partition} BETWEEN DATE '{scope.from_date}' AND DATE '{scope.to_date}'"
        if table.write == "merge":
            return self._merge(table)
        conditions = [window]
        if table.unit_column:
            conditions.append(f"{table.unit_column} = '{scope.unit}'")
        if table.keep_generations:
            conditions.append(f"generation = {scope.generation:d}")
        where = " AND ".join(conditions)
        self._db.execute(f"DELETE FROM {table.full_name} WHERE {where}")  # noqa: S608 - names of the contract
        self._db.execute(f"INSERT INTO {table.full_name} BY NAME SELECT * FROM incoming")  # noqa: S608
        return where

    def _merge(self, table: Table) -> str:
        """Put by key; a row whose content is already there keeps its first known_at."""
        span = f"{table.partition} BETWEEN (SELECT MIN({table.partition}) FROM incoming) AND (SELECT MAX({table.partition}) FROM incoming)"  # noqa: S608,E501 - names of the contract
        key = " AND ".join(f"i.{k} = e.{k}" for k in table.key)
        bookkeeping = {*SYSTEM_COLUMNS, "known_at", "known_at_source", *table.volatile}
        content = [c.name for c in table.columns if c.name not in bookkeeping]
        same = " AND ".join(f"i.{c} IS NOT DISTINCT FROM e.{c}" for c in content)
        existing = f"(SELECT * FROM {table.full_name} WHERE {span})"  # noqa: S608
        keep = f"NOT EXISTS (SELECT 1 FROM {existing} e WHERE {key} AND {same})"  # noqa: S608
        self._db.execute(f"CREATE OR REPLACE TEMP TABLE changed AS SELECT * FROM incoming i WHERE {keep}")  # noqa: S608
        self._db.execute(f"DELETE FROM {table.full_name} e USING changed i WHERE {key}")  # noqa: S608
        self._db.execute(f"INSERT INTO {table.full_name} BY NAME SELECT * FROM changed")  # noqa: S608
        keys = ", ".join(table.key)
        return f"{span} AND ({keys}) IN (SELECT ({keys}) FROM incoming)"  # noqa: S608

    def _read_back(self, table: Table, where: str, scope: Scope) -> tuple[int, str]:
        """How many rows stand there now, and a hash of their content that no order changes."""
        del scope
        hidden = {*SYSTEM_COLUMNS, *table.volatile}
        columns = ", ".join(f'"{c.name}"' for c in table.columns if c.name not in hidden)
        sql = f"SELECT COUNT(*), COALESCE(BIT_XOR(HASH({columns})), 0) FROM {table.full_name} WHERE {where}"  # noqa: S608
        row = self._db.execute(sql).fetchone()
        assert row is not None
        return int(row[0]), f"{int(row[0]):x}-{int(row[1]):016x}"

    def _fence(self, table: Table, scope: Scope) -> None:
        """Refuse what is superseded, remember who wrote last."""
        identity = "table_name = ? AND run_id = ? AND unit = ?"
        args = [table.full_name, scope.run_id, scope.unit]
        sql = f"SELECT generation, token FROM nba_orchestration.write_fences WHERE {identity}"  # noqa: S608
        row = self._db.execute(sql, args).fetchone()
        if row is not None:
            if row[0] > scope.generation:
                raise StaleGeneration(f"{scope.run_id} {scope.unit}: generation {row[0]} has written already")
            if row[0] == scope.generation and row[1] > scope.token:
                raise Fenced(f"{scope.run_id} {scope.unit}: a newer claim (token {row[1]}) has written already")
            self._db.execute(f"DELETE FROM nba_orchestration.write_fences WHERE {identity}", args)  # noqa: S608
        sql = "INSERT INTO nba_orchestration.write_fences VALUES (?, ?, ?, ?, ?)"
        self._db.execute(sql, [*args, scope.generation, scope.token])

    def _count(self, sql: str) -> int:
        row = self._db.execute(sql).fetchone()
        assert row is not None
        return int(row[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._db.close()


def _opening_problem(path: Path | None, error: str) -> str:
    if "lock" in error.lower():
        return f"{path} is in use by another tipoff process; stop it or use another --home"
    return f"{path} is not a readable warehouse ({error.splitlines()[0]}); move it away and run again"
