"""Which injury reports are due by a moment: the names of each era, newest first, at most a day back."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rules.dates import EASTERN
from shared.rules.injury_reports import BACK, reports_until

MOMENTS = st.integers(0, 8 * 366 * 24 * 60).map(
    lambda minutes: datetime(2019, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        # Three a day until 17 October 2021, hourly in the bubble.
        ("2021-01-15T19:00-05:00", ["2021-01-15_05PM", "2021-01-15_01PM", "2021-01-14_08PM"]),
        ("2021-01-15T20:29-05:00", ["2021-01-15_05PM", "2021-01-15_01PM", "2021-01-14_08PM"]),
        ("2020-08-15T18:30-04:00", ["2020-08-15_06PM", "2020-08-15_05PM", "2020-08-15_04PM"]),
        ("2021-10-18T01:00-04:00", ["2021-10-18_12AM", "2021-10-17_08PM", "2021-10-17_05PM"]),
        # Then hourly, published at half past.
        ("2024-11-06T18:30-05:00", ["2024-11-06_06PM", "2024-11-06_05PM", "2024-11-06_04PM"]),
        ("2024-11-06T18:29-05:00", ["2024-11-06_05PM", "2024-11-06_04PM", "2024-11-06_03PM"]),
        # Every quarter of an hour since 22 December 2025, when both were there.
        ("2025-12-21T23:59-05:00", ["2025-12-21_11PM", "2025-12-21_10PM", "2025-12-21_09PM"]),
        ("2025-12-22T17:44-05:00", ["2025-12-22_05_30PM", "2025-12-22_05PM", "2025-12-22_05_15PM"]),
        ("2025-12-23T17:15-05:00", ["2025-12-23_05_15PM", "2025-12-23_05_00PM", "2025-12-23_04_45PM"]),
        ("2025-12-23T00:05-05:00", ["2025-12-23_12_00AM", "2025-12-22_11_45PM", "2025-12-22_11_30PM"]),
    ],
)
def test_the_names_of_each_era(moment: str, names: list[str]) -> None:
    """The newest three of a moment, on both sides of each change."""
    assert [r.name for r in islice(reports_until(datetime.fromisoformat(moment)), 3)] == names


@given(MOMENTS)
def test_every_report_is_due_within_the_day_before_newest_first(moment: datetime) -> None:
    """None is due later or more than a day ago, none comes twice, and there are so few that all may be asked for."""
    reports = list(reports_until(moment))
    assert all(moment - BACK < r.due <= moment for r in reports)
    assert all(a.due >= b.due for a, b in pairwise(reports))
    assert len(set(reports)) == len(reports) <= 121
    assert len(reports) >= 2
    assert all(f"{r.due.astimezone(EASTERN):%Y-%m-%d_%I}" in r.name for r in reports)


@given(MOMENTS, st.integers(0, 24 * 60))
def test_a_later_moment_only_adds_newer_reports(moment: datetime, minutes: int) -> None:
    """What was due by the earlier moment, within a day of the later one, is due by the later one in the same order."""
    later = moment + timedelta(minutes=minutes)
    before = [r for r in reports_until(moment) if r.due > later - BACK]
    assert [r for r in reports_until(later) if r.due <= moment] == before
