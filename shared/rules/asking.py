"""When what is missing is asked for again, and the one sentence that says so: pure rules."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate, chain, repeat
from operator import add

from shared.contracts.work import Missing
from shared.rules.dates import EASTERN, eastern_date

GRACE = timedelta(minutes=20)  # a sweep asks; one comes every 15 minutes


def next_ask(since: datetime, now: datetime, until: datetime, after_min: Sequence[int]) -> datetime | None:
    """The next moment to ask again for what is missing `since` then; None from `until` on, when it is of no use.

    It is asked for `after_min[0]` minutes after `since`, then after each further step, whose last one repeats, and once
    more at `until`. The moments do not depend on when it was really asked.
    """
    if now >= until:
        return None
    steps = (timedelta(minutes=m) for m in chain(after_min, repeat(after_min[-1])))
    return min(next(at for at in accumulate(steps, add, initial=since) if at > now), until)


def sentence(missing: Missing, now: datetime) -> str:
    """`SAC at LAL (0022400001): box score not there since 06:00 ET (HTTP 403), asked again at 06:30 ET`.

    Times of another Eastern date than that of `now` have their date. It says where nothing will ask again, and where
    nothing did although it was time to.
    """
    since = f" since {_eastern(missing.since, now)}" if missing.since else ""
    next_time = "not asked again"
    if missing.ask_at:
        is_late = missing.ask_at + GRACE < now
        next_time = f"{'was to be ' if is_late else ''}asked again at {_eastern(missing.ask_at, now)}"
    return f"{missing.entity}: {missing.what or 'data'} not there{since} ({missing.reason}), {next_time}"


def _eastern(moment: datetime, now: datetime) -> str:
    day = "" if eastern_date(moment) == eastern_date(now) else f"{eastern_date(moment)} "
    return f"{day}{moment.astimezone(EASTERN):%H:%M} ET"
