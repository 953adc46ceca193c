"""`tipoff evaluate` on a home: the newest grades, the same figures in every form, and mistakes in one line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from functions.predict import core, predictions
from shared.adapters.models import FileModels
from tests.support.data.slates import features, work
from tests.support.local import homes
from tipoff import cli

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
    return features(*(p | {"line_known_at": AS_OF} for p in players))


def grade(row: dict, points: int) -> dict:
    """A grade as the grader writes it, in the columns that the evaluation reads."""
    side = None if row["line"] is None else ("win" if points < row["line"] else "loss")
    copied = ("game_id", "game_date", "player_id", "system_id", "line", "recommendation")
    outcome = {"outcome": side or "ungradeable", "ungradeable_reason": None if side else "no_line"}
    return {**{n: row[n] for n in copied}, "prediction_generation": 1, "actual_points": points, **outcome}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two formulas' predictions, graded; the second predicted half as many."""
    path = tmp_path_factory.mktemp("evaluated")
    app, table = homes.make_app(path), slate()
    homes.put(app, "nba_precompute.ml_feature_store_v2", table.to_pylist())
    when = work(from_date=homes.DAY, to_date=homes.DAY, as_of=AS_OF, now=AS_OF)
    rng, points, graded = np.random.default_rng(2), {}, []
    for system, asked in (("moving_average", table), ("zone_matchup_v1", table.slice(0, PLAYERS // 2))):
        found = core.compute("moving_average", when, {"features": asked}, None).rows
        assert isinstance(found, pa.Table)
        made = [{**r, "system_id": system} for r in found.to_pylist()]
        homes.put(app, "nba_predictions.player_prop_predictions", made, unit=system)
        for row in made:
            drawn = int(max(0, rng.normal(row["predicted_points"], 6)))
            graded.append(grade(row, points.setdefault(row["player_id"], drawn)))
    homes.put(app, "nba_predictions.prediction_accuracy", graded, run_id=f"{homes.DAY}.postgame")
    quoted = {"game_id": homes.GAME, "player_id": 2, "bookmaker": "draftkings", "points_line": 1.5}
    late = {"known_at": TIP - timedelta(minutes=5)}
    after = {"known_at": TIP + timedelta(minutes=5), "points_line": 40.5}
    homes.put(app, "nba_raw.odds_api_player_points_props", [{**quoted, **late}, {**quoted, **after}])
    homes.close(app)
    return path


def evaluate(capsys: pytest.CaptureFixture[str], home: Path, *more: str) -> tuple[int, str, str]:
    """`tipoff evaluate`."""
    code = cli.run(["evaluate", "--home", str(home), *more])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_every_system_is_scored_on_its_own_lined_rows(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """58 of 60 have a line; the system of half the players is scored on its half and left out side by side."""
    code, out, _ = evaluate(capsys, home, "--json")
    found = json.loads(out)
    assert code == 0
    assert [(r["system"], r["rows"]) for r in found["systems"]] == [("moving_average", 58), ("zone_matchup_v1", 30)]
    assert found["left_out_of_same_rows"] == ["zone_matchup_v1"]
    assert found["systems"][1]["moving_average_rows"] == 30
    filters = {f["filter"]: f for f in found["filters"]["moving_average"]}
    assert filters["player_out"]["bets"] == 1
    assert (found["from"], found["to"]) == ("2024-02-26", "2024-02-26")


def test_the_close_is_the_last_quote_before_the_tip(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A quote after the tip is no closing line: only the earlier one, far below every pick's line, counts."""
    code, out, _ = evaluate(capsys, home, "--json")
    found = json.loads(out)["systems"][0]
    assert (code, found["clv_bets"]) == (0, 1)
    assert found["clv_points"] > 0.0  # an under whose line fell


@pytest.mark.parametrize("by", ["line", "tier", "book", "month"])
def test_every_split_prints_and_writes(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], by: str) -> None:
    """The table names its parts, the page is written whole, also below a folder that was not there."""
    path = tmp_path / "new" / "report.html"
    code, out, _ = evaluate(capsys, home, "--by", by, "--html", str(path))
    assert code == 0
    for heading in ("Points", "Chances against the line", "Bets", "Side by side", "Filters of moving_average"):
        assert heading in out
        assert heading in path.read_text("utf-8")
    assert path.read_text("utf-8").endswith("</html>\n")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--from", "2024-03-01"], "no graded prediction with a line between these dates"),
        (["--system", "gut"], "gut has no graded prediction with a line; there are moving_average"),
        (["--html", "/proc/nowhere/x.html"], "cannot write /proc/nowhere/x.html"),
    ],
)
def test_a_mistake_is_one_line(home: Path, capsys: pytest.CaptureFixture[str], more: list[str], told: str) -> None:
    """Exit 2, nothing on stdout."""
    code, out, err = evaluate(capsys, home, *more)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err


def test_predictions_of_a_model_that_saw_their_results_are_not_scored(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A card whose training reached the date refuses the evaluation; one that ended the day before does not."""
    digest = predictions.formula_hash("moving_average")
    folder = home / "models" / "moving_average"
    for through, code in (("2024-02-25", 0), ("2024-02-26", 1), ("2024-03-05", 1)):
        registry = FileModels(home / "models")
        saved = registry.save("moving_average", b"x", {"created_at": "x", "trained_through": through}, promote=False)
        card = {**saved.card, "hash": digest}
        (folder / f"{saved.hash}.json").write_text(json.dumps(card), "utf-8")
        found, _, err = evaluate(capsys, home)
        assert found == code
        assert ("it had seen these results" in err) == (code == 1)
    for path in folder.iterdir():
        path.unlink()
