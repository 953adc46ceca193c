"""champion: what the player does by himself, then what the line knows besides; all of it on the scale of roots.

Points are the square of a normal variable, shifted (see `distribution`), so its mean is learnt: the root of points + 6.
`score` says it from everything but the market: half a straight line (`ridge.py`), and trees for what that leaves.
`market` says how far from the line's root the score falls, by trees and a straight line averaged, from forecasts of
`score` for dates it had not seen; `trust` is how much of that came true on dates later still, and no more is believed.
`spread` is the variance left.
Without a line, or as champion_no_line, `market` is not asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict import boosters, ridge
from functions.predict.distribution import SHIFT, Floats, pmf_of_roots
from functions.predict.ridge import Straight
from functions.predict.slate import Forecast, Slate
from shared.contracts.features import UNPRICED_FEATURES
from shared.contracts.work import Model
from shared.errors import ContractError
from shared.rules import odds

if TYPE_CHECKING:
    from xgboost import Booster

SCORE_FEATURES = UNPRICED_FEATURES
SCORE_STRAIGHT = 0.5  # of the straight line: the trees learn what is left over that
MARKET_STRAIGHT = 0.5  # the straight line's share beside the trees
# What `market` sees besides its features: the roots of the score and of the line; the distance between them, split at
# FAR, for a line that is far from all else is more often wrong than wise; the books' median against the line; and how
# far from even the prices put the chance of over.
MARKET_OWN = ("score", "line", "near", "beyond", "books", "price")
NEWS_OF_BOOKS = slice(2, 6)  # those that the straight line sees
FAR = 0.4
EVEN = {"both": 0.5, "over": 0.524}  # the chance that even prices say: of two sides, and of the over alone at -110
MARKET_FEATURES = (
    "minutes_faded_middle", "minutes_faded_std", "points_faded_std", "points_avg_season", "points_faded_middle",
    "points_there", "tries_freed_10", "minutes_freed_10", "minutes_back_10", "spread", "game_total_line",
    "injury_risk", "dnp_rate", "minutes_newest", "started_newest",
)  # fmt: skip
SPREAD_FEATURES = (
    "minutes_faded_middle", "minutes_faded_std", "points_faded_std", "points_faded_slow", "played_share_10",
    "starts_faded_fast", "minutes_freed_10", "spread", "injury_risk", "days_rest",
)  # fmt: skip


def forecast(slate: Slate) -> Forecast:
    """Everybody on the slate, with the line as an input where there is one; ContractError on other features."""
    return forecast_with(slate, slate.values("line"))


def forecast_with(slate: Slate, line: Floats) -> Forecast:
    """Everybody on the slate, given these lines (n,); NaN: no line."""
    model = slate.model
    if model is None or tuple(model.card["features"]) != SCORE_FEATURES:
        raise ContractError("champion needs a model trained on the unpriced features of the contract")
    return Forecast(np.arange(len(slate)), distributions(of_model(model), slate, line))


@dataclass(frozen=True)
class Parts:
    """The boosters and the straight lines by name, and how far `market` is to be believed, 0 to 1."""

    boosters: Mapping[str, "Booster"]
    straights: Mapping[str, Straight]
    trust: float = 0.0

    def packed(self) -> bytes:
        """All of it as one artefact."""
        lines: dict[str, Any] = {name: line.figures() for name, line in self.straights.items()}
        return boosters.pack(self.boosters, {"straights": lines, "trust": self.trust})


def of_model(model: Model) -> Parts:
    """The parts of an artefact."""
    figures = boosters.figures(model)
    lines = {name: ridge.of_figures(f) for name, f in figures["straights"].items()}
    return Parts(boosters.unpack(model), lines, float(figures["trust"]))


def distributions(parts: Parts, slate: Slate, line: Floats) -> Floats:
    """The distributions (n, 81) that these parts give the rows, with these lines (n,)."""
    root = score_root(parts, slate.matrix(SCORE_FEATURES))
    priced = ~np.isnan(line)
    if "market" in parts.boosters and priced.any():
        inputs = market_inputs(slate, root, line)[priced]
        root[priced] = inputs[:, 1] + parts.trust * move(parts, inputs)
    variance = boosters.predict(parts.boosters["spread"], spread_inputs(slate, root))
    return pmf_of_roots(root, np.sqrt(variance))


def score_root(parts: Parts, features: Floats) -> Floats:
    """The root (n,) that the SCORE_FEATURES (n, k) say, no line seen."""
    trees = boosters.predict(parts.boosters["score"], features)
    return trees + SCORE_STRAIGHT * parts.straights["score"].predict(features)


def move(parts: Parts, inputs: Floats) -> Floats:
    """How far from the line's root (m,) the score falls, trust not yet counted; `inputs` of market_inputs."""
    trees = boosters.predict(parts.boosters["market"], inputs)
    line = parts.straights["market"].predict(inputs[:, NEWS_OF_BOOKS])
    return (1.0 - MARKET_STRAIGHT) * trees + MARKET_STRAIGHT * line


def market_inputs(slate: Slate, root: Floats, line: Floats) -> Floats:
    """What `market` sees (n, k): MARKET_OWN, then MARKET_FEATURES."""
    line_root = np.sqrt(line + SHIFT)
    near = np.clip(root - line_root, -FAR, FAR)
    median = np.maximum(slate.values("vegas_opening_line") + slate.values("vegas_line_move"), 0.0)
    own = (root, line_root, near, root - line_root - near, np.sqrt(median + SHIFT) - line_root, price(slate))
    return np.column_stack([*own, slate.matrix(MARKET_FEATURES)])


def price(slate: Slate) -> Floats:
    """How far from even the prices put the chance of over (n,): of both sides, else of the over alone; else NaN."""
    over, under = (odds.implied(slate.values(name)) for name in ("over_price", "under_price"))
    alone = over - EVEN["over"]
    return np.where(np.isnan(under), alone, over / (over + under) - EVEN["both"])


def spread_inputs(slate: Slate, root: Floats) -> Floats:
    """What `spread` sees (n, k): the forecast root and a few features."""
    return np.column_stack([root, slate.matrix(SPREAD_FEATURES)])
