"""Which dates have games and when: what a replay walks along."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pyarrow.parquet as pq

from shared.adapters.history_feeds import HistoryFeeds
from shared.contracts.work import Request
from shared.map.model import PipelineMap
from shared.rules import history_times
from tipoff.local.scheduler import first_due


@dataclass(frozen=True)
class GameDay:
    """One date with games: how many, and the distinct times at which they tip, in order."""

    day: date
    games: int
    tips: tuple[datetime, ...]


def game_days(games: Iterable[tuple[date, datetime]]) -> list[GameDay]:
    """Dates with games in order, from each game's date and tip."""
    tips: dict[date, list[datetime]] = defaultdict(list)
    for day, tip in games:
        tips[day].append(tip)
    return [GameDay(day, len(tips[day]), tuple(sorted(set(tips[day])))) for day in sorted(tips)]


def busiest(days: list[GameDay]) -> GameDay:
    """The date with the most games, the last of several."""
    return max(days, key=lambda d: (d.games, d.day))


def history_days(feeds: HistoryFeeds, pipeline: PipelineMap) -> list[GameDay]:
    """Every date with games in a history folder."""
    first, last = feeds.first_and_last_date()
    window = {"from": str(first), "to": str(last), "known_by": datetime.max.replace(tzinfo=UTC).isoformat()}
    rows = pq.read_table(BytesIO(feeds.fetch(Request("history", "games", window)).body))
    tips = history_times.tips(rows, pipeline.assumptions).to_pylist()
    return game_days(zip(rows["game_date"].to_pylist(), tips, strict=True))


def pregame_times(day: GameDay, pipeline: PipelineMap) -> tuple[datetime, ...]:
    """When predictions of the day become final: each distinct tip minus the lead."""
    return tuple(tip - timedelta(minutes=pipeline.settings["lead_minutes"]) for tip in day.tips)


def morning(day: date, pipeline: PipelineMap) -> datetime:
    """When the map's schedule asks for the grades of the date before, in UTC."""
    at = first_due(pipeline, pipeline.kind_with("grade"), day - timedelta(days=1))
    assert at is not None
    return at


def postgame_at(day: GameDay, pipeline: PipelineMap) -> datetime:
    """The morning after the games."""
    return morning(day.day + timedelta(days=1), pipeline)
