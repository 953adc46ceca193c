"""What daily queries read as history grows: the partitions of the days that the map allows."""

from datetime import date, timedelta

import pytest

from benchmarks import scans
from shared.contracts.rows import tables
from shared.map.loader import pipeline_map

DAY = date(2025, 1, 12)


def every_day(weight: float = 1.0, years: int = 9) -> dict[str, dict[date, float]]:
    """A warehouse with one partition a day."""
    return {name: {DAY - timedelta(days=n): weight for n in range(366 * years)} for name in tables()}


@pytest.mark.parametrize(
    ("day", "seasons", "start"),
    [
        (DAY, 1, date(2024, 7, 1)),
        (DAY, 8, date(2017, 7, 1)),
        (date(2025, 6, 30), 1, date(2024, 7, 1)),
        (date(2025, 7, 1), 1, date(2025, 7, 1)),
    ],
)
def test_a_season_begins_in_july(day: date, seasons: int, start: date) -> None:
    """One season is the current one, which began in the last July."""
    assert scans.history_start(day, seasons) == start


def test_a_unit_reads_the_days_that_the_map_allows() -> None:
    """760 days and today of one table, today of the other; once for each input or query, and once for the facts."""
    unit = pipeline_map().unit("precompute", "player_daily_cache")
    assert unit.reads == {"nba_raw.nbac_schedule": 0, "nba_analytics.player_game_summary": 760}
    assert scans.bytes_read(unit, every_day(), DAY, date(2000, 1, 1)) == 1 + 761
    assert scans.bytes_read(unit, every_day(), DAY, DAY) == 2
    two = pipeline_map().unit("process_raw", "nbac_injury_report")
    assert len(two.inputs) == 2
    assert scans.bytes_read(two, every_day(), DAY, date(2000, 1, 1)) == 2 * (1 + 31)
    judged = pipeline_map().unit("precompute", "player_daily_cache_top_up")
    assert judged.facts
    assert scans.bytes_read(judged, every_day(), DAY, date(2000, 1, 1)) == 2 * (1 + 761 + 1)


def test_daily_work_costs_the_same_at_four_seasons_and_at_eight() -> None:
    """Every query of the daily runs reads the same from the fourth season on."""
    read = scans.by_query(pipeline_map(), every_day(7.0), DAY)
    assert len(read) > 20
    for name, (one, four, eight) in read.items():
        assert 0 < one <= four == eight, name


def test_a_query_that_reads_all_of_history_is_detected() -> None:
    """With a table read 3,000 days back, eight seasons give more bytes than four."""
    unit = pipeline_map().unit("precompute", "player_daily_cache")
    greedy = type(unit)(**{**vars(unit), "reads": {"nba_analytics.player_game_summary": 3000}})
    four, eight = (scans.bytes_read(greedy, every_day(), DAY, scans.history_start(DAY, n)) for n in (4, 8))
    assert four < eight
