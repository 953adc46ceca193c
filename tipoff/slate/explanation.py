"""Explanations of tree models: SHAP values in points, which add up to the prediction.

The champion's trees predict the square root of points + 6. A step from the root a to the root b is (a + b)(b - a)
points, so the SHAP values of the step times a + b are exact contributions in points.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from functions.predict import boosters, predictions
from functions.predict.distribution import SHIFT, Floats, means
from functions.predict.slate import Slate
from functions.predict.systems import champion
from shared.contracts.features import ALL_FEATURES, CATBOOST_V8_FEATURES, FEATURES
from shared.contracts.work import Model
from shared.errors import UserError

SHAPE = "shape"  # from the trees' output to the mean of the distribution of whole points, none below zero
BASE_VALUE = "base value, the same for all predictions"
# Labels of contributions that are not a feature's.
_OTHER_LABELS = {
    "without_line": "difference between the forecast without the line and the line",
    "books": "median of all books' lines against this one",
    "price": "the side that the prices favour",
    "lines_like_this": "average error of lines",
    SHAPE: "from the model's output to the mean of whole points, none below zero",
}
_MARKET_INPUTS = (*champion.MARKET_OWN, *champion.MARKET_FEATURES)
_DISTANCE = ("score", "line", "near", "beyond")  # those of the forecast without the line against the line

Deltas = Mapping[str, tuple[float, float]]  # by feature: its value and its contribution


@dataclass(frozen=True)
class Cause:
    """A contribution in points, with its label and value (None if it is not a feature's).

    For an ensemble it is a member's: its forecast is the value, `weight` its share of the mixture.
    """

    feature: str
    words: str
    value: float | None
    points: float
    weight: float | None = None


@dataclass(frozen=True)
class Stage:
    """From a start to an end, in points; the causes, largest first, add up to the difference."""

    title: str
    start_words: str
    start: float
    causes: tuple[Cause, ...]
    end: float


def label(name: str) -> str:
    """The label of a feature or of another contribution; a name that no longer exists is its own label."""
    return FEATURES[name].label if name in FEATURES else _OTHER_LABELS.get(name, name.replace("_", " "))


def explain(system: str, slate: Slate) -> tuple[Stage, ...]:
    """The stages of the prediction of a slate of one row with its model; the last one ends at the prediction."""
    return _EXPLAINED[system](slate, predicted_mean(system, slate))


def predicted_mean(system: str, slate: Slate) -> float:
    """The mean that a system predicts for a slate of one row."""
    return float(means(predictions.system(system).forecast(slate).pmf)[0])


def _model(slate: Slate) -> Model:
    if slate.model is None:
        raise UserError("without its model a prediction cannot be explained")
    return slate.model


def _catboost(features: tuple[str, ...]) -> Callable[[Slate, float], tuple[Stage, ...]]:
    def explained(slate: Slate, predicted: float) -> tuple[Stage, ...]:
        import catboost  # three seconds, paid only here

        matrix = slate.matrix(features)
        model = catboost.CatBoostRegressor().load_model(blob=_model(slate).body)
        shares = model.get_feature_importance(catboost.Pool(matrix), type="ShapValues")[0]
        return _of_trees(features, matrix, shares, predicted)

    return explained


def _xgboost(slate: Slate, predicted: float) -> tuple[Stage, ...]:
    matrix = slate.matrix(ALL_FEATURES)
    shares = boosters.contributions(boosters.unpack(_model(slate))["points"], matrix)[0]
    return _of_trees(ALL_FEATURES, matrix, shares, predicted)


def _champion_no_line(slate: Slate, predicted: float) -> tuple[Stage, ...]:
    return (_without_line(slate, predicted)[0],)


def _without_line(slate: Slate, predicted: float) -> tuple[Stage, float]:
    """The stage of `score`, and the root it ends at: half a ridge regression, and trees on its residuals."""
    parts, matrix = champion.of_model(_model(slate)), slate.matrix(champion.SCORE_FEATURES)
    trees, ridge = boosters.contributions(parts.boosters["score"], matrix)[0], parts.ridges["score"]
    linear = np.append(ridge.contributions(matrix)[0], ridge.constant)
    shares = trees + champion.SCORE_RIDGE_SHARE * linear
    base = float(shares[-1])
    deltas = _deltas(champion.SCORE_FEATURES, matrix[0], shares)
    stage = _in_roots("Forecast without the line", BASE_VALUE, deltas, base, base**2 - SHIFT, predicted)
    return stage, float(shares.sum())


def _champion(slate: Slate, predicted: float) -> tuple[Stage, ...]:
    """The forecast without the line and, if there is a line, from the line to the prediction."""
    own, root = _without_line(slate, predicted_mean("champion_no_line", slate))
    line, parts = slate.values("line"), champion.of_model(_model(slate))
    if np.isnan(line[0]) or "market" not in parts.boosters:
        return (own,)
    inputs = champion.market_inputs(slate, np.array([root]), line)
    deltas = _deltas(_MARKET_INPUTS, inputs[0], _market_shares(parts, inputs))
    shares = {name: deltas.pop(name)[1] for name in champion.MARKET_OWN}
    deltas["without_line"] = (own.end, sum(shares[name] for name in _DISTANCE))
    deltas |= {name: (float("nan"), shares[name]) for name in champion.MARKET_OWN if name not in _DISTANCE}
    deltas["lines_like_this"] = (float("nan"), float(_market_shares(parts, inputs)[-1]))
    beside = _in_roots(
        "From the line to the prediction", "the line", deltas, float(inputs[0, 1]), float(line[0]), predicted
    )
    return (own, beside)


def _market_shares(parts: champion.Parts, inputs: Floats) -> Floats:
    """What each input of `market` (1, k) adds to the line's root, times its trust; the last is the base value."""
    shares = (1.0 - champion.MARKET_RIDGE_SHARE) * boosters.contributions(parts.boosters["market"], inputs)[0]
    ridge, columns = parts.ridges["market"], champion.RIDGE_INPUTS
    shares[:-1][columns] += champion.MARKET_RIDGE_SHARE * ridge.contributions(inputs[:, columns])[0]
    shares[-1] += champion.MARKET_RIDGE_SHARE * ridge.constant
    trusted: Floats = parts.trust * shares
    return trusted


_EXPLAINED: Mapping[str, Callable[[Slate, float], tuple[Stage, ...]]] = {
    "champion": _champion,
    "champion_no_line": _champion_no_line,
    "catboost_v8": _catboost(CATBOOST_V8_FEATURES),
    "catboost_v9": _catboost(ALL_FEATURES),
    "xgboost_v1": _xgboost,
}


def _deltas(features: Sequence[str], values: Floats, shares: Floats) -> dict[str, tuple[float, float]]:
    """By feature; the last share, the base value, is left out."""
    return {n: (float(v), float(s)) for n, v, s in zip(features, values, shares[:-1], strict=True)}


def _of_trees(features: Sequence[str], matrix: Floats, shares: Floats, predicted: float) -> tuple[Stage, ...]:
    """The one stage of trees that predict points."""
    deltas = _deltas(features, matrix[0], shares)
    return (_stage("The prediction", BASE_VALUE, deltas, float(shares[-1]), predicted, 1.0),)


def _in_roots(title: str, words: str, deltas: Deltas, root: float, start: float, predicted: float) -> Stage:
    """The stage of trees that predict roots, starting from one root."""
    end = root + sum(d for _, d in deltas.values())
    return _stage(title, words, deltas, start, predicted, root + end)


def _stage(title: str, words: str, deltas: Deltas, start: float, predicted: float, scale: float) -> Stage:
    causes = [
        Cause(name, label(name), None if np.isnan(value) else value, delta * scale)
        for name, (value, delta) in deltas.items()
    ]
    rest = predicted - start - sum(c.points for c in causes)
    causes.append(Cause(SHAPE, label(SHAPE), None, rest))
    return Stage(title, words, start, largest_first(causes), predicted)


def largest_first(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    """The causes by the size of their contribution."""
    return tuple(sorted(causes, key=lambda c: (-abs(c.points), c.feature)))
