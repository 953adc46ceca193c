"""The sample calendar: eight weeks with back-to-backs, a day off, a postponement, no team on 3 days in a row."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from shared.rules.dates import eastern_instant, season_year
from shared.rules.teams import TEAMS

WEEKS: Final = 8
_GAMES_BY_WEEKDAY = (8, 6, 11, 3, 10, 8, 8)
DAY_OFF: Final = 37  # the day of the season without any game
POSTPONED_DAY: Final = 30  # its last game does not take place
POSTPONED_HOURS_BEFORE: Final = 6
_TIPS = ((19, 0), (19, 0), (19, 30), (19, 30), (20, 0), (20, 0), (21, 0), (22, 0), (22, 30))
_SUNDAY = 6
_SUNDAY_TIPS = ((15, 30), (18, 0), (18, 0), (19, 0), (19, 30), (21, 0))


@dataclass(frozen=True)
class Fixture:
    """One scheduled game; `postponed_at` is the moment of its postponement, if any."""

    game_id: str
    game_date: date
    tip: datetime
    home: str
    away: str
    postponed_at: datetime | None = None


def fixtures(seed: int, start: date) -> tuple[Fixture, ...]:
    """Every fixture in the order of date and tip."""
    rng = np.random.default_rng([seed, 2])
    played = dict.fromkeys(TEAMS, 0)
    at_home = dict.fromkeys(TEAMS, 0)
    last_days: dict[str, list[int]] = {team: [] for team in TEAMS}
    schedule: list[Fixture] = []
    for day in range(7 * WEEKS):
        game_date = start + timedelta(days=day)
        count = 0 if day == DAY_OFF else _GAMES_BY_WEEKDAY[game_date.weekday()]
        free = [t for t in TEAMS if last_days[t][-2:] != [day - 2, day - 1]]
        order = rng.permutation(len(free))
        chosen = [free[i] for i in sorted(order, key=lambda i: (played[free[i]], order[i]))][: 2 * count]
        slate = []
        for pair in rng.permutation(len(chosen)).reshape(-1, 2):
            home, away = sorted((chosen[i] for i in pair), key=lambda t: (at_home[t], t))
            at_home[home] += 1
            slate.append((_tip(rng, game_date), home, away))
        for team in chosen:
            played[team] += 1
            last_days[team].append(day)
        for tip, home, away in sorted(slate):
            game_id = f"002{season_year(start) % 100:02d}{len(schedule) + 1:05d}"
            schedule.append(Fixture(game_id, game_date, tip, home, away))
        if day == POSTPONED_DAY:
            called_off = schedule[-1].tip - timedelta(hours=POSTPONED_HOURS_BEFORE)
            schedule[-1] = replace(schedule[-1], postponed_at=called_off)
    return tuple(schedule)


def _tip(rng: np.random.Generator, day: date) -> datetime:
    tips = _SUNDAY_TIPS if day.weekday() == _SUNDAY else _TIPS
    hour, minute = tips[int(rng.integers(len(tips)))]
    return eastern_instant(day, hour, minute)
