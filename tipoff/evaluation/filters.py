"""What each filter of picks saves: the ROI of the bets that it removed, and of rules that are not in use."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.predict.distribution import Floats
from tipoff.evaluation import intervals
from tipoff.evaluation.graded_rows import Rows
from tipoff.evaluation.metrics import paid

IN_USE, NOT_USED = "in use", "not used"


# The original's rules of what is actionable (original-system.md, section 3), as masks of what they would remove.
RULES: Mapping[str, Callable[[Rows], NDArray[np.bool_]]] = {
    "edge_below_3_points": lambda b: b.edge() < 3.0,  # noqa: PLR2004 - the original's numbers
    "star_under": lambda b: ~b.is_over & (b.mean >= 25.0) & (b.edge() >= 5.0),  # noqa: PLR2004
    "role_under": lambda b: ~b.is_over & (b.mean >= 8.0) & (b.mean <= 16.0) & (b.edge() < 5.0),  # noqa: PLR2004
    "under_in_form": lambda b: ~b.is_over & (b.above_season > 3.0),  # noqa: PLR2004
    "quality_below_80": lambda b: b.quality < 80.0,  # noqa: PLR2004
}


def roi_by_filter(rows: Rows) -> list[dict[str, Any]]:
    """The ROI of the picks, of the bets that each filter in use removed, and of the picks that each other rule would.

    The bets are on a pick's own side, else on the likelier one, at the line and price of the prediction; voids too, as
    a filter may have removed a player who sat.
    `units_saved` is what staking one unit on each removed bet would have lost: above zero for a useful filter.
    """
    price = np.where(rows.is_over, rows.over_price, rows.under_price)
    bets, price = rows.only(~np.isnan(price)), price[~np.isnan(price)]
    gain = np.where(bets.has_played, paid(bets.is_over, bets.points - bets.line, price), np.nan)
    picked = bets.reasons == ""
    chosen = [
        ("(picks)", IN_USE, picked),
        *((reason, IN_USE, bets.reasons == reason) for reason in sorted(set(bets.reasons.tolist()) - {""})),
        *((name, NOT_USED, picked & rule(bets)) for name, rule in RULES.items()),
    ]
    return [{"filter": name, "state": state, **_roi(bets.days[mask], gain[mask])} for name, state, mask in chosen]


def _roi(days: NDArray[Any], gain: Floats) -> dict[str, Any]:
    """The figures of bets by their profit per unit staked (n,), NaN for a void."""
    settled = ~np.isnan(gain)
    figures: dict[str, Any] = {"bets": len(gain), "void": int((~settled).sum())}
    if settled.any():
        figures |= intervals.of_mean("roi", gain[settled], days[settled])
        figures["units_saved"] = -float(gain[settled].sum())
    return figures
