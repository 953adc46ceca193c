"""A home with graded predictions of two formulas, and `tipoff evaluate` on it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from functions.predict import core
from tests.support.data.slates import features, inputs, work
from tests.support.local import homes
from tipoff.cli import main

PLAYERS = 60
TIP = datetime(2024, 2, 27, 0, 0, tzinfo=UTC)
AS_OF = TIP - timedelta(minutes=30)
WHEN = {"game_date": homes.DAY, "game_id": homes.GAME, "tip_utc": TIP, "as_of": AS_OF, "known_at": AS_OF}


def slate() -> pa.Table:
    """Sixty players, one of them out, two without a line."""
    rng = np.random.default_rng(1)
    form = rng.uniform(8, 28, PLAYERS)
    players = [
        {**WHEN, "points_avg_last_5": f, "points_avg_last_10": f, "points_avg_season": f, "line": np.floor(f) + 2.5}
        for f in form
    ]
    players[0]["injury_status"] = "out"
    for player in players[-2:]:
        player.update(line=None, has_line=False)
    return features(*(p | {"line_known_at": AS_OF, "line_seen_at": AS_OF} for p in players))


def grade(row: dict[str, Any], points: int) -> dict[str, Any]:
    """A grade as the grader writes it, in the columns that the evaluation reads."""
    side = None if row["line"] is None else ("win" if points < row["line"] else "loss")
    copied = ("game_id", "game_date", "player_id", "system_id", "line", "recommendation")
    outcome = {"outcome": side or "ungradeable", "ungradeable_reason": None if side else "no_line"}
    return {**{n: row[n] for n in copied}, "prediction_generation": 1, "actual_points": points, **outcome}


def fill(path: Path) -> None:
    """Two formulas' predictions, graded; the second predicted half as many."""
    app, table = homes.make_app(path), slate()
    homes.put(app, "nba_precompute.ml_feature_store_v2", table.to_pylist())
    when = work(from_date=homes.DAY, to_date=homes.DAY, as_of=AS_OF, now=AS_OF)
    rng, points, graded = np.random.default_rng(2), {}, []
    for system, asked in (("moving_average", table), ("zone_matchup_v1", table.slice(0, PLAYERS // 2))):
        found = core.compute("moving_average", when, inputs(asked), None).rows
        assert isinstance(found, pa.Table)
        made = [{**r, "system_id": system} for r in found.to_pylist()]
        homes.put(app, "nba_predictions.player_prop_predictions", made, unit=system)
        for row in made:
            drawn = int(max(0, rng.normal(row["predicted_points"], 6)))
            graded.append(grade(row, points.setdefault(row["player_id"], drawn)))
    homes.put(app, "nba_predictions.prediction_accuracy", graded, run_id=f"{homes.DAY}.postgame")
    prices = {"over_price": -110, "under_price": -110}
    quoted = {"game_id": homes.GAME, "player_id": 2, "bookmaker": "draftkings", "points_line": 1.5, **prices}
    late = {"known_at": TIP - timedelta(minutes=5)}
    after = {"known_at": TIP + timedelta(minutes=5), "points_line": 40.5}
    bare = {"known_at": TIP - timedelta(minutes=4), "points_line": 30.5, "over_price": None}
    same = {"player_id": 3, "points_line": table["line"][2].as_py(), "known_at": AS_OF}
    stays = {**quoted, **same, "last_seen_at": TIP - timedelta(minutes=1)}
    listed = [{**quoted, **late}, {**quoted, **after}, {**quoted, **bare}, stays]
    homes.put(app, "nba_raw.odds_api_player_points_props", listed)
    app.close()


def evaluate(capsys: pytest.CaptureFixture[str], home: Path, *more: str) -> tuple[int, str, str]:
    """`tipoff evaluate`."""
    code = main.run(["evaluate", "--home", str(home), *more])
    captured = capsys.readouterr()
    return code, captured.out, captured.err
