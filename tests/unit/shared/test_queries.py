"""Query files: includes are inserted, missing files are named, every query of the map can be translated."""

import pytest

from shared.errors import ContractError, Unportable
from shared.map.loader import pipeline_map
from shared.sql import door, gsql, queries
from shared.sql.queries import FUNCTIONS_DIR

QUERIES = [u for f in ("analytics", "precompute") for u in pipeline_map().functions[f].units.values() if u.query]


def test_includes_are_put_in_place(tmp_path):
    """An include line stands for the file beside the query, or else for the shared fragment."""
    (tmp_path / "q.sql").write_text("WITH\n-- include: part.sql\n-- include: listed.sql\nSELECT 1")
    (tmp_path / "part.sql").write_text("a AS (SELECT 1),\n")
    text = queries.load(tmp_path / "q.sql")
    assert text.startswith("WITH\na AS (SELECT 1),\n-- listed:")
    assert "-- include" not in text


def test_missing_files_are_named(tmp_path):
    """A missing query and a missing include are refused by name."""
    (tmp_path / "q.sql").write_text("-- include: gone.sql\nSELECT 1")
    with pytest.raises(ContractError, match=r"gone\.sql"):
        queries.load(tmp_path / "q.sql")
    with pytest.raises(ContractError, match=r"none\.sql"):
        queries.load(tmp_path / "none.sql")


@pytest.mark.parametrize("unit", QUERIES, ids=lambda u: u.name)
def test_every_feature_query_is_portable_and_declared(unit):
    """Each text translates without a refusal, and reads nothing but what the map declares."""
    text = queries.load(FUNCTIONS_DIR / unit.function / "queries" / unit.query)
    assert door.duckdb_sql(text, unit.reads, as_of=unit.feeds_prediction)
    with pytest.raises(ContractError, match="does not declare"):
        door.duckdb_sql(text, dict(list(unit.reads.items())[1:]), as_of=unit.feeds_prediction)


def test_a_column_may_be_cast_to_an_integer_but_not_a_quotient():
    """A qualified column casts; a division or a decimal literal does not, because the warehouses round differently."""
    assert gsql.to_duckdb("SELECT CAST(t.a AS INT64) AS a FROM (SELECT 1 AS a) AS t")
    for fractional in ("t.a / 2", "t.a * 1.5"):
        with pytest.raises(Unportable):
            gsql.to_duckdb(f"SELECT CAST({fractional} AS INT64) AS a FROM (SELECT 1 AS a) AS t")
