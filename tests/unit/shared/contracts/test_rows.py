"""The text of a column in a contract, and its meaning."""

import pytest

from shared.contracts.rows import Column, _column


@pytest.mark.parametrize(
    ("text", "meant", "kept_as"),
    [
        ("INT64", Column("c", "INT64", required=False), "BIGINT"),
        ("TIMESTAMP required", Column("c", "TIMESTAMP", required=True), "TIMESTAMPTZ"),
        ("ARRAY<FLOAT64> of 81", Column("c", "ARRAY<FLOAT64>", required=False, length=81), "DOUBLE[81]"),
    ],
)
def test_a_columns_text_is_read(text, meant, kept_as):
    """A type, whether it is required, and of an array its length."""
    assert _column("c", text) == meant
    assert meant.duckdb_type == kept_as


@pytest.mark.parametrize(
    "text",
    ["", "INTEGER", "INT64 of 3", "INT64 maybe", "ARRAY<FLOAT64>", "ARRAY<FLOAT64> required", "ARRAY<INT64> of 3"],
)
def test_what_is_no_type_is_refused_by_name(text):
    """A text that is no type, or an array without its length, is refused."""
    with pytest.raises(ValueError, match=f"column c: '{text}' is not a type"):
        _column("c", text)
