"""Gates: an honest model passes with many and with few rows; each kind of bad model is refused with its own reason."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.adapters.models import FileModels
from shared.contracts.work import Model
from tests.support.data.training_games import LAST, TablesOfGames
from tests.support.local.homes import NOW
from tipoff.training import fit_champion, gates, recipes, trainer

# The figures of catboost_v8 on real games, the weakest of the promoted systems.
HONEST = {
    "rows": 19528.0, "mae": 4.80, "bias": 0.03, "coverage_80": 0.797, "worst_tier_bias": 0.14, "form_mae": 5.04,
    "rows_with_line": 13028.0, "mae_with_line": 5.113, "line_mae": 5.066, "brier": 0.2522,
}  # fmt: skip
ROWS = 4000
SINCE = 3400  # where the held-back rows begin


def refused(**changes: float) -> list[str]:
    """The reasons against promoting an honest model with these figures changed."""
    return gates.failures({"metrics": {**HONEST, **changes}})


def test_an_honest_model_passes() -> None:
    """An honest model passes with all its rows, with few rows, and without any line."""
    assert refused() == []
    assert refused(rows=100.0, rows_with_line=0.0) == []
    assert gates.failures({"metrics": {n: v for n, v in HONEST.items() if "line" not in n and n != "brier"}}) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"rows": 49.0}, "49 held-back rows"),
        ({"bias": 0.7}, "bias +0.70"),
        ({"bias": -0.7}, "bias -0.70"),
        ({"worst_tier_bias": 1.5}, "in a scoring tier"),
        ({"coverage_80": 0.75}, "cover 75.0%"),
        ({"coverage_80": 0.85}, "cover 85.0%"),
        ({"brier": 0.2555}, "Brier 0.2555"),
        ({"mae_with_line": 5.25}, "error 5.25 against the line's 5.07"),
        ({"mae": 3.4}, "a feature leaks"),
    ],
)
def test_each_figure_alone_refuses(changes: Mapping[str, float], why: str) -> None:
    """One figure beyond its limit is refused, and only that figure is named."""
    (reason,) = refused(**changes)
    assert why in reason


def test_with_few_rows_chance_is_allowed_for() -> None:
    """A bias that 200 honest rows show one time in twenty passes; one three times as large does not."""
    assert refused(rows=200.0, bias=0.85) == []
    assert refused(rows=200.0, bias=2.55) != []


def later(change: Callable[[Any], Any]) -> TablesOfGames:
    """Generated games with the scores of the later ones changed."""
    made = TablesOfGames(ROWS)
    points = np.asarray(made.table["actual_points"]).astype(float)
    points[SINCE:] = change(points[SINCE:])
    made.put("actual_points", np.maximum(np.round(points), 0).astype(np.int64))
    return made


def blurred(points: Any) -> Any:
    """Scores with more noise than before."""
    return points + np.random.default_rng(3).normal(0, 12, len(points))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few trees are enough for generated games."""
    monkeypatch.setattr(fit_champion, "ROUNDS", {"score": 60, "market": 30, "variance": 20})
    monkeypatch.setattr(recipes, "XGBOOST_ROUNDS", 60)


def train(system: str, games: TablesOfGames, folder: Path) -> tuple[Model, FileModels, str]:
    """A system's model, its registry, and the last progress line."""
    registry, lines = FileModels(folder), [""]
    (model,) = trainer.train(games, registry, through=LAST, now=NOW, progress=lines.append, systems=[system])
    return model, registry, lines[-1]


@pytest.mark.parametrize(
    ("system", "change", "why"),
    [
        ("xgboost_v1", lambda p: p + 6, "bias -"),
        ("champion", lambda p: p + 6, "bias -"),
        ("champion", blurred, "80 % intervals cover"),
    ],
)
def test_a_model_that_fits_another_world_is_kept_and_not_promoted(
    system: str, change: Callable[[Any], Any], why: str, tmp_path: Path
) -> None:
    """A model trained on games whose held-back part differs is refused for that, saved and not in use."""
    model, registry, line = train(system, later(change), tmp_path)
    assert any(why in reason for reason in model.card["refused"])
    assert "not promoted" in line
    assert registry.current(system) is None
    assert registry.load(system, model.hash).body == model.body


@pytest.mark.parametrize("system", ["xgboost_v1", "champion"])
def test_the_same_world_unchanged_is_promoted(system: str, tmp_path: Path) -> None:
    """The unchanged games give a promoted model: the test above refuses the change alone."""
    model, registry, _ = train(system, later(lambda p: p), tmp_path)
    assert model.card["refused"] == []
    promoted = registry.current(system)
    assert promoted is not None
    assert promoted.hash == model.hash


def test_a_model_that_knows_less_than_the_books_is_refused(tmp_path: Path) -> None:
    """If the later lines know what no feature contains, MAE and Brier are beyond their limits."""
    games = later(lambda p: p)
    line = np.asarray(games.table["line"]).copy()
    scored = np.asarray(games.table["actual_points"])[SINCE:]
    line[SINCE:] = np.floor(scored + np.random.default_rng(3).normal(0, 2, len(scored))) + 0.5
    games.put("line", line)
    model, registry, _ = train("xgboost_v1", games, tmp_path)
    assert [any(w in r for r in model.card["refused"]) for w in ("against the line's", "Brier")] == [True, True]
    assert registry.current("xgboost_v1") is None


@pytest.mark.parametrize(
    ("clv", "failure", "sentence"),
    [
        ({}, "", "no CLV of its picks is known"),
        ({"clv_bets": 0, "clv_coverage": 0.0}, "", "no CLV of its picks is known"),
        (
            {"clv_bets": 4, "clv_coverage": 0.8, "clv_points": 0.5},
            "", "CLV of its picks in points +0.50 on 4 bets, 80% of all",
        ),
        (
            {"clv_bets": 40, "clv_coverage": 0.5, "clv_chance": -0.03, "clv_chance_95": "too few dates (4 < 20)"},
            "", "CLV of its picks -3.00% (too few dates (4 < 20)) on 40 bets, 50% of all",
        ),
        (
            {"clv_bets": 900, "clv_coverage": 0.97, "clv_chance": -0.01, "clv_chance_95": (-0.03, 0.01)},
            "", "CLV of its picks -1.00% (-3.00% to +1.00%) on 900 bets, 97% of all",
        ),
        (
            {"clv_bets": 900, "clv_coverage": 0.97, "clv_chance": -0.02, "clv_chance_95": (-0.03, -0.01)},
            "CLV of its picks -2.00% (-3.00% to -1.00%) on 900 bets, 97% of all: it may not lie below zero",
            "CLV of its picks -2.00% (-3.00% to -1.00%) on 900 bets, 97% of all",
        ),
    ],
)  # fmt: skip
def test_a_model_whose_picks_lose_to_the_close_is_refused(clv: dict[str, Any], failure: str, sentence: str) -> None:
    """Only where the interval shows it; what is known is said in any case."""
    assert (gates.closing_failure(clv), gates.closing_sentence(clv)) == (failure, sentence)
