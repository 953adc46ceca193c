"""Closing line value: how far the market moved in favour of a bet until the tip, in points and in chance. Pure.

The close is the last quote before the tip of the book that the bet is at; one that did not move is a value of zero.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict import consensus
from functions.predict.distribution import Floats, chances
from tipoff.evaluation import intervals

if TYPE_CHECKING:
    from tipoff.evaluation.graded_rows import Rows


def points(bets: "Rows") -> Floats:
    """By how many points (n,) the line moved in favour of each bet's side; NaN without a closing line."""
    return np.where(bets.is_over, 1.0, -1.0) * (bets.closing - bets.best_line)


def chance(bets: "Rows") -> Floats:
    """By how much (n,) the no-vig chance of each bet's side at the bet's line rose until the close; NaN if unknown.

    A closing quote at another line is carried over to the bet's by the distribution that the one quote gives
    (`functions/predict/consensus.py`).
    """
    known = ~np.isnan(bets.closing + bets.closing_p_over + bets.best_p_over)
    value = np.full(len(bets), np.nan)
    line = bets.best_line[known]
    rose = _at(line, bets.closing[known], bets.closing_p_over[known]) - _at(line, line, bets.best_p_over[known])
    value[known] = np.where(bets.is_over[known], rose, -rose)
    return value


def _at(line: Floats, quoted_line: Floats, p_over: Floats) -> Floats:
    """P(over | no push) (n,) at lines (n,), by quotes of which each makes a distribution of its own."""
    each = np.arange(len(line))
    pmf = consensus.distributions(each, np.zeros(len(line), np.int64), quoted_line, np.clip(p_over, 0.001, 0.999))
    over, _, under = chances(pmf, line)
    return over / (over + under)


def figures(bets: "Rows") -> dict[str, Any]:
    """CLV of bets in points and in chance with intervals, of how many it is known, and which share beat the close.

    `clv_beaten` is of the bets whose quote moved, by line or by price.
    """
    in_points, in_chance = points(bets), chance(bets)
    known = ~np.isnan(in_points)
    found: dict[str, Any] = {"clv_bets": int(known.sum()), "clv_coverage": float(known.mean()) if len(bets) else 0.0}
    if known.any():
        found |= intervals.of_mean("clv_points", in_points[known], bets.days[known])
    both = ~np.isnan(in_chance)
    if both.any():
        found |= intervals.of_mean("clv_chance", in_chance[both], bets.days[both])
        moved = in_chance[both & (np.abs(in_chance) > 1e-9)]  # noqa: PLR2004 - not by rounding
        if len(moved):
            found["clv_beaten"] = float((moved > 0.0).mean())
    return found
