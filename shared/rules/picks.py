"""Which side of a line is a pick, and why a prediction is none: one rule, a named reason for each refusal. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.rules.dates import EASTERN
from shared.rules.odds import Floats

NOT_PLAYING = ("out", "doubtful")  # predicted all the same, never recommended
STAGES = ("first", "later", "last_call")
Flags = NDArray[np.bool_]
Objects = NDArray[np.object_]


@dataclass(frozen=True)
class Candidates:
    """Predictions (n,) of which some become picks.

    `p_over` and `p_under` are at the prediction's line, NaN without one. `ev_over` and `ev_under` are the expected
    profits per unit staked at each side's best offer, NaN where no quote may be bet on; `refused` says why the line's
    own may not. `quality` is the feature quality score, `waits_below` what it must reach at this moment.
    """

    p_over: Floats
    p_under: Floats
    ev_over: Floats
    ev_under: Floats
    refused: Objects
    injury_status: Objects
    quality: Floats
    waits_below: Floats

    def is_over(self) -> Flags:
        """Whether the side (n,) is the over: that of the higher EV; where these are equal or unknown, the likelier."""
        over, under = (np.nan_to_num(ev, nan=-np.inf) for ev in (self.ev_over, self.ev_under))
        return np.where(over == under, self.p_over >= self.p_under, over > under)


def decide(candidates: Candidates, min_ev: float, min_quality: float) -> tuple[Objects, Objects]:
    """OVER, UNDER, PASS or NO_LINE of each prediction (n,), and the reason of each PASS.

    A pick has an EV above `min_ev` on its side, features of at least `min_quality` and a player who may play. Of
    several reasons the first is named: `player_out` or `player_doubtful`; `quality_low`; `quality_waits`, where a later
    prediction of the same game needs less; `quote_` and the reason of the refusal; `no_edge`.
    """
    is_over = candidates.is_over()
    ev = np.where(is_over, candidates.ev_over, candidates.ev_under)
    no_line, has_no_quote = np.isnan(candidates.p_over), np.isnan(ev)
    absent = np.isin(candidates.injury_status.astype(str), NOT_PLAYING)
    quality = candidates.quality
    refused = np.where(candidates.refused == None, "price_missing", candidates.refused)  # noqa: E711 - of each row
    reason = np.full(len(ev), None, dtype=object)
    reason[~(ev > min_ev)] = "no_edge"
    reason[has_no_quote] = "quote_" + refused[has_no_quote]
    reason[quality < candidates.waits_below] = "quality_waits"
    reason[quality < min_quality] = "quality_low"
    reason[absent] = "player_" + candidates.injury_status[absent]
    reason[no_line] = None
    side = np.where(is_over, "OVER", "UNDER").astype(object)
    side[reason != None] = "PASS"  # noqa: E711 - of each row
    side[no_line] = "NO_LINE"
    return side, reason


def stage(as_of: datetime, tip: datetime, settings: Mapping[str, Any]) -> str:
    """Which of STAGES a prediction is: the last before its game, one from `quality_later_hour_eastern` on, or before.

    By the original's coordinator: it predicts from quality 85 on, from 13:00 Eastern on from 80, at the last call all.
    """
    if as_of >= tip - timedelta(minutes=settings["lead_minutes"]):
        return "last_call"
    local, game_day = as_of.astimezone(EASTERN), tip.astimezone(EASTERN).date()
    is_later = local.date() == game_day and local.hour >= settings["quality_later_hour_eastern"]
    return "later" if is_later else "first"
