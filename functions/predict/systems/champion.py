"""champion: a forecast without the line, then a correction of the line, both on the scale of roots.

Points are the square of a normal variable, shifted (see `distribution`), so its mean is learnt: the root of points + 6.
`score` predicts it from all features but the market's: half a ridge regression, and trees on its residuals.
`market` predicts how far from the line's root the score falls, by trees and a ridge regression averaged, fitted on
out-of-sample forecasts of `score`; the move is multiplied by `trust`, the share of such moves that came true later.
`variance` predicts the residual variance. Without a line, and in champion_no_line, `market` is not used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict import boosters, ridge
from functions.predict.distribution import SHIFT, Floats, pmf_of_roots
from functions.predict.ridge import Ridge
from functions.predict.slate import Forecast, Slate
from shared.contracts.features import UNPRICED_FEATURES
from shared.contracts.work import Model
from shared.errors import ContractError
from shared.rules import odds

if TYPE_CHECKING:
    from xgboost import Booster

SCORE_FEATURES = UNPRICED_FEATURES
SCORE_RIDGE_SHARE = 0.5  # of the ridge regression's prediction; the trees learn the rest
MARKET_RIDGE_SHARE = 0.5  # the weight of the ridge regression in the average with the trees
# Inputs of `market` besides its features: the roots of the score and of the line; the distance between them, split at
# FAR, because lines far from everything else were mostly mistakes; the books' median against the line; and how far from
# even the prices put the chance of over.
MARKET_OWN = ("score", "line", "near", "beyond", "books", "price")
RIDGE_INPUTS = slice(2, 6)  # those that the ridge regression reads
FAR = 0.4
EVEN = {"both": 0.5, "over": 0.524}  # the chance implied by even prices: of both sides, and of the over alone at -110
MARKET_FEATURES = (
    "minutes_decayed_middle", "minutes_decayed_std", "points_decayed_std", "points_avg_season", "points_decayed_middle",
    "points_available", "tsa_freed_10", "minutes_freed_10", "minutes_returning_10", "spread", "game_total_line",
    "injury_risk", "dnp_rate", "minutes_newest", "started_newest",
)  # fmt: skip
VARIANCE_FEATURES = (
    "minutes_decayed_middle", "minutes_decayed_std", "points_decayed_std", "points_decayed_slow", "played_share_10",
    "starts_decayed_fast", "minutes_freed_10", "spread", "injury_risk", "days_rest",
)  # fmt: skip


def forecast(slate: Slate) -> Forecast:
    """Every player of the slate, with the line as an input if there is one; ContractError on other features."""
    return forecast_with(slate, slate.values("line"))


def forecast_with(slate: Slate, line: Floats) -> Forecast:
    """Every player of the slate, given these lines (n,); NaN: no line."""
    model = slate.model
    if model is None or tuple(model.card["features"]) != SCORE_FEATURES:
        raise ContractError(
            "champion needs a model trained on the unpriced features of features.yaml: run tipoff train"
        )
    return Forecast(np.arange(len(slate)), distributions(of_model(model), slate, line))


@dataclass(frozen=True)
class Parts:
    """The boosters and the ridge models by name, and the share of `market`'s moves that is used, 0 to 1."""

    boosters: Mapping[str, "Booster"]
    ridges: Mapping[str, Ridge]
    trust: float = 0.0

    def packed(self) -> bytes:
        """The parts as one artefact."""
        ridges: dict[str, Any] = {name: model.coefficients() for name, model in self.ridges.items()}
        return boosters.pack(self.boosters, {"ridges": ridges, "trust": self.trust})


def of_model(model: Model) -> Parts:
    """The parts of an artefact."""
    figures = boosters.figures(model)
    ridges = {name: ridge.of_coefficients(values) for name, values in figures["ridges"].items()}
    return Parts(boosters.unpack(model), ridges, float(figures["trust"]))


def distributions(parts: Parts, slate: Slate, line: Floats) -> Floats:
    """The distributions (n, 81) that these parts give the rows, with these lines (n,)."""
    root = score_root(parts, slate.matrix(SCORE_FEATURES))
    priced = ~np.isnan(line)
    if "market" in parts.boosters and priced.any():
        inputs = market_inputs(slate, root, line)[priced]
        root[priced] = inputs[:, 1] + parts.trust * move(parts, inputs)
    variance = boosters.predict(parts.boosters["variance"], variance_inputs(slate, root))
    return pmf_of_roots(root, np.sqrt(variance))


def score_root(parts: Parts, features: Floats) -> Floats:
    """The root (n,) predicted from the SCORE_FEATURES (n, k), without the line."""
    trees = boosters.predict(parts.boosters["score"], features)
    return trees + SCORE_RIDGE_SHARE * parts.ridges["score"].predict(features)


def move(parts: Parts, inputs: Floats) -> Floats:
    """How far from the line's root (m,) the score falls, before trust; `inputs` are those of market_inputs."""
    trees = boosters.predict(parts.boosters["market"], inputs)
    linear = parts.ridges["market"].predict(inputs[:, RIDGE_INPUTS])
    return (1.0 - MARKET_RIDGE_SHARE) * trees + MARKET_RIDGE_SHARE * linear


def market_inputs(slate: Slate, root: Floats, line: Floats) -> Floats:
    """The inputs of `market` (n, k): MARKET_OWN, then MARKET_FEATURES."""
    line_root = np.sqrt(line + SHIFT)
    near = np.clip(root - line_root, -FAR, FAR)
    median = np.maximum(slate.values("vegas_opening_line") + slate.values("vegas_line_move"), 0.0)
    own = (root, line_root, near, root - line_root - near, np.sqrt(median + SHIFT) - line_root, price(slate))
    return np.column_stack([*own, slate.matrix(MARKET_FEATURES)])


def price(slate: Slate) -> Floats:
    """How far from even the prices put the chance of over (n,): by both prices, else by the over's alone, else NaN."""
    over, under = (odds.implied(slate.values(name)) for name in ("over_price", "under_price"))
    alone = over - EVEN["over"]
    return np.where(np.isnan(under), alone, over / (over + under) - EVEN["both"])


def variance_inputs(slate: Slate, root: Floats) -> Floats:
    """The inputs of `variance` (n, k): the forecast root and VARIANCE_FEATURES."""
    return np.column_stack([root, slate.matrix(VARIANCE_FEATURES)])
