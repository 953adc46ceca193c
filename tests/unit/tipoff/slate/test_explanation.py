"""Explanations and picks: contributions add up, labels are words, and errors are one line."""

import json
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pytest

from functions.predict import predictions
from functions.predict.distribution import SHIFT, means
from functions.predict.slate import Slate
from functions.predict.systems import champion
from shared.adapters.models import FileModels
from shared.contracts.features import ALL_FEATURES
from tests.support.data.slates import inputs
from tests.support.local import predicted
from tests.support.local.predicted import TREES
from tipoff.cli import main
from tipoff.slate import explanation
from tipoff.slate.explanation import SHAPE, label
from tipoff.training import fit_champion, recipes


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with models, features and predictions."""
    home = tmp_path_factory.mktemp("explained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit_champion, "MIN_LINED", 300)
        patch.setattr(fit_champion, "ROUNDS", {"score": 60, "market": 30, "variance": 20})
        patch.setattr(recipes, "XGBOOST_ROUNDS", 60)
        for parameters in (recipes.CATBOOST_V8, recipes.CATBOOST_V9):
            patch.setitem(parameters, "iterations", 60)
        predicted.train(FileModels(home / "models"))
    predicted.make(home, FileModels(home / "models"))
    return home


def one(made: Path, system: str, row: int) -> Slate:
    """A slate of one row with the system's model."""
    return Slate(predicted.slate().slice(row, 1), model=predicted.model_of(FileModels(made / "models"), system))


@pytest.mark.parametrize("system", TREES)
@pytest.mark.parametrize("row", [0, 3], ids=["with a line", "without"])
def test_start_and_causes_add_up_to_the_prediction(made: Path, system: str, row: int) -> None:
    """Each stage's start and causes add up to its end; the last end is the mean of the system's distribution."""
    slate = one(made, system, row)
    stages = explanation.explain(system, slate)
    for stage in stages:
        assert stage.start + sum(c.points for c in stage.causes) == pytest.approx(stage.end, abs=1e-9)
    assert stages[-1].end == pytest.approx(means(predictions.system(system).forecast(slate).pmf)[0], abs=1e-9)
    assert len(stages) == (2 if system == "champion" and row == 0 else 1)


@pytest.mark.parametrize("system", ["catboost_v8", "catboost_v9", "xgboost_v1"])
def test_the_features_alone_explain_trees_that_predict_points(made: Path, system: str) -> None:
    """The remainder, the shape of the distribution, is tiny: no feature is missing or counted twice."""
    (stage,) = explanation.explain(system, one(made, system, 0))
    (shape,) = (c for c in stage.causes if c.feature == SHAPE)
    assert abs(shape.points) < 0.03


def test_the_features_alone_explain_trees_that_predict_roots(made: Path) -> None:
    """Without the shape each stage of the champion ends at the square of its parts' root, less six."""
    slate = one(made, "champion", 0)
    model = slate.model
    assert model is not None
    parts = champion.of_model(model)
    root = champion.score_root(parts, slate.matrix(champion.SCORE_FEATURES))
    inputs = champion.market_inputs(slate, root, slate.values("line"))
    beside = inputs[:, 1] + parts.trust * champion.move(parts, inputs)
    for stage, expected in zip(explanation.explain("champion", slate), (root, beside), strict=True):
        (shape,) = (c for c in stage.causes if c.feature == SHAPE)
        assert stage.end - shape.points == pytest.approx(float(expected[0] ** 2 - SHIFT), abs=2e-4)
        assert 0.0 < shape.points < 2.0


@pytest.mark.parametrize("system", TREES)
def test_what_the_points_follow_is_the_largest_cause(made: Path, system: str) -> None:
    """If only the last ten games matter, they (or the line made of them) are the first cause."""
    stage = explanation.explain(system, one(made, system, 0))[0]
    causes = [c for c in stage.causes if c.feature != SHAPE]
    assert causes[0].feature in {"points_avg_last_10", "vegas_points_line"}
    assert sum(abs(c.points) for c in causes[:2]) > 0.8 * sum(abs(c.points) for c in causes)
    assert {c.feature for c in causes[:2]} >= {"points_avg_last_10"}
    assert causes[0].value is not None


