"""Two-way prices: the vig taken out, what a bet is worth, how much of a bankroll to stake. Pure."""

from typing import Literal

import numpy as np
from scipy.optimize import brentq

from functions.predict.distribution import Floats

Method = Literal["multiplicative", "additive", "power"]


def decimal(american: Floats) -> Floats:
    """American odds (n,) as what one unit staked returns, stake included; NaN stays NaN."""
    dog, favourite = 1.0 + american / 100.0, 1.0 + 100.0 / np.maximum(-american, 1.0)
    return np.where(np.isnan(american), np.nan, np.where(american > 0, dog, favourite))


def without_vig(over: float, under: float, method: Method = "multiplicative") -> tuple[float, float]:
    """P(over), P(under) behind two decimal prices, adding up to 1.

    multiplicative: in proportion; additive: the margin halved; power: both raised to the one power that makes them
    add up (Clarke, Kovalchik, Ingram 2017).
    """
    first, second = 1.0 / over, 1.0 / under
    if method == "multiplicative":
        return first / (first + second), second / (first + second)
    if method == "additive":
        half = (first + second - 1.0) / 2.0
        return first - half, second - half
    power = brentq(lambda k: first**k + second**k - 1.0, 0.01, 100.0)
    return first**power, second**power


def expected_value(win: Floats, push: Floats, price: Floats) -> Floats:
    """Mean gain (n,) per unit staked at decimal prices; a push returns the stake."""
    return win * (price - 1.0) - (1.0 - win - push)


def kelly(win: Floats, push: Floats, price: Floats, fraction: float = 0.25) -> Floats:
    """Share of the bankroll (n,) by fractional Kelly, 0 where the bet loses on average; pushes do not count."""
    won = win / (1.0 - push)
    full = (won * price - 1.0) / (price - 1.0)
    return fraction * np.maximum(full, 0.0)
