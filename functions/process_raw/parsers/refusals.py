"""Repeats of a natural key: identical ones are counted, contradicting ones refused."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.contracts.rows import table


def _codes(array: pa.Array) -> npt.NDArray[np.int64]:
    """A small integer for each distinct value; null is -1."""
    codes = pc.index_in(array, value_set=pc.unique(pc.drop_null(array)))
    return np.asarray(pc.fill_null(codes, -1).to_numpy(zero_copy_only=False), np.int64)


def _firsts(rows: pa.Table, names: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """For each row the position of the first row with the same values in `names`."""
    group = np.zeros(len(rows), np.int64)
    for name in names:
        codes = _codes(rows.column(name).combine_chunks())
        group = np.unique(group * (codes.max(initial=-1) + 2) + codes + 1, return_inverse=True)[1].astype(np.int64)
    first = np.full(int(group.max(initial=-1)) + 1, len(rows), np.int64)
    np.minimum.at(first, group, np.arange(len(rows)))
    return np.asarray(first[group])


def without_repeats(full_name: str, rows: pa.Table) -> tuple[pa.Table, dict[str, list[dict[str, Any]]], int]:
    """The first row of each key of the named table, later ones that contradict it, and how many agreed with it."""
    first = _firsts(rows, table(full_name).key)
    here = np.arange(len(rows))
    repeated = np.flatnonzero(first != here)
    if not len(repeated):
        return rows, {}, 0
    whole = _firsts(rows, tuple(rows.schema.names))
    contradicting = repeated[whole[repeated] == repeated]
    refused = rows.take(pa.array(contradicting)).to_pylist()
    kept = rows.take(pa.array(np.flatnonzero(first == here)))
    return kept, {"duplicate_key": refused} if refused else {}, len(repeated) - len(contradicting)
