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


@dataclass(frozen=True)
class Shopped:
    """The position of each row's best offer for the over and for the under (n,), and the expected profits there (n,).

    NOWHERE and NaN for a row without an offer.
    """

    best_over: Numbers
    best_under: Numbers
    ev_over: Floats
    ev_under: Floats


def both_sides(offers: Offers, pmf: Floats) -> Shopped:
    """The best offer for each side of each row, by the rows' distributions (n, 81)."""
    best_over, ev_over = _best(offers, pmf, is_over=True)
    best_under, ev_under = _best(offers, pmf, is_over=False)
    return Shopped(best_over, best_under, ev_over, ev_under)


def _best(offers: Offers, pmf: Floats, *, is_over: bool) -> tuple[Numbers, Floats]:
    """The offer with the highest EV (n,) of one side, the first of equal ones, and that EV (n,)."""
    over, push, under = chances(pmf[offers.row], offers.line)
    price = offers.over_price if is_over else offers.under_price
    ev = bets.expected_value(over if is_over else under, push, odds.decimal(price))
    position = np.full(len(pmf), NOWHERE, np.int64)
    order = np.lexsort((np.arange(len(ev)), -ev, offers.row))
    first = np.flatnonzero(np.diff(offers.row[order], prepend=NOWHERE))
    position[offers.row[order][first]] = order[first]
    return position, np.append(ev, np.nan)[position]  # the last one: no offer
