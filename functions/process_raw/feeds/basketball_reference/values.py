"""Values as Basketball-Reference writes them: teams, dates, times and counts."""

import re
from datetime import UTC, date, datetime, time
from typing import Any

from functions.process_raw.feeds.leagues import NBA, tricode
from shared.rules.dates import EASTERN
from shared.rules.teams import TRICODES

_TIME = re.compile(r"(\d{1,2}):(\d\d) ?([ap])m?", re.IGNORECASE)
_DATE = re.compile(r"([A-Z][a-z]+ \d{1,2}, \d{4})")
_MINUTES = re.compile(r"(\d+):(\d\d)")
_NOON = 12


def team_of(code: str) -> str:
    """The NBA's tricode of a team's code or full name there; a team of the past keeps its code."""
    return TRICODES.get(code) or tricode(code, NBA) or code


def day_of(text: Any) -> date | None:
    """The date in a text like `Tue, Apr 1, 2025` or `... Box Score, March 1, 2025`."""
    stated = "".join(_DATE.findall(str(text or ""))[:1])
    for form in ("%B %d, %Y", "%b %d, %Y"):
        try:
            return datetime.strptime(stated, form).date()  # noqa: DTZ007 - a date
        except ValueError:
            continue
    return None


def instant_of(day: date, text: Any) -> datetime | None:
    """The instant of an Eastern time like `7:30p` or `6:00 PM` on that day."""
    found = _TIME.fullmatch(str(text or ""))
    if not found:
        return None
    hour = int(found[1]) % _NOON + (_NOON if found[3].lower() == "p" else 0)
    return datetime.combine(day, time(hour, int(found[2])), EASTERN).astimezone(UTC)


def whole_of(text: Any) -> Any:
    """A count, `+5` and `17,904` too; None for an empty cell, other text as it is."""
    plain = str(text or "").replace(",", "").removeprefix("+")
    return (int(plain) if plain.removeprefix("-").isdecimal() else text) if plain else None


def seconds_of(text: Any) -> int | None:
    """Seconds of `34:54`; None for anything else."""
    found = _MINUTES.fullmatch(str(text or ""))
    return 60 * int(found[1]) + int(found[2]) if found else None
