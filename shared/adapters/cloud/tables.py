"""The Tables port on BigQuery, connected with its first use."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shared.contracts.rows import Table
from shared.ports import Query, Scope, Tables, Written

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class TablesOnFirstUse:
    """BigQuery's tables in one project, or in the emulator that the environment names.

    Its client and Arrow take about a second to import, and most requests that a process sees first use no table.
    """

    project: str
    max_bytes_billed: int
    emulated: bool
    staging: str

    @cached_property
    def _tables(self) -> Tables:
        from shared.adapters.cloud.bigquery import BigQueryTables
        from shared.adapters.cloud.bigquery_jobs import Jobs, connect

        client = connect(self.project, emulated=self.emulated)
        return BigQueryTables(Jobs(client, self.max_bytes_billed, staging=self.staging))

    def query(self, sql: str, reads: Mapping[str, int], params: Mapping[str, Any], *, as_of: bool) -> "pa.Table":
        """As BigQueryTables does."""
        return self._tables.query(sql, reads, params, as_of=as_of)

    def write(self, table: Table, rows: "pa.Table | Query", scope: Scope) -> Written:
        """As BigQueryTables does."""
        return self._tables.write(table, rows, scope)
