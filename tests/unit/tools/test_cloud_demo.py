"""The demonstration's comparison sees every difference."""

import pyarrow as pa
import pytest

from shared.contracts.rows import table
from tests.support.twins.warehouses import LIST, listed
from tools.cloud_demo import Report, compare_completions, compare_rows


def rows(*wanted: dict) -> pa.Table:
    """Player-list rows with their system columns."""
    found = table(LIST).to_arrow(list(wanted))
    columns = {"run_id": ["r"] * len(wanted), "generation": pa.array([1] * len(wanted), pa.int64())}
    return pa.table({**{n: found[n] for n in found.column_names}, **columns}).cast(table(LIST).arrow_schema())


def differences(here: pa.Table, there: pa.Table) -> list[str]:
    """What is said of two sides."""
    report = Report()
    compare_rows(report, table(LIST), here, there)
    assert report.rows == {LIST: here.num_rows}
    return report.differences


def test_equal_rows_in_any_order_are_equal() -> None:
    """Order is not content."""
    assert differences(rows(listed(1), listed(2)), rows(listed(2), listed(1))) == []


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (rows(listed(1)), "2 rows here, 1 in the cloud"),
        (rows(listed(1), listed(2, team="NYK")), "team: 1 of 2 differ, first 'BOS' here and 'NYK' in the cloud"),
        (rows(listed(1), listed(2, team=None)), "team: 1 of 2 differ"),
        (rows(listed(1), listed(3)), "player_id: 1 of 2 differ"),
    ],
)
def test_a_planted_difference_is_said(there: pa.Table, said: str) -> None:
    """A missing row, another value, a NULL and another key are each said with the column."""
    (found,) = differences(rows(listed(1), listed(2)), there)
    assert said in found


def test_completions_are_compared_both_ways() -> None:
    """A unit that ended otherwise, or only on one side, is said."""
    report = Report()
    here, there = {"a": {"hash": "1"}, "b": {"hash": "1"}}, {"a": {"hash": "2"}, "b": {"hash": "1"}, "c": {}}
    compare_completions(report, here, there)
    assert [d.split(":")[0] for d in report.differences] == ["a", "c"]
