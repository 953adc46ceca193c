"""The rows of a home with further rows of the same tables, which lie in Parquet files beside its warehouse."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from shared.adapters.local.readers import HomeRows
from shared.sql import door


class RowsBeside:
    """Every query sees the table's own rows and those of the files, or `alone` those; in columns of the contract."""

    taken_at: datetime | None

    def __init__(self, rows: HomeRows, files: Mapping[str, Sequence[Path]], *, alone: bool = False) -> None:
        self._rows, self.taken_at = rows, rows.taken_at
        self._whole = {name: _source(name, paths, alone=alone) for name, paths in files.items() if paths}
        self._named = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in self._whole) or r"(?!)")

    def query(self, sql: str, reads: Mapping[str, int], params: Mapping[str, Any], *, as_of: bool) -> pa.Table:
        """Rows of a GoogleSQL query behind the door."""
        return self.read(door.duckdb_sql(sql, reads, as_of=as_of), params)

    def read(self, duck_sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Rows of a DuckDB query of our own."""
        return self._rows.read(self._named.sub(lambda name: self._whole[name[0]], duck_sql), params)

    def close(self) -> None:
        """Release the file, if it is open."""
        self._rows.close()


def _source(name: str, paths: Sequence[Path], *, alone: bool) -> str:
    listed = ", ".join("'{}'".format(str(path.resolve()).replace("'", "''")) for path in paths)
    of_files = f"FROM read_parquet([{listed}])"
    return f"({of_files})" if alone else f"(FROM {name} UNION ALL BY NAME {of_files})"
