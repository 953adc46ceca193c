"""The Tables port on DuckDB: one process owns the file; reads pass the door, writes validate and read back."""

import os
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from shared import door, gsql
from shared.adapters.local import validation
from shared.adapters.rows import QUARANTINE, fitted
from shared.contracts.rows import SYSTEM_COLUMNS, Table, tables
from shared.errors import ContractError, Fenced, StaleGeneration, UserError
from shared.ports import Query, Scope, Written

_FENCES = """
CREATE TABLE IF NOT EXISTS nba_orchestration.write_fences (
  table_name VARCHAR, run_id VARCHAR, unit VARCHAR, generation BIGINT, token BIGINT)
"""
_SESSION = ("SET TimeZone = 'UTC'", *gsql.DUCKDB_MACROS)  # what every connection needs
CHECKPOINT_AT = "64MB"  # of log: with every date it costs more than all commits, with every thirtieth it takes memory
# The estimates of a file that was opened again once had a form of eight seasons join everybody with everybody first.
JOIN_AS_WRITTEN = "SET disabled_optimizers = 'join_order'"
FIRST_CLAIM = (1, 1)  # generation and token of an undisturbed run: nothing older exists, so nothing is remembered
MAX_HELD_ANSWERS = 6
MAX_HELD_BYTES = 4 * 1024 * 1024
SHORT_WINDOW = timedelta(days=31)
Fence = tuple[str, str, str]  # table, run and unit
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


@cache
def _parameters(sql: str) -> frozenset[str]:
    return frozenset(_PARAMETER.findall(sql))


