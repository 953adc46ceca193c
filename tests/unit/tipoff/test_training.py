"""Training: from past rows only, measured on what it has not seen, the same bytes for the same rows."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from functions.predict import core
from functions.predict.systems.catboost_v8 import residual_std
from shared.adapters.models import FileModels
from shared.contracts.features import CATBOOST_V8_FEATURES
from shared.errors import UserError
from tests.unit.functions.slates import features, work
from tipoff import training

THROUGH = date(2024, 2, 26)
NOW = datetime(2024, 2, 27, 12, tzinfo=UTC)
ROWS = 800


class Rows:
    """A Tables port that answers the training query with made-up games, and remembers what it was asked."""

    def __init__(self, count: int) -> None:
        rng = np.random.default_rng(1)
        days = np.sort(rng.integers(0, 120, count))
        form = rng.uniform(5, 30, count)
        columns = {name: np.full(count, np.nan) for name in CATBOOST_V8_FEATURES}
        columns["points_avg_last_10"] = form
        columns["vegas_points_line"] = np.where(rng.random(count) < 0.5, np.round(form) + 0.5, np.nan)
        self.table = pa.table(
            {
                **columns,
                "line": columns["vegas_points_line"],
                "actual_points": np.maximum(np.round(form + rng.normal(0, 6, count)), 0).astype(np.int64),
                "game_date": pa.array([THROUGH - timedelta(days=int(120 - d)) for d in days]),
            }
        )
        self.asked: dict = {}

    def query(self, sql, reads, params, *, as_of):
        self.asked = {"params": params, "as_of": as_of}
        return self.table

    def write(self, table, rows, scope):
        raise AssertionError("training writes no table")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One trained model on made-up games, and the port it was trained from."""
    tables, registry = Rows(ROWS), FileModels(tmp_path_factory.mktemp("models"))
    told: list[str] = []
    model = training.train(tables, registry, through=THROUGH, now=NOW, progress=told.append)
    return tables, registry, model, told


def test_the_same_rows_give_the_same_bytes(trained, tmp_path):
    """Trained again at another time, elsewhere: the same hash."""
    _, _, model, _ = trained
    again = training.train(
        Rows(ROWS), FileModels(tmp_path), through=THROUGH, now=NOW + timedelta(days=9), progress=lambda _: None
    )
    assert again.hash == model.hash


def test_nothing_after_the_date_is_asked_for(trained):
    """The query passes the as_of door, at noon Eastern of the next day."""
    tables, _, _, _ = trained
    assert tables.asked["as_of"] is True
    assert tables.asked["params"]["to_date"] == THROUGH
    assert tables.asked["params"]["as_of"] == datetime(2024, 2, 27, 17, tzinfo=UTC)


def test_the_card_says_how_it_came_to_be(trained):
    """Cut-off, features, rows, parameters, held-out figures and the spread by bucket, with the clock's time."""
    _, registry, model, told = trained
    card = registry.current(training.SYSTEM).card
    assert card == model.card
    assert (card["trained_through"], card["created_at"]) == ("2024-02-26", NOW.isoformat())
    assert (card["rows"], card["features"]) == (ROWS, list(CATBOOST_V8_FEATURES))
    assert 0.8 * ROWS < card["rows_fitted"] <= 0.85 * ROWS
    assert card["metrics"]["rows"] == ROWS - card["rows_fitted"]
    assert card["metrics"]["mae"] < 7.0
    assert {"line_mae", "mae_with_line", "brier", "bias", "coverage_80"} <= set(card["metrics"])
    assert told[0].startswith(f"{ROWS} player-games")


def test_no_date_stands_on_both_sides_of_the_split():
    """The held-back rows begin with a whole date, so that no game helps to predict its own evening."""
    dates = np.repeat(np.arange("2024-01-01", "2024-01-21", dtype="datetime64[D]"), 30)
    start = training._split(dates)
    assert dates[start - 1] < dates[start]
    assert start <= int(len(dates) * 0.85)


def test_the_trained_model_predicts_through_the_core(trained):
    """The artefact from the registry gives a whole distribution whose spread is the card's."""
    _, registry, model, _ = trained
    found = core.compute("catboost_v8", work(), {"features": features({})}, registry.current("catboost_v8"))
    (row,) = found.rows.to_pylist()
    assert row["model_hash"] == model.hash
    assert 10 < row["predicted_points"] < 32
    expected = residual_std(np.array([row["predicted_points"]]), model.card["residual_std"])[0]
    assert row["predicted_std"] == pytest.approx(expected, rel=0.1)


def test_too_few_rows_make_no_model(tmp_path):
    """Below 500 rows nothing is saved, and the reason says how many there are."""
    registry = FileModels(tmp_path)
    with pytest.raises(UserError, match="499 training rows"):
        training.train(Rows(499), registry, through=THROUGH, now=NOW, progress=lambda _: None)
    assert registry.current(training.SYSTEM) is None


def test_a_model_is_current_for_its_date_and_code_only(trained):
    """Another cut-off, or other training code, asks for another training."""
    _, _, model, _ = trained
    assert training.is_current(model, THROUGH)
    assert not training.is_current(model, THROUGH + timedelta(days=1))
    assert not training.is_current(replace(model, card={**model.card, "code_hash": "other"}), THROUGH)
