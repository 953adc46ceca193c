"""GoogleSQL on DuckDB means what BigQuery documents, or is refused by name."""

import duckdb
import pytest

from shared.errors import Unportable
from shared.sql import gsql


def value(expression: str):
    """The expression's value on DuckDB, after translation."""
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    return db.execute(gsql.to_duckdb(f"SELECT {expression} AS v")).fetchone()[0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("SAFE_DIVIDE(1, 0)", None),
        ("SAFE_DIVIDE(3, 2)", 1.5),
        ("EXTRACT(DAYOFWEEK FROM DATE '2024-02-25')", 1),  # a Sunday: 1 in BigQuery
        ("CAST(ROUND(2.5) AS INT64)", 3),
        ("MOD(7, 3)", 1),
        ("IF(TRUE, 'a', 'b')", "a"),
        ("DATE_DIFF(DATE '2024-03-01', DATE '2024-02-01', DAY)", 29),
        ("CAST(DATE_SUB(DATE '2024-03-01', INTERVAL 1 DAY) AS STRING)", "2024-02-29"),
        ("TIMESTAMP_DIFF(TIMESTAMP '2024-01-01 00:00:59+00', TIMESTAMP '2024-01-01 00:00:00+00', SECOND)", 59),
        ("SUBSTR('0022300836', 1, 3)", "002"),
        ("(SELECT COUNTIF(x) FROM (SELECT TRUE AS x) WHERE FALSE)", 0),
    ],
)
def test_documented_values(expression, expected):
    """Each expression gives the value BigQuery's reference documents."""
    assert expected == value(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "DATE_TRUNC(DATE '2024-02-25', WEEK(MONDAY))",
        "TIMESTAMP_DIFF(TIMESTAMP '2024-01-01', TIMESTAMP '2023-01-01', HOUR)",
        "CAST(2.5 AS INT64)",
        "FORMAT('%d', 1)",
        "FARM_FINGERPRINT('a')",
        "CAST(1.5 AS NUMERIC)",
        "some_unknown_function(1)",
        "EXTRACT(ISOWEEK FROM DATE '2024-02-25')",
        "APPROX_QUANTILES(1, 4)",
    ],
)
def test_what_would_differ_is_refused(expression):
    """An expression with another result in DuckDB is refused."""
    with pytest.raises(Unportable):
        gsql.to_duckdb(f"SELECT {expression}")


def test_offsets_start_at_zero():
    """UNNEST WITH OFFSET counts from 0, as in BigQuery."""
    db = duckdb.connect()
    sql = gsql.to_duckdb("SELECT v, o FROM UNNEST([10, 20]) AS v WITH OFFSET AS o ORDER BY o")
    assert [(10, 0), (20, 1)] == db.execute(sql).fetchall()


def test_parameters_keep_their_names():
    """`@name` becomes `$name`."""
    assert "$from_date" in gsql.to_duckdb("SELECT 1 FROM UNNEST([1]) AS x WHERE DATE '2024-01-01' >= @from_date")
