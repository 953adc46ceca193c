"""The content hash is the same for the same rows, whatever their order and layout."""

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from shared.rules.content import content_hash

SCHEMA = pa.schema(
    [("k", pa.int64()), ("s", pa.string()), ("f", pa.float64()), ("b", pa.bool_()), ("l", pa.list_(pa.float64()))]
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "k": st.integers(0, 1000),
            "s": st.none() | st.text(max_size=5),
            "f": st.none() | st.floats(allow_nan=False),
            "b": st.none() | st.booleans(),
            "l": st.none() | st.lists(st.floats(0, 1), max_size=3),
        }
    ),
    unique_by=lambda r: r["k"],
    max_size=8,
)


def arrow(rows) -> pa.Table:
    """Rows as Arrow."""
    return pa.Table.from_pylist(rows, schema=SCHEMA)


@given(ROWS, st.randoms())
def test_order_and_chunks_do_not_matter(rows, random):
    """Shuffled rows in several chunks hash alike."""
    shuffled = random.sample(rows, len(rows))
    pieces = pa.concat_tables([arrow(shuffled[:2]), arrow(shuffled[2:])])
    assert content_hash(arrow(rows), ["k"]) == content_hash(pieces, ["k"])


@given(ROWS.filter(bool), st.sampled_from(["s", "f", "b", "l"]))
def test_any_changed_value_matters(rows, name):
    """Another value in one cell is another hash."""
    other = {"s": "other!!", "f": 0.123456789, "b": not rows[0]["b"], "l": [0.5] * 9}[name]
    changed = [{**rows[0], name: other}, *rows[1:]]
    if rows[0][name] != other:
        assert content_hash(arrow(rows), ["k"]) != content_hash(arrow(changed), ["k"])


def test_null_is_not_zero_nor_empty():
    """NULL differs from 0, from an empty string, from FALSE and from an empty list."""
    null = {"k": 1, "s": None, "f": None, "b": None, "l": None}
    hashes = {content_hash(arrow([{**null, **x}]), ["k"]) for x in ({}, {"s": ""}, {"f": 0.0}, {"b": False}, {"l": []})}
    assert len(hashes) == 5


def test_what_lies_under_a_null_does_not_count():
    """Arrow leaves arbitrary bytes under a null: equal results may differ there."""
    mask = pa.array([False, True])
    for kind, shown, hidden in ((pa.int64(), 1, 7), (pa.float64(), 0.5, 2.5), (pa.bool_(), True, True)):
        full = pa.array([shown, hidden], kind)
        bits = pa.py_buffer(bytes([0b01]))
        under = pa.Array.from_buffers(kind, 2, [bits, full.buffers()[1]])
        clean = pc.if_else(mask, pa.scalar(None, kind), pa.array([shown, kind.to_pandas_dtype()(0)], kind))
        keys = pa.array([1, 2])
        assert under.null_count == 1
        hashes = {content_hash(pa.table({"k": keys, "v": v}), ["k"]) for v in (under, clean)}
        assert len(hashes) == 1


@given(ROWS.filter(lambda rows: len(rows) > 1))
def test_a_slice_hashes_as_its_rows_alone(rows):
    """Rows in the middle of a larger table hash like a table of these rows alone."""
    whole = arrow(sorted(rows, key=lambda r: r["k"]))
    alone = arrow(whole.slice(1).to_pylist())
    assert content_hash(whole.slice(1), ["k"]) == content_hash(alone, ["k"])


def test_left_out_columns_do_not_count():
    """A clock time in the row does not change the hash."""
    a, b = arrow([{"k": 1, "s": "x"}]), arrow([{"k": 1, "s": "y"}])
    assert content_hash(a, ["k"], ["s"]) == content_hash(b, ["k"], ["s"])
