"""Shopping: of the quotes that may be bet on, the one that is best for a bettor with these probabilities. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.predict import bets
from functions.predict.distribution import Floats, chances
from shared.rules import odds

Numbers = NDArray[np.int64]
NOWHERE = -1


@dataclass(frozen=True)
class Offers:
    """Quotes that may be bet on (q,), in the order of preference at equal value: whose they are and American prices."""

    row: Numbers
    line: Floats
    over_price: Floats
    under_price: Floats

    def price(self, is_over: NDArray[np.bool_]) -> Floats:
        """The American price (q,) of each row's side (n,)."""
        return np.where(is_over[self.row], self.over_price, self.under_price)


def gains(offers: Offers, pmf: Floats, is_over: NDArray[np.bool_]) -> Floats:
    """The mean gain (q,) per unit staked on each row's side (n,) at each offer, by the rows' distributions (n, 81)."""
    over, push, under = chances(pmf[offers.row], offers.line)
    win = np.where(is_over[offers.row], over, under)
    return bets.expected_value(win, push, odds.decimal(offers.price(is_over)))


def best(offers: Offers, gain: Floats, rows: int) -> Numbers:
    """The position (n,) of each row's offer with the largest gain, the first of equal ones; NOWHERE without any."""
    position = np.full(rows, NOWHERE, np.int64)
    order = np.lexsort((np.arange(len(gain)), -gain, offers.row))
    first = np.flatnonzero(np.diff(offers.row[order], prepend=NOWHERE))
    position[offers.row[order][first]] = order[first]
    return position
