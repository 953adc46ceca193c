"""Which schedules of the map fire when: pure rules over instants, for the local service and for looking."""

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
            request_id=self.id, kind=self.schedule.run, from_date=self.game_date, to_date=self.game_date
        )
        return message(self.schedule.topic, request)


@dataclass(frozen=True)
class Due:
    """What to send now, and the missed ticks that are left out although nothing else will ask for their game date."""

    send: tuple[Tick, ...]
    left_out: tuple[Tick, ...]


def _after(schedule: Schedule, zone: ZoneInfo, after: datetime) -> Iterator[Tick]:
    for at in CronSim(schedule.cron, after.astimezone(zone)):
        yield Tick(schedule, at.astimezone(UTC), at.astimezone(zone).date() + timedelta(days=schedule.day_offset))


def ticks(found: PipelineMap, after: datetime, until: datetime) -> list[Tick]:
    """Every tick later than `after` and not later than `until`, by time; at most the last 14 days of them."""
    listed: list[Tick] = []
    start = max(after, until - MAX_LOOK_BACK)
    for schedule in found.schedules.values():
        for tick in _after(schedule, ZoneInfo(found.time_zone), start):
            if tick.at > until:
                break
            listed.append(tick)
    return sorted(listed, key=lambda t: (t.at, t.schedule.name))


def due(found: PipelineMap, after: datetime, now: datetime) -> Due:
    """What the ticks since `after` come down to: per run kind and for the sweep only the latest one.

    A run for the day itself is asked for only while it is that day; earlier days of it can no longer be predicted.
    """
    today = now.astimezone(ZoneInfo(found.time_zone)).date()
    missed = ticks(found, after, now)
    usable = [t for t in missed if not (t.schedule.run and t.schedule.day_offset >= 0 and t.game_date < today)]
    latest = {t.schedule.run: t for t in usable}
    dates = {(t.schedule.run, t.game_date): t for t in missed if t.schedule.run}
    asked = {(t.schedule.run, t.game_date) for t in latest.values()}
    left_out = tuple(t for key, t in dates.items() if key not in asked)
    return Due(tuple(sorted(latest.values(), key=lambda t: (t.at, t.schedule.name))), left_out)


def next_tick(found: PipelineMap, after: datetime) -> datetime:
    """When the next schedule of any kind fires."""
    zone = ZoneInfo(found.time_zone)
    return min(next(_after(s, zone, after)).at for s in found.schedules.values())


def first_due(found: PipelineMap, kind: str, game_date: date) -> datetime | None:
    """When a run of this kind is first scheduled for a game date; None for a kind without a schedule."""
    zone = ZoneInfo(found.time_zone)
    firsts = []
    for schedule in found.schedules.values():
        if schedule.run == kind:
            day = game_date - timedelta(days=schedule.day_offset)
            midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
            tick = next(_after(schedule, zone, midnight - timedelta(seconds=1)))
            firsts.append(tick.at)
    return min(firsts, default=None)
