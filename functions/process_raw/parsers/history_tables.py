"""Arrow tables of raw rows from a history folder: contract columns and player identities."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from shared.contracts.rows import table
from shared.rules.names import made_up_player_id, player_lookup


def table_of(full_name: str, columns: Mapping[str, pa.Array | str], length: int) -> pa.Table:
    """The columns as a table of the contract; a text is the value of all rows, a missing column is NULL."""
    schema = table(full_name).arrow_schema(system=False)
    arrays = [
        pc.cast(columns[f.name], f.type)
        if isinstance(columns.get(f.name), pa.Array)
        else pa.repeat(pa.scalar(columns.get(f.name), f.type), length)
        for f in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def identity(names: pa.Array, ids: pa.Array) -> dict[str, pa.Array]:
    """Id, name and lookup of each player; a missing id becomes a stable negative one made from the lookup.

    A player without a name has none of them but a given id: the table's required columns refuse him.
    """
    distinct = pc.unique(names)
    lookups = [player_lookup(n) if n else None for n in distinct.to_pylist()]
    position = pc.index_in(names, value_set=distinct)
    made_up = pa.array([made_up_player_id(x) if x else None for x in lookups], pa.int64()).take(position)
    return {
        "player_id": pc.coalesce(ids, made_up),
        "player_name": names,
        "player_lookup": pa.array(lookups, pa.string()).take(position),
    }
