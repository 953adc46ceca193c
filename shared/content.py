"""What rows say, as one hash: independent of row order and of how Arrow happens to hold them."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from hashlib import _Hash


def content_hash(rows: pa.Table, key: Sequence[str], leave_out: Sequence[str] = ()) -> str:
    """`{rows}-{digest}` over every column but `leave_out`, rows ordered by `key`, columns in the table's order."""
    order = pc.sort_indices(rows, sort_keys=[(k, "ascending") for k in key])
    digest = sha256()
    for name in rows.column_names:
        if name not in leave_out:
            digest.update(name.encode())
            _update(digest, rows.column(name).take(order))
    return f"{rows.num_rows:x}-{digest.hexdigest()[:24]}"


def _update(digest: "_Hash", column: pa.ChunkedArray) -> None:
    """Feed one column: which values are null, then the values, nulls as zero."""
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):  # combining may give chunks where a single array would be too large
        for chunk in values.chunks:
            _feed(digest, chunk)
    else:
        _feed(digest, values)


def _feed(digest: "_Hash", values: pa.Array) -> None:
    if values.null_count:
        digest.update(pc.is_null(values).cast(pa.uint8()).to_numpy(zero_copy_only=False).tobytes())
    if pa.types.is_list(values.type):
        digest.update(pc.list_value_length(values).fill_null(0).to_numpy(zero_copy_only=False).tobytes())
        _feed(digest, pc.list_flatten(values))
    elif pa.types.is_string(values.type):
        lengths = pc.binary_length(values).fill_null(-1)
        digest.update(lengths.to_numpy(zero_copy_only=False).tobytes())
        digest.update(
            pc.binary_join(pa.ListArray.from_arrays([0, len(values)], values.fill_null("")), "")[0].as_buffer()
        )
    else:
        plain = values.cast(pa.uint8()) if pa.types.is_boolean(values.type) else values
        if pa.types.is_temporal(plain.type):
            plain = plain.cast(pa.int32() if pa.types.is_date32(plain.type) else pa.int64())
        digest.update(plain.fill_null(0).to_numpy(zero_copy_only=False).tobytes())
