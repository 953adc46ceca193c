"""Why a prediction is what it is: SHAP values of the trees that made it, in points, adding up to the prediction.

The champion's trees speak in roots of points + 6. A step from the root a to the root b is (a + b)(b - a) points, so
each feature's share of the step is its SHAP value times a + b: nothing is lost by telling it in points.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from functions.predict import boosters, predictions
from functions.predict.distribution import SHIFT, Floats, means
from functions.predict.slate import Slate
from functions.predict.systems import catboost_v9, champion, xgboost_v1
from shared.contracts.features import CATBOOST_V8_FEATURES
from shared.contracts.work import Model
from shared.errors import UserError
from tipoff.slate.explanation_words import described

SHAPE = "shape"  # what turns the trees' middle into the mean of whole, never negative points
ALL_SHARE, THE_LINE = "what all predictions share", "the line"
_MARKET_INPUTS = (*champion.MARKET_OWN, *champion.MARKET_FEATURES)
_DISTANCE = ("score", "line", "near", "beyond")  # of those: his forecast without the line, against it

Deltas = Mapping[str, tuple[float, float]]  # by feature: its value, and what it adds


@dataclass(frozen=True)
class Cause:
    """A feature, in words, with its value (none for what is no feature) and what it adds in points.

    Of an ensemble a member: its forecast is the value, `weight` its share of the whole.
    """

    feature: str
    words: str
    value: float | None
    points: float
    weight: float | None = None


@dataclass(frozen=True)
class Stage:
    """From a start to an end, in points; the causes, largest first, are all of the way between."""

    title: str
    start_words: str
    start: float
    causes: tuple[Cause, ...]
    end: float


def explain(system: str, slate: Slate) -> tuple[Stage, ...]:
    """The stages of the prediction of a slate of one row and its model; the last one ends at the prediction."""
    return _EXPLAINED[system](slate, _predicted(system, slate))


def _predicted(system: str, slate: Slate) -> float:
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
        return (_in_points("The prediction", _deltas(features, matrix[0], shares), float(shares[-1]), predicted),)

    return explained


def _xgboost(slate: Slate, predicted: float) -> tuple[Stage, ...]:
    features = xgboost_v1.FEATURES
    matrix = slate.matrix(features)
    shares = boosters.contributions(boosters.unpack(_model(slate))["points"], matrix)[0]
    return (_in_points("The prediction", _deltas(features, matrix[0], shares), float(shares[-1]), predicted),)


def _champion_no_line(slate: Slate, predicted: float) -> tuple[Stage, ...]:
    """From what all share to what he does by himself."""
    return (_by_himself(slate, predicted)[0],)


def _by_himself(slate: Slate, predicted: float) -> tuple[Stage, float]:
    """The stage of `score`, and the root it ends at: half a straight line, and trees for what it leaves."""
    parts, matrix = champion.of_model(_model(slate)), slate.matrix(champion.SCORE_FEATURES)
    trees, line = boosters.contributions(parts.boosters["score"], matrix)[0], parts.straights["score"]
    lines = np.append(line.shares(matrix)[0], line.constant)
    shares = trees + champion.SCORE_STRAIGHT * lines
    base = float(shares[-1])
    deltas = _deltas(champion.SCORE_FEATURES, matrix[0], shares)
    found = _in_roots("By himself, no line seen", ALL_SHARE, deltas, base, base**2 - SHIFT, predicted)
    return found, float(shares.sum())


def _champion(slate: Slate, predicted: float) -> tuple[Stage, ...]:
    """By himself first; where there is a line, then from the line to the prediction."""
    own, root = _by_himself(slate, _predicted("champion_no_line", slate))
    line, parts = slate.values("line"), champion.of_model(_model(slate))
    if np.isnan(line[0]) or "market" not in parts.boosters:
        return (own,)
    inputs = champion.market_inputs(slate, np.array([root]), line)
    deltas = _deltas(_MARKET_INPUTS, inputs[0], _market_shares(parts, inputs))
    told = {name: deltas.pop(name)[1] for name in champion.MARKET_OWN}
    deltas["by_himself"] = (own.end, sum(told[name] for name in _DISTANCE))
    deltas |= {name: (float("nan"), told[name]) for name in champion.MARKET_OWN if name not in _DISTANCE}
    deltas["lines_like_this"] = (float("nan"), float(_market_shares(parts, inputs)[-1]))
    beside = _in_roots("From the line", THE_LINE, deltas, float(inputs[0, 1]), float(line[0]), predicted)
    return (own, beside)


def _market_shares(parts: champion.Parts, inputs: Floats) -> Floats:
    """What each input of `market` (1, k) adds to the line's root, as far as it is trusted; the last is for all."""
    found = (1.0 - champion.MARKET_STRAIGHT) * boosters.contributions(parts.boosters["market"], inputs)[0]
    line = parts.straights["market"]
    found[:-1][champion.NEWS_OF_BOOKS] += champion.MARKET_STRAIGHT * line.shares(inputs[:, champion.NEWS_OF_BOOKS])[0]
    found[-1] += champion.MARKET_STRAIGHT * line.constant
    trusted: Floats = parts.trust * found
    return trusted


_EXPLAINED: Mapping[str, Callable[[Slate, float], tuple[Stage, ...]]] = {
    "champion": _champion,
    "champion_no_line": _champion_no_line,
    "catboost_v8": _catboost(CATBOOST_V8_FEATURES),
    "catboost_v9": _catboost(catboost_v9.FEATURES),
    "xgboost_v1": _xgboost,
}


def _deltas(features: Sequence[str], values: Floats, shares: Floats) -> dict[str, tuple[float, float]]:
    """By feature; the last share is what all rows have in common."""
    return {n: (float(v), float(s)) for n, v, s in zip(features, values, shares[:-1], strict=True)}


def _in_points(title: str, deltas: Deltas, start: float, predicted: float) -> Stage:
    """The stage of trees that speak in points."""
    return _stage(title, ALL_SHARE, deltas, start, predicted, 1.0)


def _in_roots(title: str, words: str, deltas: Deltas, root: float, start: float, predicted: float) -> Stage:
    """The stage of trees that speak in roots, from one root on."""
    end = root + sum(d for _, d in deltas.values())
    return _stage(title, words, deltas, start, predicted, root + end)


def _stage(title: str, words: str, deltas: Deltas, start: float, predicted: float, scale: float) -> Stage:
    causes = [
        Cause(name, described(name), None if np.isnan(value) else value, delta * scale)
        for name, (value, delta) in deltas.items()
    ]
    rest = predicted - start - sum(c.points for c in causes)
    causes.append(Cause(SHAPE, described(SHAPE), None, rest))
    return Stage(title, words, start, tuple(sorted(causes, key=lambda c: (-abs(c.points), c.feature))), predicted)
