"""Bets on a distribution at given prices: fair prices, expected value, edge, stake, and where a pick changes. Pure.

Prices are decimal: what one unit staked returns, the stake included (see `shared/rules/odds.py`). A push
returns the stake. Everything follows from the one array P(points = k) (n, 81); an unknown price is NaN, and so is what
depends on it.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from functions.predict.distribution import SIZE, Floats, chances

Method = Literal["multiplicative", "additive", "power"]
KELLY_FRACTION = 0.25  # a quarter, the usual fraction when probabilities are estimates
_HALVINGS = 60  # of the bracket of the power method: beyond what a double can tell apart
_POWERS = (0.01, 100.0)


def without_vig(over: Floats, under: Floats, method: Method = "multiplicative") -> tuple[Floats, Floats]:
    """P(over), P(under) (n,) behind two prices, adding up to 1.

    multiplicative: in proportion; additive: the margin halved, which for two sides is also Shin's method; power: both
    raised to the one power that makes them add up (Clarke, Kovalchik, Ingram 2017).
    """
    first, second = 1.0 / np.asarray(over, np.float64), 1.0 / np.asarray(under, np.float64)
    if method == "multiplicative":
        return first / (first + second), second / (first + second)
    if method == "additive":
        half = (first + second - 1.0) / 2.0
        return first - half, second - half
    low, high = (np.full(np.shape(first), p) for p in _POWERS)
    for _ in range(_HALVINGS):  # the sum falls as the power grows
        middle = (low + high) / 2.0
        is_over_one = first**middle + second**middle > 1.0
        low, high = np.where(is_over_one, middle, low), np.where(is_over_one, high, middle)
    chance: Floats = first**high
    return chance, 1.0 - chance


def fair_prices(pmf: Floats, line: Floats) -> tuple[Floats, Floats]:
    """The prices (n,) at which over and under neither win nor lose on average; infinite where a side cannot win."""
    over, _, under = chances(pmf, line)
    with np.errstate(divide="ignore"):
        return 1.0 + under / over, 1.0 + over / under


def expected_value(win: Floats, push: Floats, price: Floats) -> Floats:
    """Mean gain (n,) per unit staked."""
    return win * (price - 1.0) - (1.0 - win - push)


def confidence(pmf: Floats, line: Floats) -> Floats:
    """The chance (n,), 0.5 to 1, of the likelier side, given no push: the only meaning of the word in this system."""
    over, _, under = chances(pmf, line)
    likelier: Floats = np.maximum(over, under) / (over + under)
    return likelier


def edge(win: Floats, push: Floats, market: Floats) -> Floats:
    """By how much (n,) our chance of a side, given no push, is above the market's without its margin."""
    return win / (1.0 - push) - market


def kelly(win: Floats, push: Floats, price: Floats, fraction: float = KELLY_FRACTION) -> Floats:
    """Share of the bankroll (n,) by fractional Kelly, 0 where the bet loses on average; pushes do not count."""
    won = win / (1.0 - push)
    full = (won * price - 1.0) / (price - 1.0)
    return fraction * np.maximum(full, 0.0)


def flip_line(pmf: Floats) -> Floats:
    """The half-point line (n,) at which the likelier side turns: over below it, under from it on."""
    line: Floats = (np.cumsum(pmf, axis=1) > 0.5).argmax(axis=1) + 0.5  # noqa: PLR2004 - one half
    return line


def stands_until(pmf: Floats, is_over: NDArray[np.bool_], price: Floats, least: float) -> Floats:
    """The worst half-point line (n,) at which the side still has the chance `least` and wins on average at its price.

    For an over the highest such line, for an under the lowest; NaN if there is none. An unknown price is no condition.
    """
    need = np.fmax(least, 1.0 / price)[:, None]
    below = np.cumsum(pmf, axis=1)[:, :-1]  # P(points < k + 0.5)
    highest = (1.0 - below >= need).sum(axis=1) - 0.5
    lowest = (below < need).sum(axis=1) + 0.5
    line = np.where(is_over, highest, lowest)
    return np.where((line < 0.0) | (line > SIZE - 1), np.nan, line)


def alternates(pmf: Floats, lines: Floats) -> tuple[Floats, Floats, Floats]:
    """P(over), P(push), P(under) (m,) of one distribution (81,) at several lines (m,)."""
    return chances(np.broadcast_to(pmf, (len(lines), SIZE)), lines)
