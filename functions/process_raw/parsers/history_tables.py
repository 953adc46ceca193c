"""Arrow tables of raw rows from a history folder: contract columns, player identities, repeated keys."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from functions.process_raw.parsers.results import Tally
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
    """Id, name and lookup of each player; a missing id becomes a stable negative one made from the lookup."""
    distinct = pc.unique(names)
    lookups = [player_lookup(n) for n in distinct.to_pylist()]
    position = pc.index_in(names, value_set=distinct)
    made_up = pa.array([made_up_player_id(x) for x in lookups], pa.int64()).take(position)
    return {
        "player_id": pc.coalesce(ids, made_up),
        "player_name": names,
        "player_lookup": pa.array(lookups, pa.string()).take(position),
    }


def _codes(array: pa.Array) -> npt.NDArray[np.int64]:
    """A small integer for each distinct value; null is -1."""
    codes = pc.index_in(array, value_set=pc.unique(pc.drop_null(array)))
    return np.asarray(pc.fill_null(codes, -1).to_numpy(zero_copy_only=False), np.int64)


def _firsts(rows: pa.Table, names: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """For each row the position of the first row with the same values in the columns `names`."""
    group = np.zeros(len(rows), np.int64)
    for name in names:
        codes = _codes(rows.column(name).combine_chunks())
        group = np.unique(group * (codes.max(initial=-1) + 2) + codes + 1, return_inverse=True)[1].astype(np.int64)
    first = np.full(int(group.max(initial=-1)) + 1, len(rows), np.int64)
    np.minimum.at(first, group, np.arange(len(rows)))
    return np.asarray(first[group])


def without_repeats(full_name: str, rows: pa.Table, tally: Tally) -> pa.Table:
    """The first row of each key of the table; later ones are counted if identical, else refused as `duplicate_key`."""
    first = _firsts(rows, table(full_name).key)
    position = np.arange(len(rows))
    repeated = np.flatnonzero(first != position)
    if not len(repeated):
        return rows
    first_identical = _firsts(rows, tuple(rows.schema.names))
    contradicting = repeated[first_identical[repeated] == repeated]
    tally.refuse("duplicate_key", *rows.take(pa.array(contradicting)).to_pylist())
    tally.discarded["identical_repeat"] += len(repeated) - len(contradicting)
    return rows.take(pa.array(np.flatnonzero(first == position)))
