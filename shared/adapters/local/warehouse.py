"""The Tables port on DuckDB: one process owns the file; reads pass the door, writes validate and read back."""

import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from shared.adapters.fitted_rows import QUARANTINE, fitted
from shared.adapters.local import file_errors, tuning, validation
from shared.adapters.local.answers import Answers
from shared.adapters.local.arrivals import Arrival, arrival, put
from shared.contracts.rows import Table, tables
from shared.errors import ContractError, Fenced, FileDamaged, StaleGeneration
from shared.ports import Query, Scope, Written
from shared.sql import door, gsql

_FENCES = """
CREATE TABLE IF NOT EXISTS nba_orchestration.write_fences (
  table_name VARCHAR, run_id VARCHAR, unit VARCHAR, generation BIGINT, token BIGINT)
"""
_SESSION = ("SET TimeZone = 'UTC'", *gsql.DUCKDB_MACROS)  # of every connection
# By the estimates of a reopened file a query over eight seasons joined every player with every other first, and ran out
# of memory: queries are joined as they are written.
_JOIN_AS_WRITTEN = "SET disabled_optimizers = 'join_order'"
FIRST_CLAIM = (1, 1)  # generation and token of an undisturbed run: nothing older exists, so no fence is stored
SHORT_WINDOW = timedelta(days=31)
Fence = tuple[str, str, str]  # table, run and unit
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


@cache
def _parameters(sql: str) -> frozenset[str]:
    return frozenset(_PARAMETER.findall(sql))


