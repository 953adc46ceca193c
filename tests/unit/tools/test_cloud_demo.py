"""The comparison of the cloud demonstration reports every difference."""

import pyarrow as pa
import pytest

from shared.contracts.rows import table
from tests.support.twins.warehouses import LIST, listed
from tools.cloud_demo import Report, compare_completions, compare_rows


def rows(*wanted: dict) -> pa.Table:
    """Player-list rows with their system columns."""
    arrow = table(LIST).to_arrow(list(wanted))
    columns = {"run_id": ["r"] * len(wanted), "generation": pa.array([1] * len(wanted), pa.int64())}
    return pa.table({**{n: arrow[n] for n in arrow.column_names}, **columns}).cast(table(LIST).arrow_schema())


def differences(here: pa.Table, there: pa.Table) -> list[str]:
    """The differences that are reported for two sides."""
    report = Report()
    compare_rows(report, table(LIST), here, there)
    assert report.rows == {LIST: here.num_rows}
    return report.differences


def test_row_order_is_no_difference() -> None:
    """The same rows in another order are equal."""
    assert differences(rows(listed(1), listed(2)), rows(listed(2), listed(1))) == []


@pytest.mark.parametrize(
    ("there", "text"),
    [
        (rows(listed(1)), "2 rows here, 1 in the cloud"),
        (rows(listed(1), listed(2, team="NYK")), "team: 1 of 2 differ, first 'BOS' here and 'NYK' in the cloud"),
        (rows(listed(1), listed(2, team=None)), "team: 1 of 2 differ"),
        (rows(listed(1), listed(3)), "player_id: 1 of 2 differ"),
    ],
)
def test_a_planted_difference_is_reported(there: pa.Table, text: str) -> None:
    """A missing row, another value, a NULL and another key are each reported, with the column."""
    (difference,) = differences(rows(listed(1), listed(2)), there)
    assert text in difference


def test_completions_are_compared_both_ways() -> None:
    """A unit with another result, or with one on one side only, is reported."""
    report = Report()
    here, there = {"a": {"hash": "1"}, "b": {"hash": "1"}}, {"a": {"hash": "2"}, "b": {"hash": "1"}, "c": {}}
    compare_completions(report, here, there)
    assert [d.split(":")[0] for d in report.differences] == ["a", "c"]