class DuckTables:
    """All tables of the contracts in one DuckDB file, or in memory without a path.

    Threads read, check and look back side by side, each through a connection of its own; transactions that change rows
    are one at a time.
    """

    def __init__(self, path: Path | None, *, read_only: bool = False, memory_limit: str = "1GB") -> None:
        self._lock = threading.Lock()  # of the fields below; held for moments only
        self._writing = threading.Lock()  # of the one transaction, and of the fences
        self._long = threading.Lock()  # of the one long window: two at once need more memory than there may be
        self._own = threading.local()
        self._opened: list[duckdb.DuckDBPyConnection] = []
        self._writes: Counter[str] = Counter()  # by table: an answer held is good while its tables are as they were
        self._answers: dict[tuple[str, str], tuple[tuple[int, ...], pa.Table]] = {}
        if path is not None and not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = duckdb.connect(str(path) if path else ":memory:", read_only=read_only)
        except duckdb.IOException as error:
            raise UserError(_opening_problem(path, str(error))) from error
        self._cores, self._threads = max(2, os.cpu_count() or 1), 0  # 0: not said yet
        self.limit_memory(memory_limit)
        for statement in (f"SET checkpoint_threshold = '{CHECKPOINT_AT}'", *_SESSION):
            self._db.execute(statement)
        if not read_only:
            self._check_columns(path)
            self._create_tables()
            self._db.execute("CHECKPOINT")  # what a killed process left in the log is held in memory until then
        # One process owns the file, so the fences it has read and written are all there are.
        fences = (
            "SELECT table_name, run_id, unit, MAX((generation, token)) FROM nba_orchestration.write_fences GROUP BY ALL"
        )
        self._fences = {} if read_only else {(t, r, u): f for t, r, u, f in self._db.execute(fences).fetchall()}

    def limit_memory(self, most: str) -> None:
        """From now on hold no more than that, as DuckDB writes sizes."""
        self._db.execute(f"SET memory_limit = '{most}'")

    def _create_tables(self) -> None:
        for dataset in sorted({t.dataset for t in tables().values()}):
            self._db.execute(f"CREATE SCHEMA IF NOT EXISTS {dataset}")
        for table in tables().values():
            self._db.execute(table.duckdb_ddl())
            self._add_missing_columns(table)
        self._db.execute(_FENCES)

    def _add_missing_columns(self, table: Table) -> None:
        """A home made by an older version gains the columns added since, NULL in its old rows."""
        present = {row[0] for row in self._db.execute(f"DESCRIBE {table.full_name}").fetchall()}
        for column in table.columns:
            if column.name not in present:
                self._db.execute(f'ALTER TABLE {table.full_name} ADD COLUMN "{column.name}" {column.duckdb_type}')

    def _check_columns(self, path: Path | None) -> None:
        """UserError if a table of the file lacks what no version of its contract lacks: another program's."""
        sql = "SELECT schema_name || '.' || table_name, LIST(column_name) FROM duckdb_columns() GROUP BY 1"
        found = dict(self._db.execute(sql).fetchall())
        for name, table in tables().items():
            if name in found and not {*table.key, table.partition} <= set(found[name]):
                raise UserError(f"{path} is not a warehouse of ours: its {name} has other columns; move it away")

    # -- reading ------------------------------------------------------------------------------------------------

    def query(self, sql: str, reads: Mapping[str, int], params: Mapping[str, Any], *, as_of: bool) -> pa.Table:
        """Rows of a GoogleSQL query behind the door; only parameters that the text names are bound."""
        duck_sql = door.duckdb_sql(sql, reads, as_of=as_of)
        asked = (duck_sql, repr([params.get(name) for name in sorted(_parameters(duck_sql))]))
        with self._lock:
            versions = tuple(self._writes[name] for name in door.tables_of(sql))
            held = self._answers.get(asked)
            if held is not None and held[0] == versions:
                self._answers[asked] = self._answers.pop(asked)  # the last used is the last to go
                return held[1]
            self._use_threads(params)
        rows = self.read(duck_sql, params)
        with self._lock:
            self._remember(asked, versions, rows)
        return rows

    def _remember(self, asked: tuple[str, str], versions: tuple[int, ...], rows: pa.Table) -> None:
        """Keep a small answer for the units that ask the same of unchanged tables: every system of a slate does."""
        if rows.nbytes <= MAX_HELD_BYTES:
            self._answers[asked] = (versions, rows)
            if len(self._answers) > MAX_HELD_ANSWERS:
                self._answers.pop(next(iter(self._answers)))

    def _use_threads(self, params: Mapping[str, Any]) -> None:
        """One thread for a slate: handing its few rows between threads costs more than the work."""
        wanted = 1 if _is_short(params["from_date"], params["to_date"]) else self._cores
        if wanted != self._threads:
            self._db.execute(f"SET threads = {wanted:d}")
            self._threads = wanted
            if wanted > 1:  # and from then on: another thread may be planning seasons
                self._db.execute(JOIN_AS_WRITTEN)

    def read(self, duck_sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Rows of a DuckDB query of our own: for exports and people looking, never for features."""
        return self._execute(duck_sql, params or {}).to_arrow_table()

    def copy(self, duck_sql: str, target: Path, options: str) -> None:
        """Write a DuckDB query's rows to a file."""
        with self._writing:
            self._db.execute(f"COPY ({duck_sql}) TO '{str(target).replace(chr(39), chr(39) * 2)}' ({options})")

    def _execute(self, sql: str, params: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
        named = _parameters(sql)
        missing = named - set(params)
        if missing:
            raise ContractError(f"the query names parameters nobody gave: {', '.join(sorted(missing))}")
        own = self._connection()
        return own.execute(sql, {n: params[n] for n in named}) if named else own.execute(sql)

    def _connection(self) -> duckdb.DuckDBPyConnection:
        """This thread's connection."""
        found: duckdb.DuckDBPyConnection | None = getattr(self._own, "connection", None)
        if found is None:
            with self._lock:
                found = self._db.cursor()
                self._opened.append(found)
            for statement in _SESSION:
                found.execute(statement)
            self._own.connection = found
        return found

    # -- writing ------------------------------------------------------------------------------------------------

    def write(self, table: Table, rows: pa.Table | Query, scope: Scope) -> Written:
        """Put rows, or a query's result, into the scope; what a check refuses goes to quarantine, whole."""
        with nullcontext() if _is_short(scope.from_date, scope.to_date) else self._long:
            if isinstance(rows, Query):
                rows = self.query(rows.sql, rows.reads, rows.params, as_of=rows.as_of)
            return self._write(table, fitted(table, rows), scope)

    def _write(self, table: Table, arriving: pa.Table, scope: Scope) -> Written:
        db = self._connection()
        db.register("arriving", arriving)
        try:
            findings = validation.inspect(db, table, arriving)
            source = "accepted" if findings.refused else "arriving"
            with self._transaction(db, table, scope):
                validation.quarantine(db, table, scope, findings.refused)
                where = _put(db, table, scope, source, arriving)
            found = _count(db, f"SELECT COUNT(*) FROM {table.full_name} WHERE {where}")  # noqa: S608
        finally:
            db.unregister("arriving")
        return Written(findings.rows, found, findings.hash, findings.refused, arriving.nbytes)

    @contextmanager
    def _transaction(self, db: duckdb.DuckDBPyConnection, table: Table, scope: Scope) -> Iterator[None]:
        """The one transaction, behind its fence, which is remembered when it has ended well.

        Versions change before and after: what is read meanwhile is of use to nobody later.
        """
        with self._writing:
            self._touch(table)
            db.execute("BEGIN")
            try:
                raised = self._fence(db, table, scope)
                yield
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
            self._fences.update(raised)
            self._touch(table)

    def _fence(self, db: duckdb.DuckDBPyConnection, table: Table, scope: Scope) -> dict[Fence, tuple[int, int]]:
        """Refuse what is superseded; whoever is newer raises the fence, and that is what is returned."""
        identity = (table.full_name, scope.run_id, scope.unit)
        generation, token = self._fences.get(identity, FIRST_CLAIM)
        if generation > scope.generation:
            raise StaleGeneration(f"{scope.run_id} {scope.unit}: generation {generation} has written already")
        if generation == scope.generation and token > scope.token:
            raise Fenced(f"{scope.run_id} {scope.unit}: a newer claim (token {token}) has written already")
        if (generation, token) == (scope.generation, scope.token):
            return {}
        sql = "INSERT INTO nba_orchestration.write_fences VALUES (?, ?, ?, ?, ?)"
        db.execute(sql, [*identity, scope.generation, scope.token])
        return {identity: (scope.generation, scope.token)}

    def _touch(self, table: Table) -> None:
        with self._lock:
            self._writes.update((table.full_name, QUARANTINE))

    def close(self) -> None:
        """Release the file."""
        with self._writing, self._lock:
            for connection in (*self._opened, self._db):
                connection.close()


def _is_short(first: date, last: date) -> bool:
    return last - first <= SHORT_WINDOW


def _put(db: duckdb.DuckDBPyConnection, table: Table, scope: Scope, source: str, arriving: pa.Table) -> str:
    """Replace or merge; returns the condition that selects what the unit is answerable for."""
    if table.write == "merge":
        return _merge(db, table, scope, source, arriving)
    conditions = [f"{table.partition} BETWEEN DATE '{scope.from_date}' AND DATE '{scope.to_date}'"]
    if table.unit_column:
        conditions.append(f"{table.unit_column} = '{scope.unit}'")
    if table.keep_generations:
        conditions.append(f"generation = {scope.generation:d}")
    where = " AND ".join(conditions)
    db.execute(f"DELETE FROM {table.full_name} WHERE {where}")  # noqa: S608 - names of the contract
    _insert(db, table, scope, source)
    return where


def _insert(db: duckdb.DuckDBPyConnection, table: Table, scope: Scope, source: str) -> None:
    """Add the rows, by date where they span several: a slate then scans its days and not the whole table."""
    order = f" ORDER BY {table.partition}" if scope.from_date < scope.to_date else ""
    select = f"SELECT *, ? AS run_id, ? AS generation FROM {source}{order}"  # noqa: S608 - names of the contract
    db.execute(f"INSERT INTO {table.full_name} BY NAME {select}", [scope.run_id, scope.generation])


def _merge(db: duckdb.DuckDBPyConnection, table: Table, scope: Scope, source: str, arriving: pa.Table) -> str:
    """Put by key; a row whose content is already there stays as it is, with its first known_at."""
    bounds = pc.min_max(arriving.column(table.partition)).as_py()
    if bounds["min"] is None:
        return "FALSE"
    span = f"{table.partition} BETWEEN DATE '{bounds['min']}' AND DATE '{bounds['max']}'"
    if _count(db, f"SELECT COUNT(*) FROM {table.full_name} WHERE {span}"):  # noqa: S608
        key = " AND ".join(f"i.{k} = e.{k}" for k in table.key)
        bookkeeping = {*SYSTEM_COLUMNS, "known_at", "known_at_source", *table.volatile}
        content = [c.name for c in table.columns if c.name not in bookkeeping]
        same = " AND ".join(f"i.{c} IS NOT DISTINCT FROM e.{c}" for c in content)
        existing = f"(SELECT * FROM {table.full_name} WHERE {span})"  # noqa: S608
        keep = f"NOT EXISTS (SELECT 1 FROM {existing} e WHERE {key} AND {same})"  # noqa: S608
        if _count(db, f"CREATE OR REPLACE TEMP TABLE changed AS SELECT * FROM {source} i WHERE {keep}"):  # noqa: S608
            db.execute(f"DELETE FROM {table.full_name} e USING changed i WHERE {key} AND e.{span}")  # noqa: S608
            _insert(db, table, scope, "changed")
    else:
        _insert(db, table, scope, source)
    keys = ", ".join(table.key)
    return f"{span} AND ({keys}) IN (SELECT ({keys}) FROM {source})"  # noqa: S608


def _count(db: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = db.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


def _opening_problem(path: Path | None, error: str) -> str:
    if "lock" in error.lower():
        return f"{path} is in use by another tipoff process; stop it or use another --home"
    return f"{path} is not a readable warehouse ({error.splitlines()[0]}); move it away and run again"