class DuckTables:
    """All tables of the contracts in one DuckDB file, or in memory without a path.

    Threads read and check side by side, each through a connection of its own; transactions that change rows are one
    at a time.
    """

    taken_at: datetime | None = None  # the file is the present

    def __init__(
        self, path: Path | None, *, read_only: bool = False, memory_limit: str = "1GB", tuned: bool = True
    ) -> None:
        self._lock = threading.Lock()  # of the fields below; held for moments only
        self._writing = threading.Lock()  # of the one transaction, and of the fences
        self._long = threading.Lock()  # of the one long window: two at once can exceed the memory limit
        self._own = threading.local()
        self._opened: list[duckdb.DuckDBPyConnection] = []
        self._writes: Counter[str] = Counter()  # by table: a kept answer holds while its tables are unchanged
        self._is_tuned = tuned
        self._answers = Answers(*tuning.ANSWERS)
        if path is not None and not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with file_errors.opening(path, read_only=read_only):
            self._db = duckdb.connect(str(path) if path else ":memory:", read_only=read_only)
        self.limit_memory(memory_limit)
        for statement in (_JOIN_AS_WRITTEN, *_SESSION):
            self._db.execute(statement)
        if tuned:
            self._db.execute(f"SET checkpoint_threshold = '{tuning.CHECKPOINT_AT}'")
        with file_errors.using(path):
            self._fences = {} if read_only else self._prepare(path)

    def _prepare(self, path: Path | None) -> dict[Fence, tuple[int, int]]:
        """Make what is missing of the tables; the fences. One process owns the file: none can change in it unseen."""
        self._check_columns(path)
        self._create_tables()
        self._db.execute("CHECKPOINT")  # until then the log of a killed process is held in memory
        fences = (
            "SELECT table_name, run_id, unit, MAX((generation, token)) FROM nba_orchestration.write_fences GROUP BY ALL"
        )
        return {(t, r, u): f for t, r, u, f in self._db.execute(fences).fetchall()}

    def limit_memory(self, most: str) -> None:
        """From now on use at most this much memory, as DuckDB writes sizes."""
        self._db.execute(f"SET memory_limit = '{most}'")

    def expect_slates(self) -> None:
        """From now on most queries are about one date."""
        if self._is_tuned:
            self._db.execute(f"SET threads = {tuning.SLATE_THREADS:d}")
            self._db.execute(f"SET disabled_optimizers = '{tuning.SLATE_WITHOUT}'")

    def _create_tables(self) -> None:
        for dataset in sorted({t.dataset for t in tables().values()}):
            self._db.execute(f"CREATE SCHEMA IF NOT EXISTS {dataset}")
        for table in tables().values():
            self._db.execute(table.duckdb_ddl())
            self._migrate(table)
        self._db.execute(_FENCES)

    def _migrate(self, table: Table) -> None:
        """A home made by an older version gains the columns added since, NULL in its old rows.

        A column that need not have a value now, or is not written any more, may be NULL there too.
        """
        may_be_null = {
            name: null == "YES" for name, _, null, *_ in self._db.execute(f"DESCRIBE {table.full_name}").fetchall()
        }
        required = {c.name for c in table.columns if c.required}
        alter = f"ALTER TABLE {table.full_name}"
        for column in table.columns:
            if column.name not in may_be_null:
                self._db.execute(f'{alter} ADD COLUMN "{column.name}" {column.duckdb_type}')
        for name, null in may_be_null.items():
            if not null and name not in required:
                self._db.execute(f'{alter} ALTER COLUMN "{name}" DROP NOT NULL')

    def is_current(self) -> bool:
        """Whether each table of the contracts is there with all its columns, as this version writes them."""
        present = self._present()
        return all({c.name for c in t.columns} <= set(present.get(name, ())) for name, t in tables().items())

    def _present(self) -> dict[str, list[str]]:
        """The names of the columns by table."""
        sql = "SELECT schema_name || '.' || table_name, LIST(column_name) FROM duckdb_columns() GROUP BY 1"
        return dict(self._db.execute(sql).fetchall())

    def _check_columns(self, path: Path | None) -> None:
        """FileDamaged if a table lacks the key or partition that every version of its contract has."""
        present = self._present()
        for name, table in tables().items():
            if name in present and not {*table.key, table.partition} <= set(present[name]):
                raise FileDamaged(path, f"its table {name} has other columns")

    # -- reading ------------------------------------------------------------------------------------------------

    def query(self, sql: str, reads: Mapping[str, int], params: Mapping[str, Any], *, as_of: bool) -> pa.Table:
        """Rows of a GoogleSQL query behind the door; only parameters that the text names are bound."""
        duck_sql = door.duckdb_sql(sql, reads, as_of=as_of)
        if not self._is_tuned:
            return self.read(duck_sql, params)
        with self._lock:
            versions = tuple(self._writes[name] for name in door.tables_of(sql))
        asked = (duck_sql, repr([params.get(name) for name in sorted(_parameters(duck_sql))]), versions)

        return self._answers.of(asked, lambda: self.read(duck_sql, params))

    def read(self, duck_sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Rows of a DuckDB query of our own: for exports and the operator, never for features."""
        with file_errors.using(self._path):
            answer = _execute(self._connection(), duck_sql, params or {})
            return _with_lists(answer.to_arrow_table(tuning.BATCH_ROWS) if self._is_tuned else answer.to_arrow_table())

    def snapshot(self) -> "Snapshot":
        """What is committed now, to be read from other threads while this goes on writing."""
        own = self._db.cursor()
        for statement in (*_SESSION, "BEGIN TRANSACTION READ ONLY", "FROM nba_orchestration.write_fences LIMIT 1"):
            own.execute(statement)  # the transaction begins with the first table that it reads
        return Snapshot(own)

    def copy(self, duck_sql: str, target: Path, options: str) -> None:
        """Write a DuckDB query's rows to a file."""
        with self._writing:
            self._db.execute(f"COPY ({duck_sql}) TO '{str(target).replace(chr(39), chr(39) * 2)}' ({options})")

    def _connection(self) -> duckdb.DuckDBPyConnection:
        """This thread's connection."""
        own: duckdb.DuckDBPyConnection | None = getattr(self._own, "connection", None)
        if own is None:
            with self._lock:
                own = self._db.cursor()
                self._opened.append(own)
            for statement in _SESSION:
                own.execute(statement)
            self._own.connection = own
        return own

    # -- writing ------------------------------------------------------------------------------------------------

    def write(self, table: Table, rows: pa.Table | Query, scope: Scope) -> Written:
        """Put rows, or a query's result, into the scope; rows that a check refuses go whole to quarantine."""
        with nullcontext() if _is_short(scope.from_date, scope.to_date) else self._long:
            if isinstance(rows, Query):
                rows = self.query(rows.sql, rows.reads, rows.params, as_of=rows.as_of)
            one = arrival(table, fitted(table, rows), scope)
            with file_errors.using(self._path):
                written = self._write_checked(one) if one.is_plain and self._is_tuned else None
                return written or self._write_sifted(one)

    def _write_checked(self, one: Arrival) -> Written | None:
        """Write the rows, checked while they are inserted; None, and nothing written, if they have to be sifted.

        Sifting all rows costs 1.23 times the processor seconds of a date (tuning.py, a).
        """
        db = self._connection()
        try:
            with self._transaction(db, one.table, one.scope):
                stored = put(db, one, "arriving", validation.raising(one.table))
        except duckdb.InvalidInputException:  # raised by a check; what else it may be, sifting meets again
            return None
        return Written(one.rows.num_rows, stored, one.hash, {}, one.rows.nbytes)

    def _write_sifted(self, one: Arrival) -> Written:
        """Write the rows that no rule refuses; the others go to quarantine."""
        db = self._connection()
        db.register("arriving", one.rows)
        try:
            is_clean = one.is_whole and not validation.breaks_checks(db, one.table, one.rows)
            refused = {} if is_clean else validation.sift(db, one.table)
            with self._transaction(db, one.table, one.scope):
                validation.quarantine(db, one.table, one.scope, refused)
                stored = put(db, one, "accepted" if refused else "arriving")
        finally:
            db.unregister("arriving")
        return Written(one.rows.num_rows, stored, one.hash, refused, one.rows.nbytes)

    @contextmanager
    def _transaction(self, db: duckdb.DuckDBPyConnection, table: Table, scope: Scope) -> Iterator[None]:
        """The one transaction, behind its fence, which is remembered when it has ended well.

        Versions change before and after, so that an answer read in between is never taken for a later one.
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
        """Refuse a superseded write; a newer one raises the fence, and the raised fence is returned."""
        identity = (table.full_name, scope.run_id, scope.unit)
        generation, token = self._fences.get(identity, FIRST_CLAIM)
        if generation > scope.generation:
            raise StaleGeneration(f"{scope.run_id} {scope.unit}", generation)
        if generation == scope.generation and token > scope.token:
            raise Fenced(f"{scope.run_id} {scope.unit}", token)
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


class Snapshot:
    """The rows of one moment, from a transaction of its own that ends with the last reference to this."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection, self._reading = connection, threading.Lock()

    def read(self, duck_sql: str, params: Mapping[str, Any]) -> pa.Table:
        """Rows of a DuckDB query, one query at a time; duckdb.Error for a mistake, and for what is not a query."""
        if any(s.type != duckdb.StatementType.SELECT for s in duckdb.extract_statements(duck_sql)):
            raise duckdb.InvalidInputException("a reader can only select")
        with self._reading:
            return _with_lists(_execute(self._connection, duck_sql, params).to_arrow_table())

    def is_over(self) -> bool:
        """Whether an error in a query, as one in its arithmetic, has ended the transaction."""
        try:
            self.read("SELECT 1", {})
        except duckdb.TransactionException:
            return True
        return False


def _execute(own: duckdb.DuckDBPyConnection, sql: str, params: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
    named = _parameters(sql)
    missing = named - set(params)
    if missing:
        raise ContractError(f"the query names parameters that are not given: {', '.join(sorted(missing))}")
    return own.execute(sql, {n: params[n] for n in named}) if named else own.execute(sql)


def _with_lists(rows: pa.Table) -> pa.Table:
    """The rows with fixed-size arrays, which only the file needs, as the lists of the contract."""
    sized = [n for n, kind in enumerate(rows.schema.types) if pa.types.is_fixed_size_list(kind)]
    if not sized:
        return rows
    schema = rows.schema
    for n in sized:
        schema = schema.set(n, schema.field(n).with_type(pa.list_(schema.field(n).type.value_type)))
    return rows.cast(schema)


def _is_short(first: date, last: date) -> bool:
    return last - first <= SHORT_WINDOW
