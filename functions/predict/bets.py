"""Bets on a distribution at given prices: fair prices, expected value, edge, and where a pick changes. Pure.

Prices are decimal: what one unit staked returns, the stake included (see `shared/rules/odds.py`). A push
returns the stake. Everything follows from the one array P(points = k) (n, 81); an unknown price is NaN, and so is what
depends on it.
"""

import numpy as np
from numpy.typing import NDArray

from functions.predict.distribution import SIZE, Floats, chances


def fair_prices(pmf: Floats, line: Floats) -> tuple[Floats, Floats]:
    """The prices (n,) at which over and under neither win nor lose on average; infinite where a side cannot win."""
    over, _, under = chances(pmf, line)
    with np.errstate(divide="ignore"):
        return 1.0 + under / over, 1.0 + over / under


def expected_value(win: Floats, push: Floats, price: Floats) -> Floats:
    """Mean gain (n,) per unit staked."""
    return win * (price - 1.0) - (1.0 - win - push)


def edge(win: Floats, push: Floats, market: Floats) -> Floats:
    """By how much (n,) our chance of a side, given no push, is above the market's without its margin."""
    return win / (1.0 - push) - market


def flip_line(pmf: Floats) -> Floats:
    """The half-point line (n,) at which the likelier side turns: over below it, under from it on."""
    line: Floats = (np.cumsum(pmf, axis=1) > 0.5).argmax(axis=1) + 0.5  # noqa: PLR2004 - one half
    return line


def playable_line(pmf: Floats, is_over: NDArray[np.bool_], price: Floats, min_ev: float) -> Floats:
    """The worst half-point line (n,) at which the side's EV at its price is at least `min_ev`.

    For an over the highest such line, for an under the lowest; NaN if there is none, or no price.
    """
    need = ((1.0 + min_ev) / price)[:, None]  # EV = p d - 1, as a half-point line has no push
    below = np.cumsum(pmf, axis=1)[:, :-1]  # P(points < k + 0.5)
    highest = (1.0 - below >= need).sum(axis=1) - 0.5
    lowest = (below < need).sum(axis=1) + 0.5
    line = np.where(is_over, highest, lowest)
    return np.where((line < 0.0) | (line > SIZE - 1), np.nan, line)


def playable_price(win: Floats, push: Floats, min_ev: float) -> Floats:
    """The lowest decimal price (n,) at which the EV is `min_ev`; infinite for a side that cannot win."""
    with np.errstate(divide="ignore"):
        return 1.0 + (min_ev + 1.0 - win - push) / win


def alternates(pmf: Floats, lines: Floats) -> tuple[Floats, Floats, Floats]:
    """P(over), P(push), P(under) (m,) of one distribution (81,) at several lines (m,)."""
    return chances(np.broadcast_to(pmf, (len(lines), SIZE)), lines)
