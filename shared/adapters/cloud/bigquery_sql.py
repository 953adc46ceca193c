"""The GoogleSQL that BigQuery is sent: reads behind the door, judgement of arriving rows, one write transaction.

Names come from the contracts, values are parameters. Every statement on a partitioned table names its partitions.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from shared.adapters.fitted_rows import QUARANTINE, own_columns, own_key
from shared.contracts.rows import Table, tables
from shared.errors import ContractError
from shared.ports import Scope
from shared.sql import door

FENCE_COLUMNS = {"table_name": "STRING", "run_id": "STRING", "unit": "STRING", "generation": "INT64", "token": "INT64"}
SUPERSEDED = "tipoff: a newer claim or generation has written"  # for people; the fence is asked which
DUPLICATE = "duplicate_key"
_UNIT = re.compile(r"[a-z0-9_]{1,200}")
_PARAMETER = re.compile(r"@([a-z_][a-z0-9_]*)")


@cache
def _reading(sql: str, reads: tuple[tuple[str, int], ...], as_of: bool) -> str:  # noqa: FBT001 - a cache key
    return door.guarded(sql, dict(reads), as_of=as_of).sql(dialect="bigquery", comments=False)


def reading(sql: str, reads: Mapping[str, int], *, as_of: bool) -> str:
    """The query with every table behind the door; ContractError on an undeclared table, Unportable as locally."""
    return _reading(sql, tuple(sorted(reads.items())), as_of)


def parameters(sql: str) -> frozenset[str]:
    """The names of the parameters that a text uses."""
    return frozenset(_PARAMETER.findall(sql))


def fence(unit: str) -> str:
    """The table that keeps the newest claims of a unit; ContractError for a name that no table can have."""
    if not _UNIT.fullmatch(unit):
        raise ContractError(f"no table can be named after the unit {unit!r}")
    return f"nba_orchestration.fence_{unit}"


def _names(columns: list[str], prefix: str = "") -> str:
    return ", ".join(f"{prefix}`{c}`" for c in columns)


@cache
def judged(table: Table, staged: str) -> str:
    """The staged rows with `rule`, the first one broken or NULL, and `row_json`, the row whole.

    Of the rows that share a key and break nothing else, one is kept whatever order they came in.
    """
    required = [(f"required:{c.name}", f"`{c.name}` IS NULL") for c in own_columns(table) if c.required]
    checks = [(name, f"({sql}) IS FALSE") for name, sql in table.checks]
    cases = " ".join(f"WHEN {condition} THEN '{name}'" for name, condition in (*required, *checks))
    first = f"ROW_NUMBER() OVER (PARTITION BY {_names(own_key(table))}, broken IS NULL ORDER BY MD5(row_json)) = 1"
    return (
        f"SELECT *, IF(broken IS NULL AND NOT is_first, '{DUPLICATE}', broken) AS rule FROM ("  # noqa: S608
        f"SELECT *, {first} AS is_first FROM ("
        f"SELECT *, CASE {cases} ELSE NULL END AS broken, TO_JSON_STRING(arrived) AS row_json FROM {staged} AS arrived"
        ") AS seen) AS numbered"
    )


def refusals(table: Table, staged: str) -> str:
    """How many staged rows break which rule, by rule."""
    counted = f"SELECT rule, COUNT(*) AS refused FROM ({judged(table, staged)}) AS judged"  # noqa: S608
    return f"{counted} WHERE rule IS NOT NULL GROUP BY rule ORDER BY rule"


@dataclass(frozen=True)
class Write:
    """What one write needs to be said: where the rows are staged (None: there are none), which dates they span."""

    table: Table
    scope: Scope
    staged: str | None
    first: date | None  # of the arriving rows' partition column
    last: date | None
    refused: bool

    @property
    def source(self) -> str:
        """The rows to put: the staged ones, or those of them that broke no rule."""
        if not self.refused:
            return str(self.staged)
        own = _names([c.name for c in own_columns(self.table)])
        return f"(SELECT {own} FROM ({judged(self.table, str(self.staged))}) AS judged WHERE rule IS NULL)"  # noqa: S608

    def parameters(self) -> dict[str, object]:
        """A value for every parameter of the script."""
        scope, merged = self.scope, self.table.write == "merge"
        return {
            "table_name": self.table.full_name,
            "run_id": scope.run_id,
            "unit": scope.unit,
            "quarantine_unit": f"{self.table.name}:{scope.unit}",
            "generation": scope.generation,
            "token": scope.token,
            "from_date": scope.from_date,
            "first": (self.first or scope.from_date) if merged else scope.from_date,
            "last": (self.last or scope.from_date) if merged else scope.to_date,
        }

    def script(self) -> str:
        """Fence, quarantine, put and read back: all of it or nothing, but for the empty fence made first."""
        statements = [
            _empty_fence(self.scope.unit),
            "BEGIN TRANSACTION",
            *_fence(self.scope.unit),
            *self._quarantine(),
            *self._put(),
            "COMMIT TRANSACTION",
            self._found(),
        ]
        return ";\n".join(statements) + ";"

    def _quarantine(self) -> list[str]:
        mine = "game_date = @from_date AND run_id = @run_id AND generation = @generation AND unit = @quarantine_unit"
        cleared = [_delete_if_any(QUARANTINE, mine)] if self.scope.token > 1 else []
        if not self.refused:
            return cleared
        known_at = "COALESCE(known_at, TIMESTAMP '1970-01-01 00:00:00+00')"
        known_at = known_at if self.table.has_known_at else known_at.removeprefix("COALESCE(known_at, ")[:-1]
        values = {
            "game_date": "@from_date", "run_id": "@run_id", "generation": "@generation", "unit": "@quarantine_unit",
            "table_name": "@table_name", "rule": "rule", "row_json": "row_json",
            "row_hash": "TO_HEX(MD5(row_json))", "known_at": known_at, "source": "'validation'",
        }  # fmt: skip
        return [
            *cleared,
            (
                f"INSERT INTO {QUARANTINE} ({_names(list(values))}) SELECT {', '.join(values.values())}"  # noqa: S608
                f" FROM ({judged(self.table, str(self.staged))}) AS judged WHERE rule IS NOT NULL"
            ),
        ]

    def _put(self) -> list[str]:
        columns = [c.name for c in own_columns(self.table)]
        if self.table.write == "merge":
            return [self._merge(columns)] if self.staged else []
        statements = [_delete_if_any(self.table.full_name, self._window())]
        if self.staged:
            statements.append(
                f"INSERT INTO {self.table.full_name} ({_names([*columns, 'run_id', 'generation'])})"  # noqa: S608
                f" SELECT {_names(columns)}, @run_id, @generation FROM {self.source} AS arrived"
            )
        return statements

    def _merge(self, columns: list[str]) -> str:
        """By key; a row whose content is already there stays as it is, with its first known_at."""
        content = [c for c in columns if c not in {"known_at", "known_at_source", *self.table.volatile}]
        same = " AND ".join(f"arrived.`{c}` IS NOT DISTINCT FROM there.`{c}`" for c in content)
        change = ", ".join(f"`{c}` = arrived.`{c}`" for c in columns)
        return (
            f"MERGE INTO {self.table.full_name} AS there USING {self.source} AS arrived"  # noqa: S608
            f" ON {self._key()} AND there.{self._span()}"
            f" WHEN MATCHED AND NOT ({same}) THEN UPDATE SET {change}, run_id = @run_id, generation = @generation"
            f" WHEN NOT MATCHED THEN INSERT ({_names([*columns, 'run_id', 'generation'])})"
            f" VALUES ({_names(columns, 'arrived.')}, @run_id, @generation)"
        )

    def _found(self) -> str:
        counted = f"SELECT COUNT(*) AS found FROM {self.table.full_name} AS there WHERE"  # noqa: S608
        if self.table.write != "merge":
            return f"{counted} {self._window()}"
        if not self.staged:
            return "SELECT 0 AS found"
        put = f"SELECT 1 FROM {self.source} AS arrived WHERE {self._key()}"  # noqa: S608
        return f"{counted} there.{self._span()} AND EXISTS ({put})"

    def _key(self) -> str:
        return " AND ".join(f"arrived.`{k}` = there.`{k}`" for k in own_key(self.table))

    def _span(self) -> str:
        return f"`{self.table.partition}` BETWEEN @first AND @last"

    def _window(self) -> str:
        conditions = [self._span()]
        if self.table.unit_column:
            conditions.append(f"`{self.table.unit_column}` = @unit")
        if self.table.keep_generations:
            conditions.append("generation = @generation")
        return " AND ".join(conditions)


_MINE = "table_name = @table_name AND run_id = @run_id AND unit = @unit"


def _empty_fence(unit: str) -> str:
    """A row for the transaction to update: two of them at once then conflict, where two inserts would not."""
    return (
        f"INSERT INTO {fence(unit)} ({_names(list(FENCE_COLUMNS))})"  # noqa: S608
        " SELECT @table_name, @run_id, @unit, 0, 0 FROM (SELECT 1 AS one)"
        f" WHERE NOT EXISTS (SELECT 1 FROM {fence(unit)} WHERE {_MINE})"
    )


def newest_claim(unit: str) -> str:
    """The newest claim that has written, if it is newer than the scope's: one row or none."""
    newer = "(generation > @generation OR generation = @generation AND token > @token)"
    claims = f"SELECT generation, token FROM {fence(unit)} WHERE {_MINE} AND {newer}"  # noqa: S608
    return f"{claims} ORDER BY generation DESC, token DESC LIMIT 1"


