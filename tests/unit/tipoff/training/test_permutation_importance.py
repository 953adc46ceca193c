"""Permutation importance: largest for the group with the signal, zero for noise, deterministic."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from functions.predict.distribution import SIZE, Floats, pmf_of
from shared.adapters.models import FileModels
from shared.contracts.features import ALL_FEATURES, MARKET_FEATURES, UNPRICED_FEATURES
from tests.support.data.training_games import LAST, TablesOfGames
from tests.support.local.homes import NOW
from tipoff.training import fit_champion, permutation_importance, recipes, trainer
from tipoff.training.examples import QUOTE, Examples, of_table
from tipoff.training.permutation_importance import MARKET, MARKET_GROUPS, PLAYER_GROUPS

ROWS = 3000
SIGNAL, NOISE = "points scored", "rest and venue"


def games(seed: int = 1) -> TablesOfGames:
    """Scores follow form; rest is drawn by itself."""
    made = TablesOfGames(ROWS)
    made.put("days_rest", np.random.default_rng(seed).uniform(0, 5, ROWS))
    return made


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The cards of every trained system, each trained twice with equal cards."""
    trainings = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit_champion, "MIN_LINED", 300)
        patch.setattr(fit_champion, "ROUNDS", {"score": 60, "market": 30, "variance": 20})
        patch.setattr(recipes, "XGBOOST_ROUNDS", 60)
        for parameters in (recipes.CATBOOST_V8, recipes.CATBOOST_V9):
            patch.setitem(parameters, "iterations", 60)
        for name in ("once", "again"):
            registry = FileModels(tmp_path_factory.mktemp(name))
            made = trainer.train(games(), registry, through=LAST, now=NOW, progress=lambda _: None)
            trainings.append({m.system_id: dict(m.card) for m in made})
    assert trainings[0] == trainings[1]
    return trainings[0]


def of(cards: dict[str, dict[str, Any]], system: str) -> dict[str, dict[str, Any]]:
    """The ablation of a system by group."""
    model = "champion" if system == "champion_no_line" else system
    return {g["group"]: g for g in cards[model]["ablation"][system]}


def test_every_feature_is_withheld_with_its_group_and_only_there() -> None:
    """Every feature is in exactly one group."""
    grouped = [n for features in PLAYER_GROUPS.values() for n in features]
    assert sorted(grouped) == sorted(UNPRICED_FEATURES)
    assert set(MARKET_GROUPS[MARKET]) == {*MARKET_FEATURES, *QUOTE}
    assert all(set(features) <= set(MARKET_GROUPS[MARKET]) for features in MARKET_GROUPS.values())
    assert set(ALL_FEATURES) <= {*grouped, *MARKET_GROUPS[MARKET]}


@pytest.mark.parametrize("system", ["champion_no_line", "catboost_v8", "catboost_v9", "xgboost_v1", "champion"])
def test_noise_has_no_importance_and_the_signal_most(cards: dict[str, dict[str, Any]], system: str) -> None:
    """If only form matters, withholding form (or the line made of it) costs most, withholding rest almost nothing."""
    by_group = of(cards, system)
    best = {MARKET, SIGNAL} if system != "champion_no_line" else {SIGNAL}
    for figure in ("mae", "crps"):
        assert max(by_group, key=lambda g: by_group[g][figure]) in best
        top = max(by_group[g][figure] for g in best)
        assert top > 3.0 * max(by_group[g][f"{figure}_se"] for g in best if by_group[g][figure] == top) > 0.0
        noise = by_group.get(NOISE)
        if noise is not None and noise["mae_se"]:
            assert abs(noise[figure]) < 0.03 * top + 4.0 * noise[f"{figure}_se"]
            assert abs(noise[figure]) < 0.1


def test_the_market_is_no_group_of_a_system_that_does_not_read_it(cards: dict[str, dict[str, Any]]) -> None:
    """champion_no_line has no such group; the champion's groups state how they were withheld."""
    assert MARKET not in of(cards, "champion_no_line")
    assert of(cards, "champion")[MARKET]["how"] == permutation_importance.MISSING
    assert of(cards, "champion")[SIGNAL]["how"] == permutation_importance.PERMUTED


def test_withheld_after_training_only(cards: dict[str, dict[str, Any]]) -> None:
    """The rows measured are the held-back rows with a line."""
    card = cards["champion"]
    assert {g["rows"] for g in card["ablation"]["champion"]} == {int(card["metrics"]["rows_with_line"])}


def drawn(seed: int) -> Examples:
    """Scores that follow the feature days_rest, with an error shared by all games of a date."""
    rng = np.random.default_rng(seed)
    made = TablesOfGames(900)
    number, (_, night) = rng.uniform(5, 25, 900), np.unique(made.table["game_date"].to_numpy(), return_inverse=True)
    together = rng.normal(0, 3, night.max() + 1)[night]
    made.put("days_rest", number)
    made.put("actual_points", np.maximum(np.round(number + together + rng.normal(0, 5, 900)), 0).astype(np.int64))
    return of_table(made.table)


def test_the_standard_error_is_the_deviation_over_samples() -> None:
    """Over many simulations the importance's standard deviation is its stated standard error."""

    def forecast(some: Examples) -> Floats:
        return pmf_of(some.matrix(("days_rest",))[:, 0], np.full(len(some), 6.0))

    simulations = [permutation_importance.group_importance(forecast, drawn(seed), ("days_rest",)) for seed in range(40)]
    assert {g["group"] for groups in simulations for g in groups} == {NOISE}  # by the name of the group it stands in
    for figure in ("mae", "crps"):
        scatter = float(np.std([g[0][figure] for g in simulations], ddof=1))
        assert 0.7 < scatter / float(np.mean([g[0][f"{figure}_se"] for g in simulations])) < 1.4


def test_a_single_date_has_no_figures() -> None:
    """Without a standard error there is no figure."""
    rows = of_table(drawn(1).rows)
    one = of_table(rows.rows.filter(pa.array(rows.dates == rows.dates[0])))
    assert (
        permutation_importance.group_importance(lambda e: np.full((len(e), SIZE), 1 / SIZE), one, ("days_rest",)) == []
    )
