"""Figures as the terminal and the pages write them: times in US Eastern, ages, odds, shares. Pure."""

from datetime import datetime

from shared.rules.dates import EASTERN

_MINUTES_SHOWN = 100  # from here on hours


def eastern(moment: datetime | None, *, with_day: bool = True) -> str:
    """`Mon 26 Feb 18:30 ET`, or the empty string."""
    if moment is None:
        return ""
    local = moment.astimezone(EASTERN)
    return local.strftime("%a %d %b %H:%M ET" if with_day else "%H:%M ET")


def minutes(given: float | None) -> str:
    """`45 min`, `4.3 h`, or a dash where there is none."""
    if given is None:
        return "-"
    return f"{given:.0f} min" if given < _MINUTES_SHOWN else f"{given / 60:.1f} h"


def odds(value: int | None) -> str:
    """American odds with their sign, or a dash."""
    return "-" if value is None else f"{value:+d}"


def share(value: float | None, *, signed: bool = False) -> str:
    """A share or a rate in percent, or a dash."""
    return "-" if value is None else f"{value:{'+' if signed else ''}.1%}"


def signed(value: float | None, digits: int = 2) -> str:
    """A number with its sign, or a dash; never minus zero."""
    return "-" if value is None else f"{round(value, digits) + 0.0:+.{digits}f}"


def interval(ends: tuple[float, float] | str | None) -> str:
    """A 95 % interval of a rate, `(-3.1% to +8.0%)`, or why there is none, `(too few dates (12 < 20))`; else empty."""
    if ends is None:
        return ""
    return f"({ends})" if isinstance(ends, str) else f"({ends[0]:+.1%} to {ends[1]:+.1%})"
