"""The scheduler's rules: which ticks lie between two instants, and what missed ones come down to."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from shared.contracts.events import RunRequested, SweepRequested
from shared.map.loader import pipeline_map
from shared.rules.dates import EASTERN, eastern_instant
from tipoff.local import scheduler

MAP = pipeline_map()


def names(due: scheduler.Due) -> list[str]:
    return [t.schedule.name for t in due.send]


def test_a_tick_is_listed_once_however_often_ticks_are_listed() -> None:
    """Listing a span in pieces gives the same ticks as listing it whole: none lost, none twice."""
    start, end = eastern_instant(date(2024, 2, 26), 4), eastern_instant(date(2024, 2, 27), 12)
    whole = [t.id for t in scheduler.ticks(MAP, start, end)]
    stops = [start + (end - start) * k / 7 for k in range(8)]
    pieces = [t.id for a, b in pairwise(stops) for t in scheduler.ticks(MAP, a, b)]
    assert whole == pieces
    assert len(whole) == len(set(whole)) > 100


@pytest.mark.parametrize("day", [date(2024, 3, 10), date(2024, 11, 3)], ids=["clocks forward", "clocks back"])
def test_daylight_saving_moves_no_local_time(day: date) -> None:
    """On the days clocks change each run schedule fires at its Eastern wall time, as often as on any day."""
    listed = scheduler.ticks(MAP, eastern_instant(day, 0, 1), eastern_instant(day, 23, 59))
    runs = [(t.schedule.name, t.at.astimezone(EASTERN).strftime("%H:%M")) for t in listed if t.schedule.run]
    assert [r for r in runs if r[0] != "pregame"] == [
        ("corrections_3", "05:00"),
        ("corrections_2", "05:15"),
        ("postgame", "06:00"),
        ("postgame_retry", "09:00"),
    ]
    assert [at for name, at in runs if name == "pregame"] == [f"{h}:{m}" for h in range(10, 23) for m in ("00", "30")]
    assert all(t.at.tzinfo is UTC for t in listed)


@pytest.mark.parametrize(("day", "sweeps"), [(date(2024, 3, 10), 92), (date(2024, 11, 3), 100), (date(2024, 5, 1), 96)])
def test_sweeps_follow_elapsed_time(day: date, sweeps: int) -> None:
    """The sweep fires every quarter of an hour of a day that has 23, 25 or 24 hours."""
    before = eastern_instant(day, 0) - timedelta(seconds=1)
    listed = scheduler.ticks(MAP, before, eastern_instant(day + timedelta(days=1), 0) - timedelta(seconds=1))
    assert sum(t.schedule.run is None for t in listed) == sweeps


def test_missed_ticks_come_down_to_the_latest_of_each_kind() -> None:
    """After a night and a morning off: one pregame for today, one postgame for each of three dates, one sweep."""
    due = scheduler.due(MAP, eastern_instant(date(2024, 2, 26), 21), eastern_instant(date(2024, 2, 27), 12, 10))
    asked = {t.schedule.run: (t.game_date, t.at) for t in due.send if not t.schedule.redo}
    assert asked["pregame"] == (date(2024, 2, 27), eastern_instant(date(2024, 2, 27), 12))
    assert asked["postgame"] == (date(2024, 2, 26), eastern_instant(date(2024, 2, 27), 9))
    assert asked[None][1] == eastern_instant(date(2024, 2, 27), 12)
    again = [(t.game_date, t.at) for t in due.send if t.schedule.redo]
    assert again == [
        (date(2024, 2, 24), eastern_instant(date(2024, 2, 27), 5)),
        (date(2024, 2, 25), eastern_instant(date(2024, 2, 27), 5, 15)),
    ]
    assert len(due.send) == 5


def test_a_past_slate_is_not_predicted_late() -> None:
    """Pregame ticks of an earlier day are dropped: at 08:00 nothing asks for yesterday's predictions."""
    due = scheduler.due(MAP, eastern_instant(date(2024, 2, 26), 21), eastern_instant(date(2024, 2, 27), 8))
    assert names(due) == ["corrections_3", "corrections_2", "postgame", "sweep"]


def test_dates_left_out_are_named() -> None:
    """Four days off: the postgame runs of three dates are asked for, and the dates that no run is asked for are named."""
    due = scheduler.due(MAP, eastern_instant(date(2024, 2, 23), 12), eastern_instant(date(2024, 2, 27), 12, 10))
    left = {(t.schedule.run, t.game_date) for t in due.left_out}
    assert left == {
        ("postgame", date(2024, 2, 23)),
        ("pregame", date(2024, 2, 23)),
        ("pregame", date(2024, 2, 24)),
        ("pregame", date(2024, 2, 25)),
        ("pregame", date(2024, 2, 26)),
    }


def test_a_long_absence_is_bounded() -> None:
    """A year off lists two weeks of ticks, not thirty-five thousand."""
    now = datetime(2024, 2, 27, 17, tzinfo=UTC)
    assert len(scheduler.ticks(MAP, now - timedelta(days=365), now)) < 2_000


def test_a_tick_carries_its_own_date_and_id() -> None:
    """Delivered late or twice, a tick asks for the date it was due for, under one id."""
    due = scheduler.due(MAP, eastern_instant(date(2024, 2, 27), 5), eastern_instant(date(2024, 2, 27), 6))
    events = {type(e): e for e in (t.message(pipeline_map().request_topics).event() for t in due.send)}
    request, sweep = events[RunRequested], events[SweepRequested]
    assert isinstance(request, RunRequested)
    assert (request.kind, request.from_date, request.to_date) == ("postgame", date(2024, 2, 26), date(2024, 2, 26))
    assert request.request_id == "postgame@2024-02-27T11:00:00+00:00"
    assert isinstance(sweep, SweepRequested)
    assert sweep.at == eastern_instant(date(2024, 2, 27), 6)


def test_first_due_and_next_tick() -> None:
    """A date's runs are due at 10:00 Eastern of the day and 06:00 of the next; a backfill never is."""
    day = date(2024, 3, 9)  # the night before clocks go forward
    assert scheduler.first_due(MAP, "pregame", day) == eastern_instant(day, 10)
    assert scheduler.first_due(MAP, "postgame", day) == eastern_instant(date(2024, 3, 10), 6)
    assert scheduler.first_due(MAP, "backfill", day) is None
    assert scheduler.next_tick(MAP, eastern_instant(day, 10)) == eastern_instant(day, 10, 15)
