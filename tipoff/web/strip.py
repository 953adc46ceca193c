"""The verdict strip of every page: is the date whole, how old is what is shown, and when is it looked at again."""

from dataclasses import dataclass
from datetime import date, datetime

from shared.rules.dates import eastern_date
from tipoff.local.scheduler import next_tick
from tipoff.operate import overview
from tipoff.operate.grid import day_verdict
from tipoff.operate.overview import Attention
from tipoff.web.site import Site, Stamp
from tipoff.words import eastern, minutes

WORDS = {
    "complete": "whole",
    "no_games": "no games",
    "not_due": "on time",
    "running": "on time",
    "degraded": "degraded",
    "late": "late",
    "failed": "broken",
}


@dataclass(frozen=True)
class Strip:
    """`state` is the verdict's, `word` says it in one; `attention` are things to mend, each with its command."""

    day: date
    state: str
    word: str
    sentence: str
    data: str
    next_check: str
    attention: tuple[Attention, ...]


def strip(site: Site, day: date, stamp: Stamp, now: datetime) -> Strip:
    """The strip of a date."""
    grids = overview.day_grids(site.stores, day, now)
    verdict = day_verdict(day.isoformat(), grids)
    own, _ = overview.attention(site.stores, grids, now)
    return Strip(
        day,
        verdict.state,
        WORDS[verdict.state],
        verdict.sentence,
        _data(stamp, now),
        _next(site, day, stamp, now),
        tuple(own),
    )


def _data(stamp: Stamp, now: datetime) -> str:
    if stamp.as_of is None:
        return "no rows yet"
    return f"data as of {eastern(stamp.as_of)}, {minutes((now - stamp.as_of).total_seconds() / 60)} ago"


def _next(site: Site, day: date, stamp: Stamp, now: datetime) -> str:
    """When the schedule fires next, or why nothing will change."""
    if stamp.is_written:
        return f"next check {eastern(next_tick(site.stores.map, now))}"
    if site.is_replay:
        return "a replayed home: nothing more is scheduled"
    late = " today" if day == eastern_date(now) else ""
    return f"no check will come{late}: nothing runs here; start tipoff up{site.stores.option}"
