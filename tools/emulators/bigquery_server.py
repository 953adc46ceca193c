"""Serve an emulated BigQuery: `bigquery_server.py PORT`, run by the emulator's own Python.

It corrects differences between the emulator and BigQuery, so that our code needs no special case. The emulator refuses
uploads without a media type, passes no parameters to scripts, reports RAISE as an internal error, runs the same job id
twice, loses the name of an UNNEST's offset outside the SELECT that reads it, and downloads an extension for geography,
which we do not use.
"""

import re
import sys
from typing import Any

import sqlglot
from bqemulator.api.routes import jobs as routes
from bqemulator.api.routes import upload
from bqemulator.config import PersistenceMode, Settings
from bqemulator.domain.errors import InvalidQueryError
from bqemulator.jobs import executor
from bqemulator.scripting.exceptions import ScriptRaise
from bqemulator.server import run_forever
from bqemulator.sql import inner_query
from bqemulator.storage.engine import DuckDBEngine
from fastapi import HTTPException
from sqlglot import exp

_PARAMETER = re.compile(r"@([a-z_][a-z0-9_]*)")
_execute = executor.execute_query_job


def _literal(parameter: dict[str, Any]) -> str:
    kind: str = parameter["parameterType"]["type"]
    value: str = parameter["parameterValue"]["value"]
    if kind in ("INT64", "FLOAT64", "BOOL"):
        return value
    quoted = "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return quoted if kind == "STRING" else f"{kind} {quoted}"


async def _execute_as_bigquery_does(
    project_id: str, job_id: str, bq_sql: str, query_params: list[dict[str, Any]] | None, ctx: Any, **options: Any
) -> Any:
    """Refuse a job id that exists, replace a script's parameters by literals, report RAISE as an invalid query."""
    if ctx.catalog.get_job(project_id, job_id):
        raise HTTPException(409, f"Already Exists: Job {project_id}:{job_id}")
    if query_params and "BEGIN TRANSACTION" in bq_sql:
        values = {p["name"]: _literal(p) for p in query_params}
        bq_sql = _PARAMETER.sub(lambda match: values[match[1]], bq_sql)
        query_params = None
    try:
        return await _execute(project_id, job_id, bq_sql, query_params, ctx, **options)
    except ScriptRaise as raised:
        raise InvalidQueryError(raised.message) from raised


def _rebase_offsets(bq_sql: str) -> str:
    """Subtract one wherever an offset is read: WITH OFFSET counts from 0, its DuckDB translation from 1."""
    if "WITH OFFSET" not in bq_sql.upper():
        return bq_sql
    tree = sqlglot.parse_one(bq_sql, read="bigquery")
    for unnest in tree.find_all(exp.Unnest):
        offset, select = unnest.args.get("offset"), unnest.find_ancestor(exp.Select)
        if select is None or not isinstance(offset, exp.Identifier):
            continue
        for column in [c for c in select.find_all(exp.Column) if c.name == offset.name and not c.table]:
            less = exp.paren(exp.Sub(this=column.copy(), expression=exp.Literal.number(1)))
            column.replace(exp.alias_(less, offset.name) if column.parent is select else less)
    return tree.sql(dialect="bigquery")


if __name__ == "__main__":
    upload._PERMITTED_MEDIA_CONTENT_TYPES += ("*/*",)
    DuckDBEngine._load_spatial = lambda _: None
    routes.execute_query_job = _execute_as_bigquery_does
    inner_query.rewrite_unnest_offset = _rebase_offsets
    settings = Settings(
        rest_port=int(sys.argv[1]),
        grpc_port=0,
        persistence_mode=PersistenceMode.EPHEMERAL,
        enable_format_extensions=False,
        log_level="error",
    )
    run_forever(settings)
