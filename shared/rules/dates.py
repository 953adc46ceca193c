"""Dates and times of the league: the US Eastern date is the game date, every instant is UTC."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")

FIRST_SEASON_MONTH = 8
_BUBBLE, _AFTER_THE_BUBBLE = 2020, 11  # the season of 2019-20 ended on 11 October 2020
_FIRST_SEASON = 46  # the first season started in 1946: two smaller digits are of this century
SEASON_TYPES = {"002": "Regular Season", "004": "Playoffs", "005": "Play-In", "006": "NBA Cup Final"}


def eastern_instant(day: date, hour: int, minute: int = 0) -> datetime:
    """The UTC instant at which clocks on the US East Coast show that time on that day."""
    return datetime.combine(day, time(hour, minute), EASTERN).astimezone(UTC)


def eastern_date(moment: datetime) -> date:
    """The US Eastern date of an aware instant."""
    return moment.astimezone(EASTERN).date()


def eastern_days(first: date, last: date) -> list[date]:
    """Every date from `first` to `last`, both included."""
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def parse_utc(text: str) -> datetime:
    """An aware UTC instant from ISO 8601 text; ValueError if it is no time or has no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without offset: {text}")
    return moment.astimezone(UTC)


def season_year(day: date) -> int:
    """The year in which the season of that date starts; seasons turn on the first of August, but after 2019-20."""
    first_month = _AFTER_THE_BUBBLE if day.year == _BUBBLE else FIRST_SEASON_MONTH
    return day.year if day.month >= first_month else day.year - 1


def is_past_season(day: date, now: datetime) -> bool:
    """Whether the season of that date is over, and another one is current."""
    return season_year(day) < season_year(eastern_date(now))


def season_name(year: int) -> str:
    """`2023-24` for 2023."""
    return f"{year}-{(year + 1) % 100:02d}"


def season_type(game_id: str) -> str | None:
    """The season type by an NBA game id's first three digits; None for preseason and All-Star games."""
    return SEASON_TYPES.get(game_id[:3])


def season_of_game(game_id: str) -> int:
    """The year in which the season of an NBA game id starts: digits four and five."""
    year = int(game_id[3:5])
    return (1900 if year >= _FIRST_SEASON else 2000) + year


def assumed_tip(day: date, assumptions: Mapping[str, int]) -> datetime:
    """The assumed tip of a game whose feed gives no time."""
    return eastern_instant(day, assumptions["tip_hour_eastern"])


def schedule_known_at(tip: datetime, assumptions: Mapping[str, int]) -> datetime:
    """When a game is assumed to have appeared in the schedule."""
    return tip - timedelta(days=assumptions["schedule_days_before_tip"])


def game_end(tip: datetime, overtimes: int, assumptions: Mapping[str, int]) -> datetime:
    """When a game is assumed to be over and its box score known."""
    regular, extra = assumptions["box_score_minutes_after_tip"], assumptions["box_score_minutes_per_overtime"]
    return tip + timedelta(minutes=regular + extra * overtimes)
