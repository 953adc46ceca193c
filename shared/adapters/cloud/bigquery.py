"""The Tables port on BigQuery: reads pass the door; writes are staged, judged, and put in by one transaction."""

import random
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shared.adapters.cloud import bigquery_sql as text
from shared.adapters.cloud.bigquery_jobs import ConcurrentUpdate, Jobs
from shared.adapters.fitted_rows import fitted, own_key
from shared.contracts.rows import SYSTEM_COLUMNS, Table
from shared.errors import ContractError, Fenced, StaleGeneration
from shared.ports import Query, Scope, Written
from shared.rules.content import content_hash

# So that each of 16 writers that replace rows of one table at once is through within a function's time-out
# (benchmarks/cloud_day.py).
MAX_TRIES = 20
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 10.0


class BigQueryTables:
    """All tables of the contracts in the datasets of one project.

    BigQuery cancels one of two transactions that update or delete rows of the same table at once, whatever rows they
    are. Each unit has a fence of its own and deletes only what is there, so that systems which predict a slate at the
    same moment only insert into their common table; a write that is cancelled all the same is tried again after a
    random while.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def query(self, sql: str, reads: Mapping[str, int], params: Mapping[str, Any], *, as_of: bool) -> pa.Table:
        """Rows of a GoogleSQL query behind the door; only parameters that the text names are sent."""
        guarded = text.reading(sql, reads, as_of=as_of)
        return self._jobs.query("read", guarded, _named(guarded, params))

    def write(self, table: Table, rows: pa.Table | Query, scope: Scope) -> Written:
        """Put rows, or a query's result, into the scope; what a check refuses goes to quarantine, whole.

        Fenced or StaleGeneration if a newer claim or generation has written already.
        """
        if isinstance(rows, Query):
            rows = self.query(rows.sql, rows.reads, rows.params, as_of=rows.as_of)
        arriving = fitted(table, rows)
        digest = content_hash(arriving, own_key(table), table.volatile)
        name = _name(table, scope, digest)
        staged = self._stage(table, arriving, name)
        refused = self._judge(table, staged) if staged else {}
        bounds = pc.min_max(arriving.column(table.partition)).as_py()
        write = text.Write(table, scope, staged, bounds["min"], bounds["max"], bool(refused))
        stored = self._put(write, name)
        return Written(arriving.num_rows, stored, digest, refused, arriving.nbytes)

    def _stage(self, table: Table, arriving: pa.Table, name: str) -> str | None:
        """Load the rows into a table of their own, whose columns may all be NULL so that every row can be judged."""
        if not arriving.num_rows:
            return None
        nullable = [
            {**field, "mode": "REPEATED" if field["mode"] == "REPEATED" else "NULLABLE"}
            for field in table.bigquery_schema()
            if field["name"] not in SYSTEM_COLUMNS
        ]
        staged = f"{self._jobs.staging}.{name}"
        self._jobs.load(arriving, staged, nullable, f"load_{name}")
        return staged

    def _judge(self, table: Table, staged: str) -> dict[str, int]:
        rules = self._jobs.query("judge", text.refusals(table, staged), {})
        return {row["rule"]: row["refused"] for row in rules.to_pylist()}

    def _put(self, write: text.Write, name: str) -> int:
        """Run the transaction; how many rows stand in the scope after it."""
        script = write.script()
        values = _named(script, write.parameters())
        for attempt in range(1, MAX_TRIES + 1):
            try:
                rows = self._jobs.query("write", script, values, f"write_{name}_{attempt}")
            except ConcurrentUpdate:
                if attempt == MAX_TRIES:
                    raise
                time.sleep(random.uniform(0.5, 1) * min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt))  # noqa: S311
            except ContractError as error:
                raise self._superseded(write) or error from error
            else:
                return int(rows["found"][0].as_py())
        raise AssertionError  # the last attempt returned or raised

    def _superseded(self, write: text.Write) -> StaleGeneration | Fenced | None:
        """What the fence says when the script was refused; None if something else refused it."""
        scope, asked = write.scope, text.newest_claim(write.scope.unit)
        for newer in self._jobs.query("fence", asked, _named(asked, write.parameters())).to_pylist():
            if newer["generation"] > scope.generation:
                return StaleGeneration(f"{scope.run_id} {scope.unit}", newer["generation"])
            return Fenced(f"{scope.run_id} {scope.unit}", newer["token"])
        return None


def _named(sql: str, params: Mapping[str, Any]) -> dict[str, Any]:
    named = text.parameters(sql)
    missing = named - set(params)
    if missing:
        raise ContractError(f"the query names parameters that are not given: {', '.join(sorted(missing))}")
    return {n: params[n] for n in named}


def _name(table: Table, scope: Scope, digest: str) -> str:
    """One name for one write by one claim: its staging table and its jobs are found again when it is tried again."""
    about = "|".join(map(str, (table.full_name, *vars(scope).values(), digest)))
    return f"{table.name}_{sha256(about.encode()).hexdigest()[:24]}"
