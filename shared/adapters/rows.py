"""What both warehouses do with rows before they are written."""

import pyarrow as pa

from shared.contracts.rows import SYSTEM_COLUMNS, Table
from shared.errors import ContractError


def fitted(table: Table, rows: pa.Table) -> pa.Table:
    """The rows with exactly the contract's columns and types, without the system columns; ContractError if not."""
    schema = table.arrow_schema(system=False)
    missing = set(schema.names) - set(rows.column_names)
    if missing:
        raise ContractError(f"rows for {table.full_name} lack {', '.join(sorted(missing))}")
    try:
        chosen = rows.select(schema.names)
        return chosen if chosen.schema.equals(schema) else chosen.cast(schema)
    except pa.ArrowInvalid as error:
        raise ContractError(f"rows for {table.full_name} do not fit its types: {error}") from error


def own_key(table: Table) -> list[str]:
    """The natural key without the system columns, which the warehouse adds."""
    return [k for k in table.key if k not in SYSTEM_COLUMNS]