def _fence(unit: str) -> list[str]:
    return [
        f"IF EXISTS ({newest_claim(unit)}) THEN RAISE USING MESSAGE = '{SUPERSEDED}'; END IF",
        f"UPDATE {fence(unit)} SET generation = @generation, token = @token WHERE {_MINE}",  # noqa: S608
    ]


def _delete_if_any(table: str, where: str) -> str:
    """Delete rows, where there are any: a DELETE of none would still conflict with those of other units."""
    return f"IF EXISTS (SELECT 1 FROM {table} WHERE {where}) THEN DELETE FROM {table} WHERE {where}; END IF"  # noqa: S608


def ddl(units: Iterable[str]) -> dict[str, str]:
    """CREATE TABLE by full name: of the contracts and of the units' fences.

    For emulators and demonstrations; in the cloud Terraform makes the same tables.
    """
    columns = ", ".join(f"{n} {t}" for n, t in FENCE_COLUMNS.items())
    ddl = {fence(unit): f"CREATE TABLE IF NOT EXISTS {fence(unit)} ({columns})" for unit in units}
    for table in tables().values():
        columns = ", ".join(f"`{c.name}` {c.type}{' NOT NULL' if c.required else ''}" for c in table.columns)
        ddl[table.full_name] = (
            f"CREATE TABLE IF NOT EXISTS {table.full_name} ({columns}) PARTITION BY `{table.partition}`"
            f"{f' CLUSTER BY {_names(list(table.cluster))}' if table.cluster else ''}"
            " OPTIONS (require_partition_filter = TRUE)"
        )
    return ddl
