"""Training: from past rows only, measured on held-back rows, equal bytes for equal rows."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from functions.predict import core
from functions.predict.systems.catboost_v8 import residual_std
from shared.adapters.models import FileModels
from shared.contracts.features import CATBOOST_V8_FEATURES
from shared.errors import UserError
from tests.support.data.slates import WITHOUT_LINE, features, inputs, work
from tests.support.data.training_games import TablesOfGames
from tipoff.training import trainer
from tipoff.training.examples import Examples

THROUGH = date(2024, 2, 26)
NOW = datetime(2024, 2, 27, 12, tzinfo=UTC)
ROWS = 800


def games(count):
    """A Tables port of generated games up to the last training date, half of them with a line."""
    return TablesOfGames(count, THROUGH, 0.5)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One model trained on generated games, their port, the registry and the progress lines."""
    tables, registry = games(ROWS), FileModels(tmp_path_factory.mktemp("models"))
    lines: list[str] = []
    model, *_ = trainer.train(tables, registry, through=THROUGH, now=NOW, progress=lines.append)
    return tables, registry, model, lines


def test_the_same_rows_give_the_same_bytes(trained, tmp_path):
    """A training at another time into another registry gives the same hash."""
    _, _, model, _ = trained
    again, *_ = trainer.train(
        games(ROWS), FileModels(tmp_path), through=THROUGH, now=NOW + timedelta(days=9), progress=lambda _: None
    )
    assert again.hash == model.hash


def test_nothing_after_the_date_is_asked_for(trained):
    """The query passes the as_of door, at noon Eastern of the next day."""
    tables, _, _, _ = trained
    assert tables.asked["as_of"] is True
    assert tables.asked["params"]["to_date"] == THROUGH
    assert tables.asked["params"]["as_of"] == datetime(2024, 2, 27, 17, tzinfo=UTC)


def test_the_card_describes_the_training(trained):
    """The card has cut-off, features, rows, held-back figures and the clock's time."""
    _, registry, model, lines = trained
    card = registry.current("catboost_v8").card
    assert card == model.card
    assert (card["trained_through"], card["created_at"]) == ("2024-02-26", NOW.isoformat())
    assert (card["rows"], card["features"]) == (ROWS, list(CATBOOST_V8_FEATURES))
    assert 0.8 * ROWS < card["rows_fitted"] <= 0.85 * ROWS
    assert card["metrics"]["rows"] == ROWS - card["rows_fitted"]
    assert card["metrics"]["mae"] < 7.0
    assert {"line_mae", "mae_with_line", "brier", "bias", "coverage_80"} <= set(card["metrics"])
    assert lines[0].startswith(f"{ROWS} player-games")


def test_no_date_is_on_both_sides_of_the_split():
    """The held-back rows begin with a whole date, so that no game helps to predict games of its own date."""
    dates = np.repeat(np.arange("2024-01-01", "2024-01-21", dtype="datetime64[D]"), 30)
    start = Examples(pa.table({}), np.zeros(len(dates)), np.zeros(len(dates)), dates).held_back_from()
    assert dates[start - 1] < dates[start]
    assert start <= int(len(dates) * 0.85)


def test_the_trained_model_predicts_through_the_core(trained):
    """The artefact from the registry gives a distribution with the card's residual standard deviation."""
    _, registry, model, _ = trained
    computed = core.compute("catboost_v8", work(), inputs(features({})), registry.current("catboost_v8"))
    (row,) = computed.rows.to_pylist()
    assert row["model_hash"] == model.hash
    assert 10 < row["predicted_points"] < 32
    expected = residual_std(np.array([row["predicted_points"]]), model.card["residual_std"])[0]
    assert row["predicted_std"] == pytest.approx(expected, rel=0.1)


def test_too_few_rows_make_no_model(tmp_path):
    """Below 500 rows no model is saved, and the error states the number of rows."""
    registry = FileModels(tmp_path)
    with pytest.raises(UserError, match="499 training rows"):
        trainer.train(games(499), registry, through=THROUGH, now=NOW, progress=lambda _: None)
    assert registry.current("catboost_v8") is None


def test_a_model_is_current_for_its_date_and_code_only(trained, monkeypatch):
    """A model of another cut-off or other training code is not used again."""
    _, registry, model, _ = trained
    assert trainer.find(registry, "catboost_v8", THROUGH) == model
    assert trainer.find(registry, "catboost_v8", THROUGH + timedelta(days=1)) is None
    monkeypatch.setattr(trainer, "code_hash", lambda: "other")
    assert trainer.find(registry, "catboost_v8", THROUGH) is None


def test_every_system_that_learns_predicts_through_the_core(trained):
    """Every trained system gives distributions with its hash; the champion also without a line."""
    _, registry, _, _ = trained
    slate = inputs(features({}, WITHOUT_LINE))
    for unit, system in (
        ("catboost_v9",) * 2,
        ("xgboost_v1",) * 2,
        ("champion",) * 2,
        ("champion_no_line", "champion"),
    ):
        model = trainer.find(registry, system, THROUGH)
        rows = core.compute(unit, work(unit), slate, model).rows.to_pylist()
        assert [sum(r["points_pmf"]) for r in rows] == pytest.approx([1.0, 1.0])
        assert {r["model_hash"] for r in rows} == {model.hash}


def test_champion_no_line_does_not_depend_on_the_line(trained):
    """Another line leaves champion_no_line's distribution unchanged."""
    _, registry, _, _ = trained
    model = trainer.find(registry, "champion", THROUGH)
    slates = [inputs(features({"line": line, "vegas_points_line": line})) for line in (5.5, 40.5)]
    low, high = (core.compute("champion_no_line", work("champion_no_line"), s, model).rows for s in slates)
    assert low["points_pmf"].to_pylist() == high["points_pmf"].to_pylist()


def test_a_feature_that_knows_the_score_is_refused(tmp_path):
    """A model with the same day's score as a feature is saved but not promoted, with the reason."""
    leaking = games(ROWS)
    points = leaking.table["actual_points"].cast(pa.float64())
    at = leaking.table.column_names.index("points_avg_last_5")
    leaking.table = leaking.table.set_column(at, "points_avg_last_5", points)
    registry = FileModels(tmp_path)
    (model,) = trainer.train(
        leaking, registry, through=THROUGH, now=NOW, progress=lambda _: None, systems=["catboost_v8"]
    )
    assert any("a feature leaks" in reason for reason in model.card["refused"])
    assert registry.current("catboost_v8") is None


def test_a_model_of_shuffled_scores_has_no_skill(tmp_path):
    """With the scores shuffled among the rows the error is that of always predicting the mean."""
    shuffled = games(ROWS)
    points = np.random.default_rng(3).permutation(shuffled.table["actual_points"].to_numpy())
    at = shuffled.table.column_names.index("actual_points")
    shuffled.table = shuffled.table.set_column(at, "actual_points", pa.array(points))
    (model,) = trainer.train(
        shuffled, FileModels(tmp_path), through=THROUGH, now=NOW, progress=lambda _: None, systems=["catboost_v8"]
    )
    assert model.card["metrics"]["mae"] > 0.95 * np.abs(points - points.mean()).mean()


def test_rollback_returns_to_what_was_promoted_before(tmp_path):
    """After two promotions a rollback returns to the first, and there is no second rollback."""
    registry = FileModels(tmp_path)
    first, second = (registry.save("s", body, {"created_at": "x"}, promote=False) for body in (b"1", b"2"))
    registry.promote("s", first.hash)
    registry.promote("s", second.hash)
    assert registry.rollback("s").hash == registry.current("s").hash == first.hash
    assert registry.rollback("s") is None
