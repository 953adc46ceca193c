"""When the official injury report is published, and under which name, in each of its eras. Pure.

Sources: the names as packages that read the reports state them (nbainjuries), and the archive's own gaps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.rules.dates import EASTERN

BACK = timedelta(days=1)  # an older report says nothing of tonight
_QUARTER = timedelta(minutes=15)
_QUARTERLY_FROM = date(2025, 12, 22)  # and on this one day still hourly as well
_HOURLY_FROM = date(2021, 10, 18)
_BUBBLE = (date(2020, 7, 1), date(2020, 10, 31))  # the season's end in Orlando, with hourly reports
_HOURS_BEFORE = (13, 17, 20)  # Eastern, of the three reports a day before there were hourly ones
_MINUTE = 30  # of the hour at which a report that is named by the hour is published


@dataclass(frozen=True)
class InjuryReport:
    """One report by its name, `2024-11-06_05PM`, and when it is due (UTC)."""

    name: str
    due: datetime


def reports_until(moment: datetime) -> Iterator[InjuryReport]:
    """The reports that are due by a moment, newest first, at most a day back: no more than 121.

    In the night in which clocks go back one name stands for two times.
    """
    due = moment - timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)
    while due > moment - BACK:
        for name in _names(due.astimezone(EASTERN)):
            yield InjuryReport(name, due)
        due -= _QUARTER


def _names(local: datetime) -> Iterator[str]:
    """The names of the reports that are published at an Eastern time on a quarter of an hour."""
    day = local.date()
    if day >= _QUARTERLY_FROM:
        yield f"{local:%Y-%m-%d_%I_%M%p}"
    is_hourly = _HOURLY_FROM <= day <= _QUARTERLY_FROM or _BUBBLE[0] <= day <= _BUBBLE[1]
    is_one_of_three = day < _HOURLY_FROM and local.hour in _HOURS_BEFORE
    if local.minute == _MINUTE and (is_hourly or is_one_of_three):
        yield f"{local:%Y-%m-%d_%I%p}"
