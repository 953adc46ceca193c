"""What to stake on the bets of one date, and what a bankroll became of past ones. Pure.

A stake is a fraction of Kelly's share (Kelly 1956, "A New Interpretation of Information Rate"; a fraction because the
chances are estimates: Thorp 2006, "The Kelly Criterion in Blackjack, Sports Betting and the Stock Market"). Bets of one
date are open at the same time, so that Kelly's shares of each alone would add up to more than the bankroll; the exact
shares need the bets' joint distribution (Whitrow 2007, "Algorithms for Optimal Allocation of Bets on Many Simultaneous
Events"). The rule here is simpler: every share is lowered in proportion until each game and the date keep their caps.
"""

import numpy as np
from numpy.typing import NDArray

from shared.contracts.work import StakeLimits
from shared.rules.odds import Floats

LEAST_CHANCE = 1e-6  # so that log-odds stay finite


def shrunk(chance: Floats, market: Floats, slope: float) -> Floats:
    """Chances (n,) drawn to the market's (n,): of the difference in log-odds the share `slope` is kept, 0 to 1."""
    ours, its = log_odds(chance), log_odds(market)
    moved: Floats = 1.0 / (1.0 + np.exp(-(its + min(max(slope, 0.0), 1.0) * (ours - its))))
    return moved


def log_odds(chance: Floats) -> Floats:
    """The log-odds of chances (n,)."""
    inside = np.clip(chance, LEAST_CHANCE, 1.0 - LEAST_CHANCE)
    return np.log(inside / (1.0 - inside))


def kelly(chance: Floats, price: Floats) -> Floats:
    """The share of the bankroll (n,) that grows it fastest, of one bet alone; 0 where it loses on average.

    `chance` is to win given no push, since a push changes nothing. `price` is decimal; 0 where it is unknown.
    """
    share = np.maximum((chance * price - 1.0) / (price - 1.0), 0.0)
    return np.nan_to_num(share)


def of_date(chance: Floats, price: Floats, game: NDArray[np.int64], limits: StakeLimits) -> Floats:
    """The stakes (n,) of one date's bets as shares of the bankroll, by chance, decimal price and game (n,)."""
    stake = np.minimum(limits.kelly_fraction * kelly(chance, price), limits.per_bet)
    of_game = np.bincount(game, stake).astype(np.float64)
    stake = stake * _fitting(of_game, limits.per_game)[game]
    return stake * _fitting(stake.sum(keepdims=True), limits.per_date)


def _fitting(total: Floats, cap: float) -> Floats:
    """By what (n,) to multiply stakes so that totals (n,) of them keep the cap."""
    return np.minimum(1.0, cap / np.maximum(total, cap))


def bankroll(date: NDArray[np.int64], stake: Floats, profit: Floats) -> Floats:
    """The bankroll before the first date and after each (d + 1,), from 1.

    Bets (n,) have the position of their date, a stake as a share of the bankroll before it, and the profit per unit
    staked.
    """
    gained = np.bincount(date, stake * profit)
    return np.concatenate([[1.0], np.cumprod(1.0 + gained)])


def drawdown(path: Floats) -> float:
    """The largest fall of a bankroll from an earlier peak, as a share of the peak."""
    peak = np.maximum.accumulate(path)
    return float((1.0 - path / peak).max())
