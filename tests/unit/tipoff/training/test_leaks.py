"""Leaks: controls in which a leak would show, each with a twin that shows the same check finds a real effect."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from functions.predict import core
from functions.predict.distribution import Floats
from shared.adapters.models import FileModels
from shared.contracts.work import Model
from shared.map.loader import pipeline_map
from tests.support.data.slates import DAY, features, inputs, work
from tests.support.data.training_games import LAST, TablesOfGames
from tests.support.local.homes import NOW
from tipoff.evaluation.intervals import wilson
from tipoff.training import fit_champion, recipes, trainer
from tipoff.training.trainer import SYSTEMS

LATER = 500  # player-games after the training's last date


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few trees are enough for these checks."""
    monkeypatch.setattr(fit_champion, "MIN_LINED", 300)
    monkeypatch.setattr(fit_champion, "ROUNDS", {"score": 60, "market": 30, "variance": 20})
    monkeypatch.setattr(recipes, "XGBOOST_ROUNDS", 60)
    for parameters in (recipes.CATBOOST_V8, recipes.CATBOOST_V9):
        monkeypatch.setitem(parameters, "iterations", 60)


def games() -> TablesOfGames:
    """Generated games with inaccurate lines, so that form, a feature, beats them."""
    made = TablesOfGames(2400)
    off = np.random.default_rng(7).normal(0, 6, 2400)
    form = np.asarray(made.table["points_avg_last_10"])
    line = np.where(np.isnan(np.asarray(made.table["line"])), np.nan, np.floor(np.clip(form + off, 1, 40)) + 0.5)
    made.put("line", line)
    made.put("vegas_points_line", line)
    return made


def train(tables: TablesOfGames, folder: Path, system: str) -> Model:
    """One system's model, whether promoted or not."""
    (model,) = trainer.train(
        tables, FileModels(folder), through=LAST, now=NOW, progress=lambda _: None, systems=[system]
    )
    return model


def later_games() -> tuple[pa.Table, Floats, Floats]:
    """Games of the same kind a week later: features, lines and points."""
    rng = np.random.default_rng(11)
    form = rng.uniform(5, 30, LATER)
    line = np.floor(np.clip(form + rng.normal(0, 6, LATER), 1, 40)) + 0.5
    points = np.maximum(np.round(form + rng.normal(0, 6, LATER)), 0)
    unknown = dict.fromkeys(("points_avg_last_5", "points_avg_season", "points_std_last_10", "fatigue_score"))
    unknown |= dict.fromkeys(("home_away", "back_to_back", "opponent_def_rating", "days_rest"))
    rows = [
        {**unknown, "points_avg_last_10": f, "line": x, "vegas_points_line": x} for f, x in zip(form, line, strict=True)
    ]
    return features(*rows), line, points


def right_sides(model: Model, system: str) -> tuple[int, int]:
    """The number of later games whose likelier side won, and the number of games."""
    slate, line, points = later_games()
    rows = core.compute(system, work(system), inputs(slate), model).rows
    assert isinstance(rows, pa.Table)
    over = np.asarray(rows["p_over"]) > np.asarray(rows["p_under"])
    return int((over == (points > line)).sum()), len(line)


@pytest.mark.parametrize("system", SYSTEMS)
def test_shuffled_scores_pick_like_a_coin_and_true_ones_do_not(system: str, tmp_path: Path) -> None:
    """A model of shuffled scores picks later sides no better than chance; a model of the true scores does better.

    As the lines are inaccurate, always predicting the mean would be right more often than half; so the control is
    compared with the sides that the plain mean picks.
    """
    honest, count = right_sides(train(games(), tmp_path / "honest", system), system)
    shuffled = games()
    shuffled.put("actual_points", np.random.default_rng(3).permutation(np.asarray(shuffled.table["actual_points"])))
    blind, _ = right_sides(train(shuffled, tmp_path / "blind", system), system)
    _, line, points = later_games()
    middle = np.median(np.asarray(shuffled.table["actual_points"]))
    chance = int(((line < middle) == (points > line)).sum())
    assert wilson(blind / count, count)[0] <= chance / count
    assert wilson(honest / count, count)[0] > max(chance, blind) / count


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("noise", [0.0, 2.0], ids=["the score itself", "the score, blurred"])
def test_a_same_day_score_among_the_features_is_refused(system: str, noise: float, tmp_path: Path) -> None:
    """A model with the same day's score as a feature, exact or with noise, is not promoted because of the leak."""
    leaking = games()
    scored = np.asarray(leaking.table["actual_points"], dtype=np.float64)
    leaking.put("points_avg_last_5", scored + np.random.default_rng(5).normal(0, noise, len(scored)))
    model = train(leaking, tmp_path, system)
    assert any("a feature leaks" in reason for reason in model.card["refused"])
    assert FileModels(tmp_path).current(system) is None


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_same_world_without_the_canary_is_not_called_a_leak(system: str, tmp_path: Path) -> None:
    """Without that feature no model is refused for a leak."""
    model = train(games(), tmp_path, system)
    assert not any("a feature leaks" in reason for reason in model.card["refused"])


@pytest.mark.parametrize("through", [DAY, DAY + timedelta(days=1), DAY + timedelta(days=200)])
@pytest.mark.parametrize("system", [u.name for u in pipeline_map().functions["predict"].units.values() if u.model])
def test_a_model_never_predicts_what_it_may_have_learnt_from(system: str, through: date) -> None:
    """A model trained through the slate's date or beyond makes no prediction and gives the reason."""
    model = Model(system, "h", b"", {"trained_through": through.isoformat()})
    computed = core.compute(system, work(system), inputs(features({})), model)
    assert (computed.outcome, computed.rows) == ("no_source", None)
    assert "it has seen these results" in computed.reason


def test_a_window_is_refused_by_its_first_date() -> None:
    """A window that begins on the last training date is refused although its last date is later."""
    model = Model("catboost_v8", "h", b"", {"trained_through": DAY.isoformat()})
    when = work("catboost_v8", to_date=DAY + timedelta(days=5))
    assert core.compute("catboost_v8", when, inputs(features({})), model).outcome == "no_source"
