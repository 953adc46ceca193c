"""Which schedules of the map fire when: pure rules over instants, for the local service and for looking."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.map.model import PipelineMap
from shared.map.ticks import Tick, ticks, ticks_after


@dataclass(frozen=True)
class Due:
    """What to send now, and the missed ticks that are left out although nothing else will ask for their game date."""

    send: tuple[Tick, ...]
    left_out: tuple[Tick, ...]


def due(pipeline: PipelineMap, after: datetime, now: datetime) -> Due:
    """What the ticks since `after` come down to: per run kind and day it asks about, and for the sweep, the latest one.

    A run for the day itself is asked for only while it is that day; earlier days of it can no longer be predicted.
    """
    today = now.astimezone(ZoneInfo(pipeline.time_zone)).date()
    missed = ticks(pipeline, after, now)
    usable = [t for t in missed if not (t.schedule.run and t.schedule.day_offset >= 0 and t.game_date < today)]
    latest = {(t.schedule.run, t.schedule.day_offset): t for t in usable}
    dates = {(t.schedule.run, t.game_date): t for t in missed if t.schedule.run and not t.schedule.redo}
    asked = {(t.schedule.run, t.game_date) for t in latest.values()}
    left_out = tuple(t for key, t in dates.items() if key not in asked)
    return Due(tuple(sorted(latest.values(), key=lambda t: (t.at, t.schedule.name))), left_out)


def next_tick(pipeline: PipelineMap, after: datetime) -> datetime:
    """When the next schedule of any kind fires."""
    zone = ZoneInfo(pipeline.time_zone)
    return min(next(ticks_after(s, zone, after)).at for s in pipeline.schedules.values())


def first_due(pipeline: PipelineMap, kind: str, game_date: date) -> datetime | None:
    """When a run of this kind is first scheduled for a game date; None for a kind without a schedule."""
    zone = ZoneInfo(pipeline.time_zone)
    firsts = []
    for schedule in pipeline.schedules.values():
        if schedule.run == kind:
            day = game_date - timedelta(days=schedule.day_offset)
            midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
            tick = next(ticks_after(schedule, zone, midnight - timedelta(seconds=1)))
            firsts.append(tick.at)
    return min(firsts, default=None)
