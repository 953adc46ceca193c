"""Rows fitted to their table's contract before a warehouse writes them, and the table of those it refuses."""

import pyarrow as pa

from shared.contracts.rows import SYSTEM_COLUMNS, Column, Table
from shared.errors import ContractError

QUARANTINE = "nba_orchestration.quarantined_rows"


def fitted(table: Table, rows: pa.Table) -> pa.Table:
    """The rows with exactly the contract's columns and types, without the system columns; ContractError if not."""
    schema = table.arrow_schema(system=False)
    if rows.schema.equals(schema):
        return rows  # as for nearly every write
    missing = set(schema.names) - set(rows.column_names)
    if missing:
        raise ContractError(f"rows for {table.full_name} lack {', '.join(sorted(missing))}")
    try:
        chosen = rows.select(schema.names)
        return chosen if chosen.schema.equals(schema) else chosen.cast(schema)
    except pa.ArrowInvalid as error:
        raise ContractError(f"rows for {table.full_name} do not fit its types: {error}") from error


def own_columns(table: Table) -> list[Column]:
    """The columns that the rows bring, without the system columns."""
    return [c for c in table.columns if c.name not in SYSTEM_COLUMNS]


def own_key(table: Table) -> list[str]:
    """The natural key without the system columns, which the warehouse adds."""
    return [k for k in table.key if k not in SYSTEM_COLUMNS]