def test_every_feature_has_words_and_no_two_the_same() -> None:
    """A feature without a description would be shown by its column name."""
    words = [label(name) for name in ALL_FEATURES]
    assert [name for name, word in zip(ALL_FEATURES, words, strict=True) if word == name.replace("_", " ")] == []
    assert len(set(words)) == len(words)


def explain(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> tuple[int, str, str]:
    """`tipoff explain`."""
    code = main.run(["explain", *words, "--home", str(home)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_an_explanation_reads_as_text_and_as_json(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text has words, values and bars; JSON has every cause and the model's hash."""
    code, out, _ = explain(capsys, made, "Luka Doncic", "2024-02-26")
    assert code == 0
    for part in (
        "Luka Dončić on 2024-02-26",
        "Forecast without the line",
        "From the line",
        "points per game, last 10",
        "█",
        "line 15.5",
    ):
        assert part in out
    code, out, _ = explain(capsys, made, "1629029", "2024-02-26", "--json")
    explained = json.loads(out)
    assert explained["stages"][-1]["end"] == pytest.approx(explained["predicted_points"], abs=1e-9)
    assert len(explained["model_hash"]) == 64
    assert len(explained["stages"][0]["causes"]) == len(champion.SCORE_FEATURES) + 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["Zz Qq", "2024-02-26"], "no player Zz Qq among the"),
        (["Luka Doncic", "2024-02-27"], "champion did not predict Luka Dončić on 2024-02-27"),
        (["Luka Doncic", "2024-02-26", "--system", "gut"], "no prediction of gut; there are catboost_v8"),
    ],
)
def test_what_cannot_be_explained_is_one_line(
    made: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    """An unknown player, date or system is named with alternatives; exit 2 and nothing on stdout."""
    code, out, err = explain(capsys, made, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


@pytest.mark.parametrize(
    ("system", "parts"),
    [
        ("ensemble_v1", ("Members", "catboost_v8", "moving_average", "Weight", "%")),
        ("moving_average", ("The formula", "his last 5 games", "at home", "second game in two days")),
    ],
)
def test_ensembles_and_formulas_are_explained_too(
    made: Path, capsys: pytest.CaptureFixture[str], system: str, parts: tuple[str, ...]
) -> None:
    """Inputs are read from the home as of the prediction; text and JSON have the figures, which add up."""
    code, out, _ = explain(capsys, made, "Luka Doncic", "2024-02-26", "--system", system)
    assert code == 0
    for part in parts:
        assert part in out
    code, out, _ = explain(capsys, made, "Luka Doncic", "2024-02-26", "--system", system, "--json")
    explained = json.loads(out)
    (stage,) = explained["stages"]
    assert stage["start"] + sum(c["points"] for c in stage["causes"]) == pytest.approx(
        explained["predicted_points"], abs=1e-9
    )
    assert [c["weight"] is None for c in stage["causes"]] == [system == "moving_average"] * len(stage["causes"])


def test_an_ensemble_whose_members_changed_is_not_explained(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If a member's prediction was replaced after the ensemble's, the error is one line."""
    home = tmp_path / "home"
    shutil.copytree(made, home)
    app = predicted.homes.make_app(home)
    model = predicted.model_of(FileModels(home / "models"), "xgboost_v1")
    other = predicted.predict("xgboost_v1", inputs(predicted.slate()), model).to_pylist()
    rows = [{**r, "system_id": "catboost_v8"} for r in other]
    predicted.homes.put(app, "nba_predictions.player_prop_predictions", rows, unit="catboost_v8")
    app.close()
    code, out, err = explain(capsys, home, "Luka Doncic", "2024-02-26", "--system", "ensemble_v1")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "ensemble_v1 cannot be explained: its inputs or its code have changed" in err


def test_without_its_model_or_its_features_there_is_no_explanation(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the prediction's own model or features the command refuses, and names the model."""
    home = tmp_path / "home"
    shutil.copytree(made, home)
    shutil.move(home / "models", tmp_path / "models")
    code, _, err = explain(capsys, home, "Luka Doncic", "2024-02-26")
    assert (code, err.count("\n")) == (2, 1)
    assert "the model that made this prediction, champion" in err
    shutil.move(tmp_path / "models", home / "models")
    rows = predicted.slate().to_pylist()
    app = predicted.homes.make_app(home)
    predicted.homes.put(app, "nba_precompute.ml_feature_store_v2", [{**r, "days_rest": 9.0} for r in rows])
    app.close()
    code, _, err = explain(capsys, home, "Luka Doncic", "2024-02-26")
    assert (code, "made anew after the prediction" in err) == (2, True)


def test_a_home_with_older_features_says_what_to_run(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a feature column that the prediction read there is a command to predict anew; no traceback."""
    home = tmp_path / "home"
    shutil.copytree(made, home)
    with duckdb.connect(str(home / "warehouse.duckdb")) as db:
        db.execute("ALTER TABLE nba_precompute.ml_feature_store_v2 DROP COLUMN points_avg_last_10")
    code, _, err = explain(capsys, home, "Luka Doncic", "2024-02-26")
    assert (code, err.count("\n")) == (2, 1)
    assert "by an older version" in err
    assert "tipoff rerun 2024-02-26 --phase features predicts anew" in err


# -- picks ------------------------------------------------------------------------------------------------------------


def test_picks_are_the_best_first_and_the_rest_is_counted_by_reason(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fair price is a pick with its figures; one without EV, an absent player and a missing line are counted."""
    assert main.run(["picks", "--home", str(made), "--system", "champion_no_line", "--json"]) == 0
    board = json.loads(capsys.readouterr().out)
    assert (board["day"], board["system"], board["players"]) == ("2024-02-26", "champion_no_line", 4)
    assert board["passed"] == {"no_edge": 1, "player_out": 1, "no_line": 1}
    (pick,) = board["picks"]
    assert (pick["player_name"], pick["side"], pick["line"], pick["odds"]) == ("Luka Dončić", "OVER", 15.5, -110)
    assert (pick["bookmaker"], pick["age_minutes"], pick["gained"]) == ("draftkings", 12.0, 0.0)
    assert (pick["headline_bookmaker"], pick["headline_line"], pick["headline_odds"]) == ("draftkings", 15.5, -110)
    assert pick["market_chance"] == pytest.approx(0.5)
    assert pick["edge"] == pytest.approx(pick["chance"] - 0.5)
    assert pick["ev"] == pytest.approx(pick["chance"] * (1 + 10 / 11) - 1, abs=1e-9)
    assert 15.5 <= pick["playable_to"] <= pick["flips_at"]
    assert pick["fair_odds"] <= pick["playable_odds"] < -110
    overs = [a["over"] for a in pick["alternates"]]
    assert overs == sorted(overs, reverse=True)
    assert np.isfinite(overs).all()


def test_picks_read_as_text(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line per pick and per reason, in words; unknown systems and dates are errors."""
    assert main.run(["picks", "2024-02-26", "--home", str(made), "--system", "champion_no_line"]) == 0
    out = capsys.readouterr().out
    for part in ("1 pick of 4 predictions", "Luka Dončić", "OVER 15.5", "-110", "the injury report has him out"):
        assert part in out
    assert main.run(["picks", "--home", str(made), "--system", "gut"]) == 2
    assert "no prediction of gut" in capsys.readouterr().err
    assert main.run(["picks", "2024-03-01", "--home", str(made)]) == 2
    assert "its nearest dates are 2024-02-26" in capsys.readouterr().err
