"""A home with three dates that a formula predicted, all graded: what a user's own system is walked over."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from functions.predict import core
from shared.contracts.rows import table
from shared.ports import Scope
from shared.work.app import App
from tests.support.data import slates
from tests.support.local import homes

DAYS = tuple(date(2024, 2, 24) + timedelta(days=n) for n in range(3))
PLAYERS = range(1, 7)  # the fifth has no line, the sixth does not play
POINTS = {1: 30, 2: 12, 3: 20, 4: 8, 5: 15}


def game(day: date) -> str:
    """The id of the date's only game."""
    return f"00223008{day.day}"


def tip(day: date) -> datetime:
    """19:00 Eastern."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def as_of(day: date) -> datetime:
    """When the date's game is predicted."""
    return tip(day) - timedelta(minutes=30)


def features_of(day: date, **changes: Any) -> pa.Table:
    """The date's slate; the average of the last five games is the player's number plus 10."""
    when = {"game_date": day, "game_id": game(day), "tip_utc": tip(day), "as_of": as_of(day), "known_at": as_of(day)}
    lined = {"line_known_at": as_of(day), "line_seen_at": as_of(day)}
    rows: list[Mapping[str, Any]] = [
        {**when, **lined, **(slates.WITHOUT_LINE if n == 5 else {}), "points_avg_last_5": n + 10.0, **changes}
        for n in PLAYERS
    ]
    return slates.features(*rows)


def put(app: App, name: str, rows: list[dict[str, Any]], day: date, unit: str = "u", generation: int = 1) -> None:
    """Write rows of a date, with whatever the contract requires filled in."""
    contract = table(name)
    full = contract.to_arrow([homes.filled(contract, {"game_date": day, **row}) for row in rows])
    scope = Scope(f"{day}.x", generation, 1, unit, day, day)
    assert app.tables.write(contract, full, scope).found == len(rows)


def fill(path: Path) -> Path:
    """The home."""
    app = homes.make_app(path)
    for day in DAYS:
        fill_date(app, day)
    app.close()
    return path


def fill_date(app: App, day: date) -> None:
    """Features, a formula's predictions, the box score and one grade of a date."""
    slate, at = features_of(day), {"game_id": game(day), "tip_utc": tip(day), "known_at": as_of(day)}
    put(app, "nba_precompute.ml_feature_store_v2", slate.to_pylist(), day)
    when = slates.work(from_date=day, to_date=day, as_of=as_of(day), now=as_of(day))
    made = core.compute("moving_average", when, slates.inputs(slate), None).rows
    assert isinstance(made, pa.Table)
    put(app, "nba_predictions.player_prop_predictions", made.to_pylist(), day, "moving_average")
    put(app, "nba_raw.nbac_schedule", [{**at, "home_team": "BOS", "away_team": "NYK", "game_status": "scheduled"}], day)
    over = tip(day) + timedelta(minutes=150)
    full = {
        "team_seconds": 14400,
        "opponent_seconds": 14400,
        "possessions_milli": 100_000,
        "pace": 100.0,
        "known_at": over,
    }
    sides = [{**at, **full, "overtimes": 0, "team": team} for team in ("BOS", "NYK")]
    put(app, "nba_analytics.team_offense_game_summary", sides, day)
    boxes = [
        {"game_id": game(day), "player_id": n, "is_dnp": False, "points": p, "seconds_played": 1800, "known_at": over}
        for n, p in POINTS.items()
    ]
    put(app, "nba_analytics.player_game_summary", boxes, day)
    grade_date(app, day)


def grade_date(app: App, day: date, generation: int = 1) -> None:
    """One grade of the formula, by which the date counts as graded."""
    copied = {"game_id": game(day), "player_id": 1, "system_id": "moving_average", "prediction_generation": 1}
    grade = {**copied, "line": 20.5, "recommendation": "PASS", "outcome": "win", "actual_points": POINTS[1]}
    put(app, "nba_predictions.prediction_accuracy", [grade], day, generation=generation)
