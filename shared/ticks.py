"""When the map's schedules fire and what each firing asks for: pure rules over instants."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from shared.contracts.events import Message, RunRequested, SweepRequested, message
from shared.map import PipelineMap, Schedule

MAX_LOOK_BACK = timedelta(days=14)  # ticks missed longer ago than this are not even listed


@dataclass(frozen=True)
class Tick:
    """One firing of a schedule: the instant (UTC) and the game date that it asks for, in the map's time zone."""

    schedule: Schedule
    at: datetime
    game_date: date

    @property
    def id(self) -> str:
        """`{schedule}@{instant}`: asking twice for a tick opens one generation."""
        return f"{self.schedule.name}@{self.at.isoformat()}"

    def message(self) -> Message:
        """The message that the tick sends."""
        if self.schedule.run is None:
            return message(self.schedule.topic, SweepRequested(at=self.at))
        request = RunRequested(
            request_id=self.id,
            kind=self.schedule.run,
            from_date=self.game_date,
            to_date=self.game_date,
            only_if=self.schedule.only_if,
        )
        return message(self.schedule.topic, request)


def ticks_after(schedule: Schedule, zone: ZoneInfo, after: datetime) -> Iterator[Tick]:
    """The schedule's ticks later than `after`, without end."""
    for at in CronSim(schedule.cron, after.astimezone(zone)):
        yield Tick(schedule, at.astimezone(UTC), at.astimezone(zone).date() + timedelta(days=schedule.day_offset))


def ticks(found: PipelineMap, after: datetime, until: datetime) -> list[Tick]:
    """Every tick later than `after` and not later than `until`, by time; at most the last 14 days of them."""
    listed: list[Tick] = []
    start = max(after, until - MAX_LOOK_BACK)
    for schedule in found.schedules.values():
        for tick in ticks_after(schedule, ZoneInfo(found.time_zone), start):
            if tick.at > until:
                break
            listed.append(tick)
    return sorted(listed, key=lambda t: (t.at, t.schedule.name))
