"""The tick of a schedule's message, early or late; the message equals that of the local scheduler."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.events import Delivery, Message, RunRequested, SweepRequested
from shared.errors import ContractError
from shared.map.loader import pipeline_map
from shared.map.ticks import CLOCK_SKEW, scheduled, tick_at, ticks_after

MAP = pipeline_map()
ZONE = ZoneInfo(MAP.time_zone)
SEASON_START = datetime(2025, 10, 1, tzinfo=UTC)
SIX_EASTERN = datetime(2026, 1, 15, 11, tzinfo=UTC)


def named(schedule: str, published_at: datetime = SIX_EASTERN) -> Delivery:
    """A delivery from Cloud Scheduler: its message only names the schedule."""
    inside = Message(id="pubsub.7", topic="nba-run-trigger", to="scrape", data=f'{{"schedule":"{schedule}"}}')
    return Delivery(message=inside, receipt="7", attempt=1, published_at=published_at, schedule=schedule)


@given(
    name=st.sampled_from(sorted(MAP.schedules)),
    milliseconds=st.integers(0, 300 * 86_400_000),
)
def test_it_is_the_latest_tick_that_is_due(name: str, milliseconds: int) -> None:
    """The tick is one of those that `ticks_after` lists, and none lies between it and the publish time."""
    at = SEASON_START + timedelta(milliseconds=milliseconds)
    found = tick_at(MAP, name, at)
    assert found.at <= at + CLOCK_SKEW
    following = ticks_after(MAP.schedules[name], ZONE, found.at - timedelta(seconds=1))
    assert next(following) == found
    assert next(following).at > (at + CLOCK_SKEW).replace(microsecond=0)


@pytest.mark.parametrize("late_s", [-9, 0, 1, 600, 3 * 3600])
def test_early_and_late_it_is_the_same_tick(late_s: int) -> None:
    """A clock that is behind, or the scheduler's retries, do not change the tick."""
    found = tick_at(MAP, "postgame", SIX_EASTERN + timedelta(seconds=late_s))
    assert (found.at, found.game_date, found.id) == (
        SIX_EASTERN,
        date(2026, 1, 14),
        f"postgame@{SIX_EASTERN.isoformat()}",
    )


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 3, 7), date(2025, 11, 2), date(2025, 11, 1)])
def test_the_clocks_change(day: date) -> None:
    """Six in the morning Eastern, and the day before it, on both sides of both changes."""
    at = datetime(day.year, day.month, day.day, 6, 0, 2, tzinfo=ZONE)
    found = tick_at(MAP, "postgame", at.astimezone(UTC))
    assert (found.at.astimezone(ZONE).hour, found.game_date) == (6, day - timedelta(days=1))


@pytest.mark.parametrize("name", sorted(MAP.schedules))
def test_the_message_is_the_local_schedulers(name: str) -> None:
    """Kind, date and condition are the tick's; delivered twice, it is the same message."""
    first = scheduled(named(name), MAP)
    assert first == tick_at(MAP, name, SIX_EASTERN).message(MAP.request_topics)
    assert scheduled(named(name, SIX_EASTERN + timedelta(minutes=3)), MAP) == first
    event = first.event()
    if isinstance(event, RunRequested):
        assert (event.kind, event.only_if) == (MAP.schedules[name].run, MAP.schedules[name].only_if)
    else:
        assert isinstance(event, SweepRequested)


def test_an_unknown_schedule_breaks_the_contract() -> None:
    """A schedule that the map lacks is a ContractError."""
    with pytest.raises(ContractError, match="no schedule hourly"):
        scheduled(named("hourly"), MAP)


def test_any_other_delivery_is_left_alone() -> None:
    """Without a schedule's name the message is what was published."""
    plain = named("sweep").model_copy(update={"schedule": ""})
    assert scheduled(plain, MAP) is plain.message
