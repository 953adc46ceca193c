"""champion: what the player does by himself, then what the line knows besides; all of it on the scale of roots.

Points are the square of a normal variable, shifted (see `distribution`), so the trees learn its mean: the root of
points + 6. Three boosters: `score` from everything but the market; `market` how far from the line's root the score
falls, given line, `score` and a few features (trained on forecasts of `score` for dates it had not seen); `spread`
the variance left. `market` is averaged with a straight pull from the line towards `score`. Without a line, or as
champion_no_line, `market` is not asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from functions.predict import boosters
from functions.predict.distribution import SHIFT, Floats, pmf_of_roots
from functions.predict.slate import Forecast, Slate
from shared.contracts.features import UNPRICED_FEATURES
from shared.errors import ContractError

if TYPE_CHECKING:
    from xgboost import Booster

SCORE_FEATURES = UNPRICED_FEATURES
# Beside the score's root and (for `market`) the line's root and the distance between the two.
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
    parts = Parts(boosters.unpack(model), (model.card["pull"][0], model.card["pull"][1]))
    return Forecast(np.arange(len(slate)), distributions(parts, slate, line))


@dataclass(frozen=True)
class Parts:
    """The boosters by name, and `pull`: from the line's root, so much always and so much of the way to the score's."""

    boosters: Mapping[str, "Booster"]
    pull: tuple[float, float]


def distributions(parts: Parts, slate: Slate, line: Floats) -> Floats:
    """The distributions (n, 81) that these parts give the rows, with these lines (n,)."""
    root = boosters.predict(parts.boosters["score"], slate.matrix(SCORE_FEATURES))
    priced = ~np.isnan(line)
    if "market" in parts.boosters and priced.any():
        inputs = market_inputs(slate, root, line)[priced]
        root[priced] = beside_line(parts.boosters["market"], parts.pull, inputs)
    variance = boosters.predict(parts.boosters["spread"], spread_inputs(slate, root))
    return pmf_of_roots(root, np.sqrt(variance))


def beside_line(market: "Booster", pull: tuple[float, float], inputs: Floats) -> Floats:
    """The root (m,) where there is a line: half by the trees, half by the straight pull; `inputs` of market_inputs."""
    line_root, distance = inputs[:, 1], inputs[:, 2]
    return line_root + 0.5 * (boosters.predict(market, inputs) + pull[0] + pull[1] * distance)


def market_inputs(slate: Slate, root: Floats, line: Floats) -> Floats:
    """What `market` sees (n, k): the score's root, the line's, their distance, a few features."""
    line_root = np.sqrt(line + SHIFT)
    return np.column_stack([root, line_root, root - line_root, slate.matrix(MARKET_FEATURES)])


def spread_inputs(slate: Slate, root: Floats) -> Floats:
    """What `spread` sees (n, k): the forecast root and a few features."""
    return np.column_stack([root, slate.matrix(SPREAD_FEATURES)])
