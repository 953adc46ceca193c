"""When the map's schedules fire, and what each firing asks for: pure rules over instants."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from shared.contracts.events import Delivery, Message, RunRequested, SweepRequested, message
from shared.errors import ContractError
from shared.map.model import PipelineMap, RequestTopics, Schedule

MAX_LOOK_BACK = timedelta(days=14)  # older missed ticks are not listed
CLOCK_SKEW = timedelta(seconds=10)  # Pub/Sub's clock may be this much behind the scheduler's


@dataclass(frozen=True)
class Tick:
    """One firing of a schedule: the instant (UTC) and the game date that it asks for, in the map's time zone."""

    schedule: Schedule
    at: datetime
    game_date: date

    @property
    def id(self) -> str:
        """`{schedule}@{instant}`: a tick that is sent twice opens one generation."""
        return f"{self.schedule.name}@{self.at.isoformat()}"

    def message(self, topics: RequestTopics) -> Message:
        """The message that the tick sends."""
        if self.schedule.run is None:
            return message(topics.sweep, SweepRequested(at=self.at))
        request = RunRequested(
            request_id=self.id,
            kind=self.schedule.run,
            from_date=self.game_date,
            to_date=self.game_date,
            only_if=self.schedule.only_if,
            redo=self.schedule.redo,
        )
        return message(topics.run, request)


def ticks_after(schedule: Schedule, zone: ZoneInfo, after: datetime) -> Iterator[Tick]:
    """The schedule's ticks later than `after`, endlessly."""
    for at in CronSim(schedule.cron, after.astimezone(zone)):
        yield Tick(schedule, at.astimezone(UTC), at.astimezone(zone).date() + timedelta(days=schedule.day_offset))


def ticks(m: PipelineMap, after: datetime, until: datetime) -> list[Tick]:
    """Every tick later than `after` and not later than `until`, by time; at most the last 14 days of them."""
    listed: list[Tick] = []
    start = max(after, until - MAX_LOOK_BACK)
    for schedule in m.schedules.values():
        for tick in ticks_after(schedule, ZoneInfo(m.time_zone), start):
            if tick.at > until:
                break
            listed.append(tick)
    return sorted(listed, key=lambda t: (t.at, t.schedule.name))


def tick_at(m: PipelineMap, name: str, published_at: datetime) -> Tick:
    """The schedule's latest tick not later than the publish time; ContractError for a schedule the map lacks.

    A message published up to CLOCK_SKEW before a tick belongs to that tick, as the publisher's clock may be behind. A
    message published late, after retries, belongs to the last tick before it.
    """
    schedule = m.schedules.get(name)
    if schedule is None:
        raise ContractError(f"no schedule {name}; the map has {', '.join(m.schedules)}")
    zone = ZoneInfo(m.time_zone)
    just_after = (published_at + CLOCK_SKEW).replace(microsecond=0) + timedelta(seconds=1)
    at = next(CronSim(schedule.cron, just_after.astimezone(zone), reverse=True))
    return Tick(schedule, at.astimezone(UTC), at.astimezone(zone).date() + timedelta(days=schedule.day_offset))


def scheduled(delivery: Delivery, m: PipelineMap) -> Message:
    """The message to handle; for a delivery from a schedule, the message that the local scheduler would have sent."""
    if not delivery.schedule:
        return delivery.message
    return tick_at(m, delivery.schedule, delivery.published_at).message(m.request_topics)
