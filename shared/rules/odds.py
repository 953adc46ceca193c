"""Prices of bets: American odds, decimal prices (what one unit staked returns, the stake included), implied chances.

All functions take and give arrays; an unknown price is NaN and stays NaN.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_LEAST_AMERICAN = 100


def decimal(american: Floats) -> Floats:
    """American odds (n,) as decimal prices: -110 is 1.909, +150 is 2.5."""
    underdog, favourite = 1.0 + american / 100.0, 1.0 + 100.0 / np.maximum(-american, 1.0)
    return np.where(np.isnan(american), np.nan, np.where(american > 0, underdog, favourite))


def american(price: Floats) -> Floats:
    """Decimal prices (n,) as American odds, rounded to whole ones; an even price is +100."""
    return np.rint(_american(price))


def american_at_least(price: Floats) -> Floats:
    """The lowest whole American odds (n,) that pay at least these decimal prices."""
    return np.ceil(_american(price) - 1e-6)


def _american(price: Floats) -> Floats:
    gain = price - 1.0
    return np.where(gain >= 1.0, 100.0 * gain, -100.0 / np.maximum(gain, 1e-9))


def american_of(price: float) -> int | None:
    """The American odds of a price in either form: from 100 on it is American, below decimal; None if it is neither."""
    if abs(price) >= _LEAST_AMERICAN:
        return round(price)
    return int(american(np.array(price, np.float64))) if price > 1 else None


def implied(american: Floats) -> Floats:
    """The chance (n,) at which a bet at American odds breaks even, the bookmaker's margin included."""
    size = np.maximum(np.abs(american), 1.0)
    return np.where(american < 0, size / (100.0 + size), 100.0 / (100.0 + size))


def hold(over: Floats, under: Floats) -> Floats:
    """How far the implied chances of both sides (n,), from American odds, exceed 1 together; NaN without both."""
    return np.where(np.isnan(over + under), np.nan, implied(over) + implied(under) - 1.0)


def market_chance(over_price: Floats, under_price: Floats) -> Floats:
    """The market's P(over | no push) (n,) from decimal prices, its margin shared in proportion; NaN without both."""
    over, under = 1.0 / over_price, 1.0 / under_price
    return over / (over + under)
