"""Export any contract table to a file; equal content gives equal bytes."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from math import isfinite
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from shared.adapters.local.readers import HomeRows
from shared.contracts.rows import Table
from shared.errors import UserError

ROWS_PER_GROUP = 65_536  # fixed, so that equal rows make equal row groups
_ROWS_AT_ONCE = 8_192
SUPERSEDED = "is_superseded"


def writer_of(out: Path) -> Callable[[pa.Table, Path], None]:
    """The writer for the file's extension; UserError for any other."""
    if (writer := _WRITERS.get(out.suffix.lower())) is None:
        raise UserError(f"{out.name}: the extension says the format; use one of {', '.join(_WRITERS)}")
    return writer


def export(source: HomeRows, table: Table, out: Path, first: date | None, last: date | None) -> int:
    """Write the table's rows between two dates; their number."""
    writer_of(out)  # a mistake in the name is said before anything is read
    return write(read_rows(source, table, first, last), out)


def write(rows: pa.Table, out: Path) -> int:
    """Write the rows to a file, whole or not at all; their number."""
    to_file = writer_of(out)
    beside = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        to_file(rows, beside)
        beside.replace(out)
    except OSError as error:
        raise UserError(f"cannot write {out}: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)
    return len(rows)


def read_rows(source: HomeRows, table: Table, first: date | None, last: date | None) -> pa.Table:
    """Rows in the order of partition, key, generation and run; columns as in the contract, in one chunk each.

    Tables that keep generations have one more column, `is_superseded`.
    """
    order = list(dict.fromkeys((table.partition, *table.key, "generation", "run_id")))
    columns = ", ".join([*(f'"{c.name}"' for c in table.columns), *_superseded(table)])
    sql = (
        f"SELECT {columns} FROM {table.full_name}"  # noqa: S608 - names of the contract
        f" WHERE {table.partition} BETWEEN $first AND $last ORDER BY {', '.join(f'{c} NULLS FIRST' for c in order)}"
    )
    try:
        rows = source.read(sql, {"first": first or date.min, "last": last or date.max})
    except duckdb.Error as error:
        raise UserError(f"{table.full_name} cannot be read: {str(error).splitlines()[0]}") from error
    schema = table.arrow_schema()
    if table.keep_generations:
        schema = schema.append(pa.field(SUPERSEDED, pa.bool_()))
    return rows.cast(schema).combine_chunks()


def _superseded(table: Table) -> list[str]:
    """The column that says whether the row's date and unit have a newer generation; derived, never stored."""
    return [f"NOT ({table.is_newest}) AS {SUPERSEDED}"] if table.keep_generations else []


def _parquet(rows: pa.Table, path: Path) -> None:
    pq.write_table(rows, path, row_group_size=ROWS_PER_GROUP, compression="zstd", store_schema=False)


def _csv(rows: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows.column_names)
        for row in _plain_rows(rows):
            writer.writerow([json.dumps(v) if isinstance(v, list | bool) else v for v in row.values()])


def _json(rows: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for number, row in enumerate(_plain_rows(rows)):
            file.write((",\n" if number else "\n") + json.dumps(row, ensure_ascii=False, allow_nan=False))
        file.write("\n]\n")


def _plain_rows(rows: pa.Table) -> Iterator[dict[str, Any]]:
    """Rows in the types of CSV and JSON: dates and instants in ISO 8601, NaN as null."""
    for batch in rows.to_batches(max_chunksize=_ROWS_AT_ONCE):
        for row in batch.to_pylist():
            yield {name: _plain(v) for name, v in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and not isfinite(value) else value


_WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {".parquet": _parquet, ".csv": _csv, ".json": _json}
