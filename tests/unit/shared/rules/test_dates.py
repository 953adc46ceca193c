"""Dates of the league on both sides of the clock change."""

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.rules import dates

ASSUMED = {
    "schedule_days_before_tip": 14,
    "tip_hour_eastern": 19,
    "box_score_minutes_after_tip": 150,
    "box_score_minutes_per_overtime": 25,
}


@pytest.mark.parametrize(
    ("day", "utc_hour"),
    [(date(2024, 11, 2), 23), (date(2024, 11, 3), 24), (date(2025, 3, 8), 24), (date(2025, 3, 9), 23)],
)
def test_seven_in_the_evening_moves_with_daylight_saving(day: date, utc_hour: int) -> None:
    """19:00 Eastern is 23:00 UTC in summer time and midnight UTC in winter time, from the day of the change on."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert dates.assumed_tip(day, ASSUMED) == midnight + timedelta(hours=utc_hour)


@pytest.mark.parametrize("day", [date(2024, 11, 2), date(2024, 11, 3), date(2024, 12, 31), date(2025, 3, 9)])
def test_an_eastern_instant_falls_on_its_own_eastern_date(day: date) -> None:
    """Instant and date are inverse, at both ends of the day."""
    assert dates.eastern_date(dates.eastern_instant(day, 0)) == day
    assert dates.eastern_date(dates.eastern_instant(day, 23, 59)) == day
    assert dates.eastern_date(dates.eastern_instant(day, 0) - timedelta(seconds=1)) == day - timedelta(days=1)


def test_a_day_of_the_clock_change_lasts_25_and_23_hours() -> None:
    """Days are counted by dates, never by 24 hours."""
    days = [
        dates.eastern_instant(d, 0) for d in (date(2024, 11, 3), date(2024, 11, 4), date(2025, 3, 9), date(2025, 3, 10))
    ]
    assert [days[1] - days[0], days[3] - days[2]] == [timedelta(hours=25), timedelta(hours=23)]
    assert dates.eastern_days(date(2024, 11, 2), date(2024, 11, 4)) == [date(2024, 11, d) for d in (2, 3, 4)]


def test_a_time_without_offset_is_refused() -> None:
    """A time without an offset is no instant."""
    assert dates.parse_utc("2024-11-03T01:30:00-05:00") == datetime(2024, 11, 3, 6, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="without offset"):
        dates.parse_utc("2024-11-03T01:30:00")


@pytest.mark.parametrize(
    ("now", "is_past"),
    [("2025-08-01T03:59+00:00", False), ("2025-08-01T04:00+00:00", True), ("2024-12-01T12:00Z", False)],
)
def test_a_season_is_past_when_the_next_one_is_current(now: str, *, is_past: bool) -> None:
    """By the Eastern date of the moment."""
    assert dates.is_past_season(date(2025, 6, 22), datetime.fromisoformat(now)) is is_past


def test_seasons_are_named_by_their_first_year() -> None:
    """The bubble's October finals belong to their season by game id, New Year's Day to the season before."""
    assert dates.season_year(date(2024, 1, 1)) == 2023
    assert dates.season_year(date(2024, 10, 22)) == 2024
    assert [dates.season_year(date(2020, month, 11)) for month in (7, 8, 10, 11)] == [2019, 2019, 2019, 2020]
    assert dates.season_name(1999) == "1999-00"
    assert (dates.season_of_game("0041900406"), dates.season_type("0041900406")) == (2019, "Playoffs")
    assert dates.season_type("0032300001") is None


def test_a_box_score_is_known_when_the_game_is_over() -> None:
    """150 minutes after the tip and 25 more for every overtime; a schedule 14 days before."""
    tip = datetime(2024, 12, 1, 0, 30, tzinfo=UTC)
    assert dates.game_end(tip, 2, ASSUMED) - tip == timedelta(minutes=200)
    assert tip - dates.schedule_known_at(tip, ASSUMED) == timedelta(days=14)
