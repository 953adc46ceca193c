"""One hash of the values of rows, whatever their order and their layout in Arrow."""

from collections.abc import Sequence
from functools import reduce
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

if TYPE_CHECKING:
    from hashlib import _Hash


def content_hash(rows: pa.Table, key: Sequence[str], leave_out: Sequence[str] = ()) -> str:
    """`{rows}-{digest}` over every column but `leave_out`, rows ordered by `key`, columns in the table's order."""
    return hash_of(ordered(rows, key), leave_out)


def ordered(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """The rows by their key, each column as one chunk; rows already in order are not copied."""
    order = pc.sort_indices(rows, sort_keys=[(k, "ascending") for k in key]).to_numpy()
    moved = len(order) > 1 and bool((order[1:] < order[:-1]).any())
    return (rows.take(order) if moved else rows).combine_chunks()


def repeats(rows: pa.Table, key: Sequence[str]) -> int:
    """How many of the `ordered` rows have the same key as the row before them."""
    columns = (rows.column(k) for k in key)
    same = reduce(pc.and_, (pc.equal(c.slice(1), c.slice(0, max(len(c) - 1, 0))) for c in columns))
    return int(pc.sum(same).as_py() or 0)


def hash_of(rows: pa.Table, leave_out: Sequence[str] = ()) -> str:
    """`content_hash` of rows that are `ordered`."""
    digest = sha256()
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        if name not in leave_out:
            digest.update(name.encode())
            for chunk in column.chunks:  # one, or several where one array would be too large
                _feed(digest, chunk)
    return f"{rows.num_rows:x}-{digest.hexdigest()[:24]}"


def _feed(digest: "_Hash", values: pa.Array) -> None:
    """Feed one array from Arrow's buffers: which values are null, if any is, then all values, nulls as 0 or empty."""
    if not len(values):
        return
    valid, *held = values.buffers()
    there = _bits(valid, values) if values.null_count else None
    if there is not None:
        digest.update((1 - there).data)
    kind = values.type
    if pa.types.is_list(kind):
        digest.update(pc.list_value_length(values).fill_null(0).to_numpy(zero_copy_only=False))
        _feed(digest, pc.list_flatten(values))
    elif pa.types.is_string(kind):
        _feed_text(digest, values if there is None else values.fill_null(""))
    elif pa.types.is_boolean(kind):
        bits = _bits(held[0], values)
        digest.update((bits if there is None else bits & there).data)
    else:
        plain = np.frombuffer(held[0], f"u{kind.byte_width}")[values.offset : values.offset + len(values)]
        digest.update((plain if there is None else plain * there).data)


def _bits(held: pa.Buffer, values: pa.Array) -> NDArray[np.uint8]:
    """The array's part of a bitmap, a byte each, 0 or 1."""
    bits = np.unpackbits(np.frombuffer(held, np.uint8), bitorder="little")
    return bits[values.offset : values.offset + len(values)]


def _feed_text(digest: "_Hash", values: pa.Array) -> None:
    """Feed strings without nulls: the length of each, then their bytes."""
    _, offsets, characters = values.buffers()
    ends = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1]
    digest.update(np.diff(ends).data)
    digest.update(memoryview(characters or b"")[ends[0] : ends[-1]])
