"""How each trained system is fitted, and measured on held-back rows that the measured model has not seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict import boosters
from functions.predict.distribution import Floats, means, pmf_of
from functions.predict.systems import champion
from functions.predict.systems.catboost_v8 import residual_std
from shared.contracts.features import ALL_FEATURES, CATBOOST_V8_FEATURES
from tipoff.training import fit_champion
from tipoff.training.examples import QUOTE, Examples
from tipoff.training.holdout import measure, residual_std_buckets
from tipoff.training.permutation_importance import Forecaster, group_importance

if TYPE_CHECKING:
    from catboost import CatBoostRegressor

EARLY_STOP = 50
# Parameters of the original's V8 (original-system.md, section 3); two threads, a fixed seed: the same bytes each time.
CATBOOST_V8: dict[str, Any] = {
    "depth": 6,
    "learning_rate": 0.07,
    "l2_leaf_reg": 3.8,
    "bootstrap_type": "Bernoulli",
    "subsample": 0.72,
    "min_data_in_leaf": 16,
    "iterations": 1000,
    "loss_function": "RMSE",
    "random_seed": 8,
    "thread_count": 2,
    "allow_writing_files": False,
    "verbose": False,
}
CATBOOST_V9 = CATBOOST_V8 | {
    "learning_rate": 0.05,
    "l2_leaf_reg": 3.0,
    "border_count": 64,
    "rsm": 0.5,
    "random_seed": 9,
}
XGBOOST_V1 = {**fit_champion.PARAMETERS, "eta": 0.05, "max_depth": 5}
XGBOOST_ROUNDS = 400


@dataclass(frozen=True)
class Trained:
    """An artefact, and the entries of its card that depend on the system."""

    body: bytes
    card: Mapping[str, Any]


Recipe = Callable[[Examples], Trained]
Means = Callable[[Floats], Floats]
CHAMPION_READS = (*champion.SCORE_FEATURES, *QUOTE, "vegas_opening_line", "vegas_line_move")


def catboost(system: str, features: tuple[str, ...], parameters: Mapping[str, Any]) -> Recipe:
    """A CatBoost regressor on these features; the held-back rows stop it early and give its residual deviations."""

    def fit(examples: Examples) -> Trained:
        import catboost as library  # three seconds, paid only by training

        seen, matrix = examples.held_back_from(), examples.matrix(features)
        known = library.Pool(matrix[:seen], examples.points[:seen])
        unseen = library.Pool(matrix[seen:], examples.points[seen:])
        model = library.CatBoostRegressor(**parameters).fit(known, eval_set=unseen, early_stopping_rounds=EARLY_STOP)
        trees = {**parameters, "early_stopping_rounds": EARLY_STOP, "trees": int(model.tree_count_)}

        def predict(matrix: Floats) -> Floats:
            return np.asarray(model.predict(matrix), dtype=np.float64)

        return Trained(_bytes(model), _card(system, features, trees, examples, predict))

    return fit


def xgboost(examples: Examples) -> Trained:
    """An XGBoost regressor on every feature; the held-back rows stop it early and give its residual deviations."""
    seen, matrix = examples.held_back_from(), examples.matrix(ALL_FEATURES)
    library = boosters.library()
    known = library.DMatrix(matrix[:seen], examples.points[:seen])
    unseen = library.DMatrix(matrix[seen:], examples.points[seen:])
    model = library.train(
        XGBOOST_V1, known, XGBOOST_ROUNDS,
        evals=[(unseen, "held_back")], early_stopping_rounds=EARLY_STOP, verbose_eval=False,
    )  # fmt: skip
    model = model[: model.best_iteration + 1]
    trees = {**XGBOOST_V1, "early_stopping_rounds": EARLY_STOP, "trees": model.num_boosted_rounds()}
    card = _card("xgboost_v1", ALL_FEATURES, trees, examples, lambda matrix: boosters.predict(model, matrix))
    return Trained(boosters.pack({"points": model}), card)


def make_champion(examples: Examples) -> Trained:
    """The champion's parts: fitted on the older rows to be measured, then fitted again on all rows."""
    seen = examples.held_back_from()
    trial = fit_champion.fit_champion(examples.before(seen))
    unseen = examples.since(seen)
    pmf = champion.distributions(trial, unseen.slate(), unseen.lines)
    final = fit_champion.fit_champion(examples)
    card = {
        "features": list(champion.SCORE_FEATURES),
        "parameters": fit_champion.parameters(),
        "trust": final.trust,
        "metrics": _measured(means(pmf), pmf, examples, seen),
        "ablation": {
            "champion": group_importance(_of_parts(trial), unseen, CHAMPION_READS),
            "champion_no_line": group_importance(_of_parts(trial, has_line=False), unseen, champion.SCORE_FEATURES),
        },
    }
    return Trained(final.packed(), card)


def _of_parts(parts: champion.Parts, *, has_line: bool = True) -> Forecaster:
    """The forecasts of the champion's parts, with or without the lines."""
    return lambda e: champion.distributions(parts, e.slate(), e.lines if has_line else np.full(len(e), np.nan))


RECIPES: Mapping[str, Recipe] = {
    "catboost_v8": catboost("catboost_v8", CATBOOST_V8_FEATURES, CATBOOST_V8),
    "catboost_v9": catboost("catboost_v9", ALL_FEATURES, CATBOOST_V9),
    "xgboost_v1": xgboost,
    "champion": make_champion,
}

# Variants of each tried on seasons before the reported ones (docs/model-card.md); part of every card.
TRIALS: Mapping[str, int] = {"catboost_v8": 0, "catboost_v9": 0, "xgboost_v1": 0, "champion": 117}


def _card(
    system: str, features: tuple[str, ...], parameters: dict[str, Any], examples: Examples, predict: Means
) -> dict[str, Any]:
    seen = examples.held_back_from()
    unseen = examples.since(seen)
    predicted = predict(unseen.matrix(features))
    buckets = residual_std_buckets(predicted, unseen.points)

    def forecast(some: Examples) -> Floats:
        mean = predict(some.matrix(features))
        return pmf_of(mean, residual_std(mean, buckets))

    return {
        "features": list(features),
        "parameters": parameters,
        "residual_std": buckets,
        "metrics": _measured(predicted, forecast(unseen), examples, seen),
        "ablation": {system: group_importance(forecast, unseen, features)},
    }


def _measured(predicted: Floats, pmf: Floats, examples: Examples, seen: int) -> dict[str, float]:
    form = examples.matrix(("points_avg_last_10",))[seen:, 0]
    return measure(predicted, pmf, examples.points[seen:], examples.lines[seen:], form)


def _bytes(model: "CatBoostRegressor") -> bytes:
    """The artefact without CatBoost's id and time stamp."""
    metadata = model.get_metadata()
    for stamp in ("model_guid", "train_finish_time"):
        metadata[stamp] = ""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.cbm"
        model.save_model(str(path))
        return path.read_bytes()
