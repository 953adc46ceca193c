"""The as_of door: units that feed a prediction read their tables only through it.

The door wraps each table that a query names, so that only declared tables are read, only the declared days are scanned
(BigQuery bills by the partitions read), and no row known after `@as_of` is returned. The rows of a slate have different
prediction times, so queries also compare `known_at` with each row's own `as_of`.
"""

from collections.abc import Mapping
from functools import cache

from sqlglot import exp

from shared.contracts.rows import Table, tables
from shared.errors import ContractError
from shared.sql import gsql


def _wrapped(table: Table, days_back: int, *, as_of: bool) -> str:
    start = f"DATE_SUB(@from_date, INTERVAL {days_back} DAY)" if days_back else "@from_date"
    conditions = [f"{table.partition} BETWEEN {start} AND @to_date"]
    if as_of and table.has_known_at:
        conditions.append("known_at <= @as_of")
    where = " AND ".join(conditions)
    latest = f" QUALIFY {table.is_newest}" if table.keep_generations else ""  # what is superseded is not an input
    return f"(SELECT * FROM {table.full_name} WHERE {where}{latest})"  # noqa: S608 - names of the contract


def _named(tree: exp.Expr) -> list[tuple[exp.Table, str]]:
    """The nodes that name tables other than the query's own CTEs, each with the table's full name."""
    ctes = {c.alias for c in tree.find_all(exp.CTE)}
    nodes = [(t, f"{t.db}.{t.name}" if t.db else t.name) for t in tree.find_all(exp.Table)]
    return [(node, name) for node, name in nodes if name not in ctes]


@cache
def _parsed(sql: str) -> exp.Expr:
    """The query's tree; shared, so not to be changed."""
    return gsql.parse(sql)


@cache
def _guarded(sql: str, reads: tuple[tuple[str, int], ...], *, as_of: bool) -> exp.Expr:
    known, declared = tables(), dict(reads)
    tree = _parsed(sql).copy()
    for node, name in _named(tree):
        if name not in known or name not in declared:
            raise ContractError(f"the query reads {name}, which its unit does not declare in the map")
        inner = _parsed(f"SELECT * FROM {_wrapped(known[name], declared[name], as_of=as_of)}")  # noqa: S608
        subquery = inner.find(exp.Subquery)
        assert subquery is not None
        node.replace(exp.alias_(subquery.copy(), node.alias or node.name, table=True))
    return tree


@cache
def tables_of(sql: str) -> tuple[str, ...]:
    """The tables that the query's text names, by their full names."""
    return tuple(sorted({name for _, name in _named(_parsed(sql))}))


def guarded(sql: str, reads: Mapping[str, int], *, as_of: bool) -> exp.Expr:
    """The query's tree with every table behind the door; ContractError on an undeclared table."""
    return _guarded(sql, tuple(sorted(reads.items())), as_of=as_of)


@cache
def _duckdb(sql: str, reads: tuple[tuple[str, int], ...], as_of: bool) -> str:  # noqa: FBT001 - a cache key
    return gsql.render(_guarded(sql, reads, as_of=as_of))


def duckdb_sql(sql: str, reads: Mapping[str, int], *, as_of: bool) -> str:
    """The guarded query as DuckDB text, translated once per process."""
    return _duckdb(sql, tuple(sorted(reads.items())), as_of)
